/** The commands on policies, as somebody runs them who changes what others may see. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generate } from "../../src/entry/generator/index.ts";
import { getClient } from "../../src/modules/contracts/index.ts";
import { testDatabase, type TestDatabase } from "../support/database.ts";
import { type Resident, residentWaybill } from "../support/resident.ts";
import { value } from "../end-to-end/client-state.ts";
import { examples, runWaybill } from "../end-to-end/waybill-process.ts";

const SUPPORT = "essential.service.operations.support";

let database: TestDatabase;
let resident: Resident;
let folder: string;

interface Ran {
  readonly exitCode: number | null;
  readonly document: Record<string, unknown>;
}

async function run(...args: readonly string[]): Promise<Ran> {
  const { program } = resident;
  const options = { program, data: join(folder, "data"), database: database.url };
  const { code: exitCode, stdout } = await runWaybill([...args, "--json"], options);
  return { exitCode, document: JSON.parse(stdout) as Record<string, unknown> };
}

/** The example with other policies. */
async function changed(file: string, change: (text: string) => string): Promise<string> {
  const path = join(await mkdtemp(join(folder, "changed-")), "retail");
  await cp(join(examples, "retail"), path, { recursive: true });
  const target = join(path, "policies", file);
  await writeFile(target, change(await readFile(target, "utf8")));
  return path;
}

/** Whoever refused the newsletter is written to nevertheless. */
function withoutRefusals(text: string): string {
  return text.replace(
    "unless { context.customer has newsletter && !context.customer.newsletter }",
    "",
  );
}

beforeAll(async () => {
  database = await testDatabase();
  resident = await residentWaybill();
  folder = await mkdtemp(join(tmpdir(), "waybill-policy-"));
  await generate({ client: "retail", customers: 60, seed: 3, out: join(folder, "files") });
  await run("apply", join(examples, "retail"));
  await run("import", "retail", "customers", join(folder, "files", "profiles.csv"));
}, 120_000);

afterAll(async () => {
  await resident[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function customerWhere(condition: string): Promise<string> {
  const client = await getClient(database.db, "retail");
  return value(database.db, client, `select min(_id) as value from customers where ${condition}`);
}

test("policies are judged in a folder and in force, with what everybody has under them", async () => {
  const inFolder = await run("policy", "check", join(examples, "retail"));
  const inForce = await run("policy", "check", "retail");
  expect(inFolder.exitCode).toBe(0);
  expect(inForce.document).toEqual({ ...inFolder.document, origin: "in force" });
});

test("who may not ask as a recipient of the folder is told before any of it is applied", async () => {
  const client = await getClient(database.db, "retail");
  const versions = () =>
    value(database.db, client, "select count(*) as value from _definitions where kind = 'policy'");
  const before = await versions();
  const path = await changed("desks.cedar", (text) => `${text}\n`);

  expect(await run("apply", path, "--as", "desk-germny")).toMatchObject({
    document: { error: { code: "recipient-unknown" } },
  });

  expect(await versions()).toBe(before);
});

test("policies that are wrong are refused at their place, and none of them is applied", async () => {
  const path = await changed("desks.cedar", (text) =>
    text.replace("context.customer has country &&", ""),
  );
  const checked = await run("policy", "check", path);
  expect(checked.exitCode).toBe(2);
  expect(checked.document).toMatchObject({
    error: {
      code: "policies-invalid",
      issues: [{ at: "policies/desks.cedar", line: expect.any(Number) }],
    },
  });
  expect((await run("apply", path)).exitCode).toBe(2);
});

test("the unit tests of a folder's policies pass, and fail when a policy shows too much", async () => {
  expect((await run("policy", "test", join(examples, "retail"))).exitCode).toBe(0);
  const path = await changed("marketing.cedar", withoutRefusals);
  const { exitCode, document } = await run("policy", "test", path);
  expect(exitCode).toBe(3);
  expect(document["failed"]).toBeGreaterThan(0);
  expect((await run("policy", "test", path, "--in-force")).exitCode).toBe(0);
});

test("tests that expect nothing to be withheld are refused", async () => {
  const path = await changed(
    "tests.yaml",
    () =>
      `tests: [{test: all, as: operations, purpose: ${SUPPORT}, expect: {customers.country: clear}}]\n`,
  );
  expect(await run("policy", "test", path)).toMatchObject({
    exitCode: 3,
    document: { failed: 0, isToothless: true },
  });
});

test("a difference counts the customers that somebody would newly see", async () => {
  const path = await changed(
    "desks.cedar",
    (text) => `${text}
    permit (principal == Recipient::"desk-france", action == Action::"bucket", resource == Field::"customers.birth_date")
    when { context.customer has country && context.customer.country == "FR" };
    forbid (principal == Recipient::"operations", action, resource == Field::"customers.interests");`,
  );
  const client = await getClient(database.db, "retail");
  const all = await value(database.db, client, "select count(*) as value from customers");
  const { exitCode, document } = await run("policy", "diff", "retail", path);
  expect(document).toMatchObject({
    more: [],
    less: [
      {
        recipient: "operations",
        purpose: SUPPORT,
        field: "interests",
        before: "clear",
        after: "absent",
        rows: Number(all),
      },
    ],
  });
  expect(exitCode).toBe(0);
  const wider = await changed("marketing.cedar", withoutRefusals);
  const refused = await value(
    database.db,
    client,
    "select count(*) as value from customers where newsletter is false",
  );
  expect(await run("policy", "diff", "retail", wider)).toMatchObject({
    exitCode: 3,
    document: {
      more: expect.arrayContaining([
        expect.objectContaining({
          recipient: "mail-house-pressburger",
          field: "customer_id",
          before: "absent",
          after: "clear",
          rows: Number(refused),
        }),
      ]),
    },
  });
});

test("an explanation names the policies and the condition that failed, and no value", async () => {
  const abroad = await customerWhere("country is not null and country <> 'DE'");
  const asked = ["--as", "desk-germany", "--purpose", SUPPORT];
  const { exitCode, document } = await run(
    "policy",
    "explain",
    "retail",
    abroad,
    "birth_date",
    ...asked,
  );
  expect(exitCode).toBe(0);
  expect(document).toMatchObject({
    form: "absent",
    forms: expect.arrayContaining([
      expect.objectContaining({
        form: "clear",
        decision: "forbidden",
        policies: [
          expect.objectContaining({
            policy: "desks/own-country",
            applies: false,
            failed: "context.customer.country == principal.jurisdiction",
          }),
          expect.objectContaining({
            policy: "desks/never-another",
            effect: "forbid",
            applies: true,
          }),
        ],
      }),
    ]),
  });
});

test("an explanation says which limit stands before any policy", async () => {
  const somebody = await customerWhere("true");
  const asked = ["--as", "mail-house-pressburger", "--purpose", "marketing.communications.email"];
  const { document } = await run("policy", "explain", "retail", somebody, "birth_date", ...asked);
  expect(document).toMatchObject({
    form: "absent",
    limit:
      "the agreement with mail-house-pressburger does not cover user.demographic.date_of_birth",
  });
});

test("what does not exist is refused with what there is", async () => {
  const asked = ["--as", "desk-germany", "--purpose", SUPPORT];
  const noField = await run("policy", "explain", "retail", "1", "birthdate", ...asked);
  expect(noField).toMatchObject({
    exitCode: 4,
    document: { error: { code: "field-unknown", hint: 'did you mean "birth_date"?' } },
  });
  const nobody = await run("policy", "explain", "retail", "99999999", "country", ...asked);
  expect(nobody).toMatchObject({ exitCode: 4, document: { error: { code: "customer-unknown" } } });
});
