import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { customers, orders, testCatalogue } from "../../../../tests/support/catalogue.ts";
import {
  PERMIT_ALL,
  putInForce,
  seeingAs,
  testAgreement,
  testRecipient,
  withCategories,
} from "../../../../tests/support/policies.ts";
import { World } from "../../../../tests/customers/world.ts";
import { NotFoundError, RefusedError } from "../../../kernel/index.ts";
import { searchCustomers, showCustomer } from "../index.ts";

const catalogue = withCategories(testCatalogue, {
  customer_no: "user.unique_id",
  email: "user.contact.email",
  phone: "user.contact.phone_number",
  name: "user.name",
  city: "user.contact.address.city",
  balance: "user.financial",
  amount: "user.financial",
});

let world: World & AsyncDisposable;
const ids = new Map<string, bigint>();

beforeAll(async () => {
  world = await World.open(catalogue);
  const people = [
    ["A-1", "Ada Lovelace", "Berlin", "ada@example.org", "+4915111111111"],
    ["B-2", "Alan Turing", "Paris", "alan@example.org", "+4915122222222"],
  ].map(([customer_no = "", name = "", city = "", email = "", phone = ""]) => ({
    values: { customer_no, name, city, email, phone, tags: ["x", "y"], balance: "12.50" },
  }));
  await world.merge({ source: "billing", dataset: customers, rows: people });
  await world.merge({
    source: "billing",
    dataset: customers,
    rows: [{ values: { ...people[0]?.values, email: "ada@new.example.org", city: "Berlin" } }],
  });
  await world.merge({
    source: "shop",
    dataset: orders,
    rows: [{ values: { customer: "A-1", ordered_on: "2026-01-05", amount: "99.00" } }],
  });
  const rows = await world.query<{ _id: bigint; customer_no: string }>(
    "select _id, customer_no from customers",
  );
  for (const row of rows) {
    ids.set(row.customer_no, row._id);
  }
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

async function find(text: string): Promise<unknown[]> {
  const found = await world.db.scoped(world.scope, async (tx) =>
    searchCustomers(tx, await seeingAs(tx, catalogue), { text, limit: 10 }),
  );
  return [found.matchedBy, ...found.customers.map(({ id }) => id)];
}

async function show(no: string) {
  return await world.db.scoped(world.scope, async (tx) =>
    showCustomer(tx, await seeingAs(tx, catalogue), {
      id: ids.get(no) ?? 0n,
      events: 5,
      history: 20,
    }),
  );
}

describe("for whoever may see everything", () => {
  beforeAll(() => putInForce(world.db, world.scope, { policies: PERMIT_ALL }));

  test("an identifier, a source key, an id and the beginnings of a name find their customer", async () => {
    const [ada, alan] = [ids.get("A-1"), ids.get("B-2")];

    expect(await find(" A-1 ")).toEqual(["identifier", ada]);
    expect(await find("alan@example.org")).toEqual(["identifier", alan]);
    expect(await find(String(alan))).toEqual(["id", alan]);
    expect(await find("a")).toEqual(["name", ada, alan]);
    expect(await find("AL")).toEqual(["name", alan]);
    expect(await find("love ada")).toEqual(["name", ada]);
    expect(await find("%")).toEqual(["nothing"]);
    expect(await find("9".repeat(30))).toEqual(["nothing"]);
  });

  test("a customer is shown with values of their own types, its records, events and history", async () => {
    const view = await show("A-1");

    expect(view.customer.values).toMatchObject({
      email: "ada@new.example.org",
      tags: ["x", "y"],
      balance: "12.50",
    });
    expect(new Set(Object.values(view.customer.forms))).toEqual(new Set(["clear"]));
    expect(view.records).toMatchObject([{ source: "billing", key: "A-1" }]);
    expect(view.events.find(({ dataset }) => dataset === "orders")).toMatchObject({
      count: 1,
      newest: [{ at: new Date("2026-01-05T00:00:00Z"), values: { amount: "99.00" } }],
    });
    expect(view.history.filter(({ dataset }) => dataset === "customers")).toMatchObject([
      { field: "email", before: "ada@example.org", after: "ada@new.example.org" },
    ]);
  });
});

describe("for whoever may see some fields of some customers in some forms", () => {
  beforeAll(() =>
    putInForce(world.db, world.scope, {
      policies: `
        permit (principal, action == Action::"clear", resource in Category::"user.unique_id");
        permit (principal, action == Action::"partial", resource in Category::"user.contact.email");
        permit (principal, action == Action::"clear", resource in Category::"user.contact.phone_number")
        when { context.customer has city && context.customer.city == "Berlin" };
        permit (principal, action == Action::"bucket", resource in Category::"user.financial");
        forbid (principal, action, resource)
        when { context.customer has city && context.customer.city == "Paris" };`,
    }),
  );

  test("a customer of whom nothing may be seen is as one that is not there", async () => {
    const unseen = show("B-2");

    await expect(unseen).rejects.toThrow(NotFoundError);
    await expect(unseen).rejects.toThrow(/^(?!.*Paris)/u);
    expect(await find("B-2")).toEqual(["nothing"]);
    expect(await find(String(ids.get("B-2")))).toEqual(["nothing"]);
  });

  test("nobody is found by what is not clear, even where it is right", async () => {
    expect(await find("ada@new.example.org")).toEqual(["nothing"]);
    expect(await find("ada")).toEqual(["nothing"]);
    expect(await find("A-1")).toEqual(["identifier", ids.get("A-1")]);
  });

  test("each field comes in its form, and what is absent has no value, no provenance and no history", async () => {
    const { customer, provenance, history, records, events } = await show("A-1");

    expect(customer.forms).toMatchObject({
      customer_no: "clear",
      email: "partial",
      phone: "clear",
      name: "absent",
      balance: "bucket",
    });
    expect(customer.values).toMatchObject({
      email: "a***@new.example.org",
      phone: "+4915111111111",
      name: null,
      balance: "10..19",
    });
    expect(provenance.has("name")).toBe(false);
    expect(records[0]?.values).toMatchObject({ email: "a***@new.example.org", name: null });
    expect(history.filter(({ dataset }) => dataset === "customers")).toMatchObject([
      { field: "email", before: "a***@example.org", after: "a***@new.example.org" },
    ]);
    expect(events.find(({ dataset }) => dataset === "orders")?.newest).toMatchObject([
      { at: undefined, values: { amount: "90..99", customer: null } },
    ]);
  });
});

test("a key is a name of the source's only where its fields may be seen", async () => {
  await putInForce(world.db, world.scope, {
    policies: 'permit (principal, action == Action::"clear", resource in Category::"user.name");',
  });

  const { records } = await show("A-1");

  expect(records).toMatchObject([{ source: "billing", key: undefined }]);
  expect(await find("A-1")).toEqual(["nothing"]);
});

test("without a policy, and outside of the agreement, nothing is seen and the reason is told", async () => {
  await putInForce(world.db, world.scope, { policies: null });
  await expect(find("A-1")).rejects.toThrow(RefusedError);
  await expect(find("A-1")).rejects.toThrow(/has no policies/u);

  await putInForce(world.db, world.scope, {
    recipients: [testRecipient("desk", { agreement: testAgreement({ until: "2026-02-28" }) })],
    policies: PERMIT_ALL,
  });
  await expect(find("A-1")).rejects.toThrow(/ended on 2026-02-28/u);
});
