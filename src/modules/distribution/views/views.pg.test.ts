/** What somebody with a login sees, by a PostgreSQL client that knows nothing of Waybill. */
import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runPsql, whyNoPsql } from "../../../../tests/support/psql.ts";
import { customers, orders, testCatalogue } from "../../../../tests/support/catalogue.ts";
import { testDatabase, type TestDatabase } from "../../../../tests/support/database.ts";
import {
  PERMIT_ALL,
  putInForce,
  testAgreement,
  testRecipient,
  withCategories,
} from "../../../../tests/support/policies.ts";
import { createTables } from "../../../../tests/support/tables.ts";
import { FixedClock, NotFoundError } from "../../../kernel/index.ts";
import { scramVerifier } from "../../../platform/crypto/index.ts";
import {
  createScope,
  dropScope,
  migrateScope,
  type NamedScope,
} from "../../../platform/postgres/index.ts";
import { memoryProtection } from "../../protection/testing/memory-protection.ts";
import {
  clearViews,
  grantView,
  listViews,
  remakeViews,
  revokeView,
  type ViewDeps,
} from "./grants.ts";

const PASSWORD = "correct horse battery staple";
const catalogue = withCategories(
  { ...testCatalogue, datasets: [customers, orders] },
  { email: "user.contact.email", balance: "user.financial", customer_no: "user.unique_id" },
);
const clock = new FixedClock(new Date("2026-03-01T12:00:00Z"));

let database: TestDatabase;
let acme: NamedScope;
let other: NamedScope;
let deps: ViewDeps;

async function makeClient(key: string): Promise<NamedScope> {
  // Its roles are its own, and go with it.
  const scope = await createScope(database.db, key);
  await migrateScope(database.db, scope);
  await createTables(database.db, scope, catalogue);
  await database.db.scoped(scope, (tx) =>
    tx.run(
      `with people as (
         insert into customers (_id, _version, _created_at, _updated_at, customer_no, email, name, city, plan, balance, tags) values
           (1, 1, now(), now(), 'A-1', 'ada@example.org', 'Ada', 'Berlin', 'gold', 12.50, '{x,y}'),
           (2, 1, now(), now(), 'B-2', 'bo@example.org', 'Bo', 'Paris', null, 7, null) returning _id)
       insert into orders (_id, _customer, _at, _subject, _source, _key, _hash, _intake, _line, customer, ordered_on, amount)
       select 10 + _id, _id, now(), 'x', 1, _id::text, gen_random_uuid(), 1, 1, 'x', '2026-01-05', 99 from people`,
    ),
  );
  return scope;
}

const POLICIES = `
  permit (principal, action == Action::"clear", resource in Category::"user.unique_id");
  permit (principal, action == Action::"partial", resource in Category::"user.contact.email");
  permit (principal, action == Action::"pseudonym", resource == Field::"customers.plan");
  permit (principal, action == Action::"clear", resource in Category::"user.financial")
  when { context.customer has city && context.customer.city == "Berlin" };
  permit (principal, action == Action::"clear", resource == Field::"orders.amount");
  forbid (principal, action, resource)
  when { context.customer has city && context.customer.city == "Paris" };`;

beforeAll(async () => {
  database = await testDatabase();
  acme = await makeClient("acme");
  other = await makeClient("other");
  deps = { db: database.db, clock, protection: () => Promise.resolve(memoryProtection()) };
  for (const scope of [acme, other]) {
    await putInForce(database.db, scope, { policies: POLICIES });
  }
});
afterAll(async () => {
  for (const key of ["acme", "other"]) {
    await dropScope(database.db, key);
  }
  await database[Symbol.asyncDispose]();
});

async function grant(scope: NamedScope, name: string, recipient = "desk") {
  return await grantView(
    deps,
    { scope, catalogue },
    {
      recipient,
      purpose: "essential.service",
      name,
      verifier: scramVerifier(PASSWORD, randomBytes(16)),
      actor: "cli:test",
    },
  );
}

/** Runs statements as a login; an error's text instead of rows. */
async function ask(login: string, sql: string): Promise<unknown> {
  const url = new URL(database.url);
  url.username = login;
  url.password = PASSWORD;
  const client = new Client({ connectionString: url.href, application_name: "bi" });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } catch (error) {
    return error instanceof Error ? error.message : error;
  } finally {
    await client.end();
  }
}

test("the ledger tells to whom a login was given, with which fields in which forms, and that it was taken back", async () => {
  const { login, fields } = await grant(acme, "noted");
  await revokeView(deps, acme, { name: "noted", actor: "cli:test" });

  const entries = await database.db.scoped(acme, (tx) =>
    tx.rows<{ entry: string }>("select entry from _ledger_inbox order by noted desc limit 2"),
  );
  const asked = { recipient: "desk", purpose: "essential.service", login };
  expect(entries.map(({ entry }) => JSON.parse(entry) as unknown)).toMatchObject([
    { kind: "view-revoked", about: "view noted", view: asked },
    { kind: "view-granted", about: "view noted", view: { ...asked, fields } },
  ]);
  expect(fields["customers"]).toEqual({
    clear: ["customer_no", "balance"],
    partial: ["email"],
    pseudonym: ["plan"],
  });
});

describe("a login", () => {
  let login = "";
  beforeAll(async () => {
    ({ login } = await grant(acme, "bi"));
  });

  test("sees its rows in its forms, with types that can be reckoned with", async () => {
    expect(await ask(login, "select * from customers")).toEqual([
      {
        _id: "1",
        customer_no: "A-1",
        email: "a***@example.org",
        plan: expect.stringMatching(/^[0-9a-f]{32}$/u),
        balance: "12.50",
      },
    ]);
    expect(await ask(login, "select sum(balance) + 1 as sum from customers")).toEqual([
      { sum: "13.50" },
    ]);
    expect(
      await ask(
        login,
        "select c.customer_no, o.amount from customers c join orders o on o._customer = c._id",
      ),
    ).toEqual([{ customer_no: "A-1", amount: "99.00" }]);
  });

  test("sees the same with psql", async (context) => {
    const missing = whyNoPsql();
    if (missing !== undefined) {
      return context.skip(missing);
    }
    const url = new URL(database.url);
    url.username = login;
    url.password = "";

    const csv = await runPsql(url, PASSWORD, "select customer_no, email, balance from customers");
    const tables = await runPsql(url, PASSWORD, String.raw`\dv`);
    const denied = await runPsql(url, PASSWORD, `select count(*) from ${acme.schema}.customers`);

    expect(csv.stdout).toBe("customer_no,email,balance\nA-1,a***@example.org,12.50\n");
    expect(tables.stdout).toContain("customers");
    expect(denied).toMatchObject({ stdout: "", code: 1 });
    expect(denied.stderr).toContain("permission denied for schema");
  });

  test.each([
    ["the client's tables", "select 1 from c_acme.customers", /permission denied for schema/u],
    ["another client's tables", "select 1 from c_other.customers", /permission denied for schema/u],
    ["the control plane", "select 1 from waybill.scopes", /permission denied for schema/u],
    ["the values of the policies", "select 1 from c_acme._view_values", /permission denied/u],
    ["the passwords", "select rolpassword from pg_authid", /permission denied/u],
  ])("does not see %s", async (_, sql, refusal) => {
    expect(await ask(login, sql)).toMatch(refusal);
  });

  test.each([
    ["write through a view", "set transaction read write; update customers set email = 'x'"],
    ["make anything in its schema", "set transaction read write; create table mine (a int)"],
    [
      "make anything in the schema public",
      "set transaction read write; create table public.mine (a int)",
    ],
  ])("cannot %s", async (_, sql) => {
    expect(await ask(login, sql)).toMatch(/permission denied|cannot update column/u);
  });

  test("cannot take on a role of the client", async () => {
    for (const role of [acme.role, acme.owner]) {
      expect(await ask(login, `set role "${role}"`)).toMatch(/permission denied to set role/u);
    }
  });

  test("learns nothing of hidden rows by a condition that fails on them", async () => {
    const rows = await ask(
      login,
      "select customer_no from customers where 1 / (case when _id = 2 then 0 else 1 end) = 1",
    );

    expect(rows).toEqual([{ customer_no: "A-1" }]);
  });

  test("finds no value of a policy and no key in a definition, which everybody may read", async () => {
    const definitions = await ask(
      login,
      "select string_agg(definition, ' ') as all from pg_catalog.pg_views where schemaname like 'v\\_%'",
    );

    const text = JSON.stringify(definitions);
    expect(text).toContain("_view_values");
    expect(text).not.toMatch(/Berlin|Paris|\\\\x[0-9a-f]{8}/u);
  });

  test("of another client sees that client's rows only", async () => {
    const second = await grant(other, "bi");
    await database.db.scoped(other, (tx) =>
      tx.run("update customers set customer_no = 'other' where _id = 1"),
    );

    expect(await ask(second.login, "select customer_no from customers")).toEqual([
      { customer_no: "other" },
    ]);
    expect(await ask(second.login, "select 1 from v_acme__bi.customers")).toMatch(
      /permission denied for schema/u,
    );
  });
});

test("an agreement that has ended shows nothing, though nobody has touched the views", async () => {
  // The server's clock is behind the last day; the one by which the login is given is not.
  await putInForce(database.db, acme, {
    recipients: [testRecipient("short", { agreement: testAgreement({ until: "2026-03-31" }) })],
    policies: POLICIES,
  });
  const { login } = await grant(acme, "short", "short");

  expect(await ask(login, "select * from customers")).toEqual([]);
});

test("views follow the policies in the transaction that changes them", async () => {
  const { login } = await grant(acme, "follows");
  await putInForce(database.db, acme, { policies: PERMIT_ALL });
  await database.db.defining(acme, (tx) => remakeViews(tx, deps, catalogue));
  expect(await ask(login, "select customer_no, email, tags from customers order by 1")).toEqual([
    { customer_no: "A-1", email: "ada@example.org", tags: ["x", "y"] },
    { customer_no: "B-2", email: "bo@example.org", tags: null },
  ]);

  await putInForce(database.db, acme, { policies: null });
  await database.db.defining(acme, (tx) => remakeViews(tx, deps, catalogue));
  expect(await ask(login, "select * from customers")).toMatch(/does not exist/u);
  await putInForce(database.db, acme, { policies: POLICIES });
});

test("views do not hold up a change of the tables that they stand on", async () => {
  const { login } = await grant(other, "stands_on");
  const fields = customers.fields.filter(({ name }) => name !== "plan");
  const narrower = withCategories({
    ...testCatalogue,
    contractSha256: "1".repeat(64),
    datasets: [{ ...customers, fields }, orders],
  });
  await putInForce(database.db, other, { policies: PERMIT_ALL });

  await database.db.defining(other, async (tx) => {
    await clearViews(tx);
    await tx.run("alter table customers drop column plan");
    await remakeViews(tx, deps, narrower);
  });

  expect(await ask(login, "select city from customers where _id = 2")).toEqual([{ city: "Paris" }]);
  expect(await ask(login, "select plan from customers")).toMatch(/column "plan" does not exist/u);
});

test("a login that is taken back is gone, and its views with it", async () => {
  const { login } = await grant(acme, "gone");

  await revokeView(deps, acme, { name: "gone", actor: "cli:test" });

  await expect(ask(login, "select 1")).rejects.toThrow(/password authentication failed/u);
  expect((await listViews(database.db, acme)).map(({ name }) => name)).not.toContain("gone");
  const again = revokeView(deps, acme, { name: "gone", actor: "cli:test" });
  await expect(again).rejects.toThrow(NotFoundError);
});
