import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  companies,
  customers,
  orders,
  testCatalogue,
  tickets,
} from "../../../tests/support/catalogue.ts";
import { readChanges, readCustomer } from "./index.ts";
import { type Intake, order, person, type Row, World } from "../../../tests/customers/world.ts";

describe("customers", () => {
  test("a first intake makes one golden row, one record and one change of each line", async () => {
    await using world = await World.open();

    const counts = await world.merge({
      source: "billing",
      dataset: customers,
      rows: [person("A", { name: "Ada" }), person("B", { tags: ["x", "y"] })],
    });

    expect(counts).toEqual({ accepted: 2, changed: 0, unchanged: 0, waiting: 0 });
    expect(await world.golden()).toMatchObject({ A: { name: "Ada" }, B: { tags: ["x", "y"] } });
    const changes = await world.db.scoped(world.scope, (tx) => readChanges(tx, 0n, 10));
    expect(changes.map(({ change, kind, intake }) => ({ change, kind, intake }))).toEqual([
      { change: 1n, kind: "customer-created", intake: 1n },
      { change: 2n, kind: "customer-created", intake: 1n },
    ]);
  });

  test("the same rows again change nothing", async () => {
    await using world = await World.open();
    const intake: Intake = {
      source: "billing",
      dataset: customers,
      rows: [person("A", { name: "Ada" }), person("B", { email: "b@x.example" })],
    };
    await world.merge(intake);
    const before = await world.query(
      "select _id, _version, _updated_at from customers order by _id",
    );

    const counts = await world.merge(intake);

    expect(counts).toEqual({ accepted: 0, changed: 0, unchanged: 2, waiting: 0 });
    expect(
      await world.query("select _id, _version, _updated_at from customers order by _id"),
    ).toEqual(before);
    expect(await world.query("select change from _changes")).toHaveLength(2);
  });

  test("a changed value is in the history with who, when, why and the value before", async () => {
    await using world = await World.open();
    await world.merge({
      source: "billing",
      dataset: customers,
      rows: [person("A", { city: "Bonn" })],
    });

    const counts = await world.merge({
      source: "billing",
      dataset: customers,
      rows: [person("A", { city: "Köln" })],
    });

    expect(counts.changed).toBe(1);
    const [{ id } = { id: 0n }] = await world.query<{ id: bigint }>(
      "select _id as id from customers",
    );
    const view = await world.db.scoped(world.scope, (tx) =>
      readCustomer(tx, testCatalogue, { id, events: 5, history: 10 }),
    );
    expect(view.customer).toMatchObject({ version: 2, values: { city: "Köln" } });
    expect(view.history.filter((each) => each.dataset === "customers")).toMatchObject([
      {
        field: "city",
        before: "Bonn",
        after: "Köln",
        actor: "tester",
        intake: 2n,
        at: new Date("2026-01-02"),
      },
    ]);
  });

  test("a key that a file states twice ends with its last statement, and the first is in the history", async () => {
    await using world = await World.open();

    const counts = await world.merge({
      source: "billing",
      dataset: customers,
      rows: [person("A", { city: "Bonn" }), person("B"), person("A", { city: "Köln" })],
    });

    expect(counts).toEqual({ accepted: 2, changed: 1, unchanged: 0, waiting: 0 });
    expect((await world.golden())["A"]).toMatchObject({ city: "Köln" });
    expect(
      await world.query("select fields, befores, afters from _history where dataset = 'customers'"),
    ).toEqual([{ fields: ["city"], befores: ["Bonn"], afters: ["Köln"] }]);
  });

  test("records of two sources that share an identifier are one customer", async () => {
    await using world = await World.open();
    await world.merge({
      source: "billing",
      dataset: customers,
      rows: [person("A", { email: "ada@x.example" }), person("B")],
    });

    await world.merge({
      source: "crm",
      dataset: customers,
      rows: [person("crm-1", { email: "ada@x.example", phone: "+491" })],
    });

    const golden = await world.query("select email, phone from customers order by _id");
    expect(golden).toEqual([
      { email: "ada@x.example", phone: "+491" },
      { email: null, phone: null },
    ]);
  });

  test("lines of one file that share an identifier are one customer, whatever the range they fall in", async () => {
    for (const rangeLines of [1, 2, 3]) {
      await using world = await World.open();

      await world.merge({
        source: "crm",
        dataset: customers,
        rangeLines,
        rows: [
          person("1", { email: "e" }),
          person("2", { email: "e" }),
          person("3", { email: "e" }),
        ],
      });

      expect(await world.query("select count(*) as n from customers")).toEqual([{ n: 1n }]);
    }
  });
});

test("a changed record is all of its golden row only until another of the same file joins it", async () => {
  await using world = await World.open();
  const merge = (rows: Row[]) => world.merge({ source: "billing", dataset: customers, rows });
  await merge([person("A", { email: "e", city: "Bonn" }), person("B", { city: "Ulm" })]);

  await merge([
    person("A", { email: "e", city: "Trier" }),
    person("B", { city: "Kiel" }),
    person("C", { email: "e", phone: "+3" }),
  ]);

  expect(await world.query("select _version, city, phone from customers order by _id")).toEqual([
    { _version: 2, city: "Trier", phone: "+3" },
    { _version: 2, city: "Kiel", phone: null },
  ]);
  const told = await world.query(
    `select c.customer = c.row_id as own, h.befores, h.afters
       from _history h join _changes c on c.change = h.change and c.row_id = h.row_id
      where h.dataset = 'customers' and h.fields @> '{city}' order by h.row_id`,
  );
  expect(told).toMatchObject([
    {
      own: true,
      befores: expect.arrayContaining(["Bonn"]),
      afters: expect.arrayContaining(["+3"]),
    },
    { own: true, befores: ["Ulm"], afters: ["Kiel"] },
  ]);
});

describe("survivorship", () => {
  test("each field takes its value by its own rule", async () => {
    await using world = await World.open();
    const email = "same@x.example";
    const state = (
      source: { readonly source: string; readonly precedence: number },
      statedAt: string,
      values: Row["values"],
    ) =>
      world.merge({
        ...source,
        dataset: customers,
        rows: [{ statedAt, values: { email, ...values } }],
      });

    await state({ source: "a", precedence: 1 }, "2025-01-03", {
      customer_no: "1",
      name: "Ada",
      city: "Bonn",
      plan: "S",
      balance: "1.00",
    });
    await state({ source: "b", precedence: 9 }, "2025-01-01", {
      customer_no: "2",
      name: "Ada Lovelace",
      city: "Köln",
      plan: "L",
      phone: "+2",
      tags: ["t"],
      balance: "2.00",
    });
    await state({ source: "c", precedence: 5 }, "2025-01-02", {
      customer_no: "3",
      name: "A",
      city: "Trier",
      plan: "L",
      phone: "+3",
    });

    expect(await world.golden()).toEqual({
      "1": {
        customer_no: "1",
        email,
        name: "Ada Lovelace",
        city: "Köln",
        plan: "L",
        phone: "+2",
        tags: ["t"],
        balance: "1.00",
      },
    });
  });

  test("what is stored is what survivorship gives when everything is recomputed", async () => {
    const value = fc.option(fc.constantFrom("p", "qq", "rrr"), { nil: null });
    const row = fc.record({
      values: fc.record({
        customer_no: fc.constantFrom("1", "2", "3", "4"),
        email: fc.option(fc.constantFrom("a", "b"), { nil: null }),
        name: value,
        city: value,
        plan: value,
        phone: value,
        tags: fc.option(fc.array(fc.constantFrom("t", "u"), { maxLength: 2 }), { nil: null }),
      }),
      statedAt: fc.constantFrom("2025-01-01", "2025-01-02", "2025-01-03"),
    });
    const intake = fc.record({
      source: fc.constantFrom("a", "b", "c"),
      rows: fc.array(row, { minLength: 1, maxLength: 6 }),
      rangeLines: fc.constantFrom(1, 2, 6),
    });
    await using world = await World.open();
    await fc.assert(
      fc
        .asyncProperty(fc.array(intake, { minLength: 1, maxLength: 4 }), async (intakes) => {
          for (const each of intakes) {
            await world.merge({ ...each, dataset: customers });
          }
          const { goldenRowsQuery } = await import("./store/survivorship.ts");
          const columns = customers.fields.map((field) => `"${field.name}"`).join(", ");
          const recomputed = await world.query(
            `select _id, ${columns} from (${goldenRowsQuery(customers, "select _id from customers")}) g order by _id`,
          );
          const stored = await world.query(`select _id, ${columns} from customers order by _id`);
          expect(stored).toEqual(recomputed);
        })
        .afterEach(async () => {
          await world.query("delete from customers");
          await world.query("delete from customers__records");
        }),
      { numRuns: 40 },
    );
  });
});

describe("events", () => {
  test("an event waits for its customer and is attached when the customer arrives", async () => {
    await using world = await World.open();

    const first = await world.merge({
      source: "shop",
      dataset: orders,
      rows: [order("A", "2025-05-01", "10.00")],
    });
    await world.merge({ source: "billing", dataset: customers, rows: [person("A")] });

    expect(first).toEqual({ accepted: 1, changed: 0, unchanged: 0, waiting: 1 });
    expect(
      await world.query("select o._customer = c._id as attached from orders o, customers c"),
    ).toEqual([{ attached: true }]);
    const changes = await world.db.scoped(world.scope, (tx) => readChanges(tx, 0n, 10));
    expect(changes.map((change) => change.kind)).toEqual([
      "event-added",
      "customer-created",
      "event-attached",
    ]);
  });

  test("an event that is stated again for another customer changes the customer it leaves, too", async () => {
    await using world = await World.open();
    const rows = [person("A"), person("B")];
    await world.merge({ source: "billing", dataset: customers, rows });
    const ticket = (customer: string): Row => ({
      values: { ticket_no: "T", customer, ordered_on: "2025-05-01", amount: "1.00" },
    });
    await world.merge({ source: "desk", dataset: tickets, rows: [ticket("A")] });
    const ids = await world.query<{ _id: bigint }>(
      "select _id from customers order by customer_no",
    );

    await world.merge({ source: "desk", dataset: tickets, rows: [ticket("B")] });

    const changes = await world.db.scoped(world.scope, (tx) => readChanges(tx, 3n, 10));
    expect(changes.map(({ kind, customer, fields }) => ({ kind, customer, fields }))).toEqual([
      { kind: "event-changed", customer: ids[1]?._id, fields: ["customer"] },
      { kind: "customer-changed", customer: ids[0]?._id, fields: [] },
    ]);
  });

  test("an event finds its customer by an identifier that its golden row does not show", async () => {
    await using world = await World.open();
    const email = "one@x.example";
    await world.merge({ source: "a", dataset: customers, rows: [person("OLD", { email })] });
    await world.merge({ source: "b", dataset: customers, rows: [person("NEW", { email })] });

    const counts = await world.merge({
      source: "shop",
      dataset: orders,
      rows: [order("OLD", "2025-05-01", "1.00"), order("NEW", "2025-05-02", "2.00")],
    });

    expect(counts.waiting).toBe(0);
    expect(await world.query("select count(distinct _customer) as n from orders")).toEqual([
      { n: 1n },
    ]);
  });

  test("equal events without a key are all kept, and the same file again adds none", async () => {
    const rows = [
      order("A", "2025-05-01", "10.00"),
      order("A", "2025-05-01", "10.00"),
      order("B", "2025-05-01", "10.00"),
      order("A", "2025-05-01", "10.00"),
    ];
    for (const rangeLines of [1, 2, 4]) {
      await using world = await World.open();
      const intake: Intake = { source: "shop", dataset: orders, rows, rangeLines };

      const first = await world.merge(intake);
      const again = await world.merge(intake);
      const oneMore = await world.merge({
        ...intake,
        rows: [...rows, order("A", "2025-05-01", "10.00")],
      });

      expect([first.accepted, again.accepted, again.unchanged, oneMore.accepted]).toEqual([
        4, 0, 4, 1,
      ]);
    }
  });

  test("a dataset that creates its customers makes each once, and a later file of customers completes it", async () => {
    await using world = await World.open();
    const ticket = (no: string, customer: string): Row => ({
      values: { ticket_no: no, customer, ordered_on: "2025-05-01", amount: null },
    });

    await world.merge({
      source: "desk",
      dataset: tickets,
      rangeLines: 1,
      rows: [ticket("1", "A"), ticket("2", "A"), ticket("3", "B")],
    });
    await world.merge({
      source: "billing",
      dataset: customers,
      rows: [person("A", { city: "Bonn" })],
    });

    const golden = await world.golden();
    expect(Object.keys(golden).toSorted()).toEqual(["A", "B"]);
    expect(golden["A"]).toMatchObject({ city: "Bonn" });
    expect(await world.query("select count(*) as n from tickets where _customer is null")).toEqual([
      { n: 0n },
    ]);
  });

  test("an event with a key that changes is updated, moves to its new customer, and is in the history", async () => {
    await using world = await World.open();
    const ticket = (customer: string, amount: string): Row => ({
      values: { ticket_no: "1", customer, ordered_on: "2025-05-01", amount },
    });
    await world.merge({ source: "desk", dataset: tickets, rows: [ticket("A", "1.00")] });

    const counts = await world.merge({
      source: "desk",
      dataset: tickets,
      rows: [ticket("B", "2.00")],
    });

    expect(counts).toEqual({ accepted: 0, changed: 1, unchanged: 0, waiting: 0 });
    expect(
      await world.query(
        "select c.customer_no, t.amount from tickets t join customers c on c._id = t._customer",
      ),
    ).toEqual([{ customer_no: "B", amount: "2.00" }]);
    expect(await world.query("select fields, befores, afters from _history")).toEqual([
      { fields: ["customer", "amount"], befores: ["A", "1.00"], afters: ["B", "2.00"] },
    ]);
  });
});

test("accounts merge like customers and concern no single customer", async () => {
  await using world = await World.open();

  await world.merge({
    source: "register",
    dataset: companies,
    rows: [{ values: { company_no: "C1", industry: "steel" } }],
  });

  const changes = await world.db.scoped(world.scope, (tx) => readChanges(tx, 0n, 10));
  expect(changes).toMatchObject([
    { kind: "account-created", customer: null, dataset: "companies" },
  ]);
});
