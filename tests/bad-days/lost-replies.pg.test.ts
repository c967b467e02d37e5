/**
 * Connections that break after a commit and before its reply: nobody knows, and nothing is done twice.
 * One day of one shop: the tests follow one another, and the last erases whom the delivery has sent.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { must } from "../../src/kernel/index.ts";
import { type Ended, runWaybill, type StartOptions } from "../end-to-end/waybill-process.ts";
import { cuttingProxy } from "../support/cutting-proxy.ts";
import { testDatabase, type TestDatabase } from "../support/database.ts";
import {
  atPartner,
  customerIds,
  dataDirectory,
  journals,
  openShop,
  PURPOSE,
  succeed,
} from "./shop.ts";

const stack = new AsyncDisposableStack();
let database: TestDatabase;
let options: StartOptions & { readonly database: string };

beforeAll(async () => {
  database = stack.use(await testDatabase());
  const keys = stack.use(await testDatabase());
  const data = stack.use(await dataDirectory()).path;
  options = { data, database: database.url, env: { WAYBILL_KEYS_URL: keys.url } };
  await openShop(options);
});
afterAll(() => stack.disposeAsync());

/** Runs a command that never hears that a transaction with such a statement was committed. */
async function runCutOff(args: readonly string[], statement: RegExp): Promise<Ended> {
  await using proxy = await cuttingProxy(database.url, statement);
  const ended = await runWaybill(args, { ...options, database: proxy.url });
  expect(proxy.cuts).toBe(1);
  return ended;
}

const UNREACHABLE = { code: 7, stderr: expect.stringContaining("the database does not answer") };

test("a statement of consent whose commit was not heard of is known when it is repeated", async () => {
  const [, bea = ""] = await customerIds(database.db);
  const stated = ["--purpose", PURPOSE, "--source", "form", "--stated", "2026-01-05"];
  const command = ["consent", "grant", "shop", bea, ...stated];

  expect(await runCutOff(command, /insert into _consents/u)).toMatchObject(UNREACHABLE);

  expect((await succeed(command, options)).stdout).toContain("that was known");
  expect(await journals(database.db)).toMatchObject({
    consents: 1,
    noted: { "consent-stated": 1 },
  });
});

test("a delivery that did not hear that it was sealed has sent nothing, and the next one sends it once", async () => {
  const ended = await runCutOff(
    ["deliver", "shop", "letters"],
    /update _deliveries\s+set waybill/u,
  );

  expect(ended).toMatchObject(UNREACHABLE);
  expect(await atPartner(options.data)).toEqual({
    payloads: 0,
    waybills: 0,
    notices: 0,
    others: 0,
  });
  expect(await journals(database.db)).toMatchObject({ deliveries: ["failed"], waybills: 0 });
  await succeed(["deliver", "shop", "letters"], options);

  expect(await atPartner(options.data)).toMatchObject({ payloads: 1, waybills: 1, others: 0 });
  // What was sealed stays in the ledger, also where nothing left; whom it reached says the one disclosure.
  expect(await journals(database.db)).toMatchObject({
    deliveries: ["failed", "delivered"],
    waybills: 1,
    disclosed: ["delivered"],
    noted: { "delivery-sealed": 2 },
  });
  const [ada = ""] = await customerIds(database.db);
  const shown = await succeed(["disclosures", "shop", ada, "--json"], options);
  expect(JSON.parse(shown.stdout)).toMatchObject({
    disclosures: [{ recipient: "partner", times: 1, waybills: [{}] }],
  });
});

test("an erasure whose commit was not heard of is gone on with, and is one erasure", async () => {
  const ada = must((await customerIds(database.db))[0], "nobody was erased");
  const command = ["rights", "erase", "shop", ada, "--reason", "asked by letter"];

  const ended = await runCutOff(command, /insert into _rights_requests/u);

  expect(ended).toMatchObject(UNREACHABLE);
  expect(await journals(database.db)).toMatchObject({
    customers: 1,
    requests: ["keys"],
    obligations: ["open"],
  });
  expect(await runWaybill(command, options)).toMatchObject({ code: 4 });
  await succeed(["rights", "resume", "shop"], options);
  await succeed(["rights", "resume", "shop"], options);

  expect(await atPartner(options.data)).toMatchObject({ notices: 1, others: 0 });
  expect(await journals(database.db)).toMatchObject({
    customers: 1,
    requests: ["informing"],
    obligations: ["sent"],
    erased: 1,
    noted: {
      "right-requested": 1,
      "customer-erased": 1,
      "subject-keys-destroyed": 1,
      "obligation-changed": 2,
    },
  });
});
