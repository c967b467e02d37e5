import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { customers } from "../../../../tests/support/catalogue.ts";
import { testDatabase, type TestDatabase } from "../../../../tests/support/database.ts";
import {
  disclose,
  NOW,
  openRights,
  recordOf,
  type RightsScene,
} from "../../../../tests/rights/scene.ts";
import { InvalidInputError, must, RefusedError } from "../../../kernel/index.ts";
import { sendNotices } from "../obligations/send.ts";
import { requestStatus } from "../status.ts";
import { type Correction, isPutRight, registerCorrection, settleDelivered } from "./correct.ts";

let database: TestDatabase;
let scene: RightsScene;
let ada = 0n;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  scene = await openRights(database.db);
  ada = (await recordOf(scene.world, "AL-1815")).customer;
});

/** The source states another address. */
async function correctEmail(): Promise<void> {
  const rows = [{ values: { customer_no: "AL-1815", email: "right@new.example", name: "Ada" } }];
  await scene.world.merge({ source: "billing", dataset: customers, rows });
}

function register(...fields: string[]): Promise<Correction> {
  const { deps, client } = scene;
  return registerCorrection(deps, {
    client,
    customer: ada,
    fields,
    reason: "asked by telephone",
    actor: "cli:tester",
  });
}

async function statesOf(request: string): Promise<Record<string, string>> {
  const { world } = scene;
  const { obligations } = await world.db.scoped(world.scope, (tx) =>
    requestStatus(tx, { client: "acme", request, now: NOW }),
  );
  return Object.fromEntries(obligations.map(({ recipient, state }) => [recipient, state]));
}

test("a correction is owed by whoever was sent the field before it, and by nobody else", async () => {
  await disclose(scene.world, [ada], { recipient: "partner", forms: { email: "clear" } });
  await disclose(scene.world, [ada], { recipient: "other", forms: { city: "clear" } });
  await disclose(scene.world, [ada], { recipient: "care", channel: "shown" });
  await correctEmail();
  await disclose(scene.world, [ada], { recipient: "newcomer", forms: { email: "clear" } });

  const { request, recipients } = await register("email");

  expect(recipients).toEqual(["partner"]);
  expect(await statesOf(request)).toEqual({ partner: "open" });
});

test("its notice names the fields and the customer as the recipient knows it, and not what is right", async () => {
  await disclose(scene.world, [ada], { forms: { email: "clear", name: "clear" } });
  await correctEmail();
  await register("email");
  const told: string[] = [];

  await sendNotices(scene.deps, {
    client: scene.client,
    actor: "worker:rights",
    tell: ({ bytes }) => {
      told.push(bytes.toString("utf8"));
      return Promise.resolve("folder");
    },
  });

  expect(JSON.parse(must(told[0], "one notice"))).toMatchObject({
    kind: "correct",
    fields: ["email"],
    customer: { clear: { email: ["ada@lovelace.example"] } },
  });
  expect(told.join("")).not.toContain("right@new.example");
});

test("it is settled by the delivery that brings what is right, and only when that has arrived", async () => {
  const { world, deps, client } = scene;
  await disclose(world, [ada], { forms: { email: "clear" } });
  await correctEmail();
  const { request } = await register("email");
  const settle = () => settleDelivered(deps, { client, actor: "worker:rights" });
  await world.query(
    `insert into _deliveries (delivery, route, route_version, destination, state, started_at, as_of, actor)
     overriding system value values (9, 'r', 1, 'd', 'running', now(), now(), 'x')`,
  );
  const waybillId = crypto.randomUUID();
  const delivery = { delivery: 9n, waybillId, destination: "d" };
  await disclose(world, [ada], { forms: { email: "clear" }, delivery });

  expect(await settle()).toBe(0);
  await world.query("update _deliveries set state = 'delivered' where delivery = 9");
  expect(await settle()).toBe(1);

  expect(await statesOf(request)).toEqual({ partner: "acknowledged" });
  expect(await world.query("select state from _rights_requests")).toEqual([{ state: "done" }]);
});

test("what never changed was not corrected, and what is no field cannot be", async () => {
  await expect(register("email")).rejects.toThrow(RefusedError);
  await expect(register("emial")).rejects.toThrow(InvalidInputError);
});

test("is put right only when every field that was sent before was sent again since", () => {
  const wrong = { fields: { email: "clear", city: "clear" }, seen: 5n, hasArrived: true } as const;
  const half = { fields: { email: "clear" }, seen: 9n, hasArrived: true } as const;
  const correction = { fields: ["email", "city", "phone"], change: 7n };

  expect(isPutRight([wrong, half], correction)).toBe(false);
  expect(isPutRight([wrong, half, { ...wrong, seen: 7n }], correction)).toBe(true);
  expect(isPutRight([wrong, { ...wrong, seen: 6n }], correction)).toBe(false);
});
