import { beforeEach, describe, expect, test } from "vitest";
import {
  companies,
  customers,
  orders,
  testCatalogue,
  tickets,
} from "../../../tests/support/catalogue.ts";
import { order, person, type Row, World } from "../../../tests/customers/world.ts";
import { readChanges, readCustomer, regroupRecords } from "./index.ts";

const at = new Date("2026-06-01T00:00:00Z");

/** Golden id and record of each customer, by customer number; each has one record at first. */
interface Known {
  readonly id: bigint;
  readonly record: bigint;
}

async function knownBy(world: World): Promise<(number: string) => Known> {
  const rows = await world.query<Known & { no: string }>(
    "select _id as id, _record as record, customer_no as no from customers__records",
  );
  const known = new Map(rows.map((row) => [row.no, { id: row.id, record: row.record }]));
  return (number) => known.get(number) ?? { id: 0n, record: 0n };
}

/** Ada twice, and Bea; Ada's second self has an order. */
async function openWorld(): Promise<World & AsyncDisposable> {
  const world = await World.open();
  await world.merge({
    source: "billing",
    dataset: customers,
    rows: [
      person("A", { name: "Ada", city: "Bonn" }),
      person("A2", { name: "Ada Lovelace", phone: "+1" }),
      person("B", { name: "Bea" }),
    ],
  });
  await world.merge({ source: "shop", dataset: orders, rows: [order("A2", "2025-05-01", "1.00")] });
  return world;
}

describe("regrouping", () => {
  let world: World & AsyncDisposable;
  let known: (number: string) => Known;
  beforeEach(async () => {
    world = await openWorld();
    known = await knownBy(world);
    return () => world[Symbol.asyncDispose]();
  });
  const merge = () => world.regroup([{ record: known("A2").record, id: known("A").id }]);
  const unmerge = () => world.regroup([{ record: known("A2").record, id: known("A2").id }]);
  const changesSince = (after: bigint) =>
    world.db.scoped(world.scope, (tx) => readChanges(tx, after, 100));
  const show = (id: bigint, history = 0) =>
    world.db.scoped(world.scope, (tx) =>
      readCustomer(tx, testCatalogue, { id, events: 5, history }),
    );

  test("a merge gives the surviving row the best of both, and leaves a redirect", async () => {
    const done = await merge();

    expect(done).toEqual({ records: 1, merged: 1, split: 0, events: 1, changes: 3n });
    expect(
      await world.query("select _id, _version, name, city, phone from customers order by _id"),
    ).toEqual([
      { _id: known("A").id, _version: 2, name: "Ada Lovelace", city: "Bonn", phone: "+1" },
      { _id: known("B").id, _version: 1, name: "Bea", city: null, phone: null },
    ]);
    expect(
      await world.query("select old_id, new_id, record, version, merged_at from _redirects"),
    ).toEqual([
      {
        old_id: known("A2").id,
        new_id: known("A").id,
        record: known("A2").record,
        version: 1,
        merged_at: at,
      },
    ]);
  });

  test("the log tells a merge, what it changed, whose its events are now, by whom and why", async () => {
    await world.regroup([{ record: known("A2").record, id: known("A").id }], {
      reason: "same phone",
    });

    const told = { actor: "resolver", reason: "same phone", intake: null, at };
    expect(await changesSince(4n)).toMatchObject([
      {
        kind: "customer-changed",
        rowId: known("A").id,
        fields: ["customer_no", "name", "phone"],
        ...told,
      },
      { kind: "customer-merged", rowId: known("A2").id, customer: known("A").id, ...told },
      { kind: "event-attached", dataset: "orders", customer: known("A").id, ...told },
    ]);
  });

  test("a row that is split off again comes back with its id and time of creation, and a higher version", async () => {
    const before = await world.query("select _id, _created_at from customers order by _id");
    await merge();

    const done = await unmerge();

    expect(done).toMatchObject({ merged: 0, split: 1, events: 1 });
    expect(await world.query("select _id, _created_at from customers order by _id")).toEqual(
      before,
    );
    expect(await world.query("select _version from customers order by _id")).toEqual(
      [3, 2, 1].map((version) => ({ _version: version })),
    );
    expect(await world.query("select old_id from _redirects")).toEqual([]);
    expect(await changesSince(7n)).toMatchObject([
      { kind: "customer-changed", rowId: known("A").id },
      { kind: "customer-split", rowId: known("A2").id, customer: known("A").id },
      { kind: "event-attached", customer: known("A2").id },
    ]);
  });

  test("old ids of a row that is merged on lead to the last", async () => {
    await merge();
    const both = [known("A").record, known("A2").record];

    await world.regroup(both.map((record) => ({ record, id: known("B").id })));

    expect(await world.query("select old_id, new_id from _redirects order by old_id")).toEqual([
      { old_id: known("A").id, new_id: known("B").id },
      { old_id: known("A2").id, new_id: known("B").id },
    ]);
  });

  test("moves that change nothing write nothing", async () => {
    const done = await world.regroup([{ record: known("A").record, id: known("A").id }]);

    expect(done).toEqual({ records: 0, merged: 0, split: 0, events: 0, changes: 0n });
    expect(await changesSince(4n)).toEqual([]);
  });

  test("a record that does not exist refuses the whole regrouping", async () => {
    const moves = [
      { record: known("A2").record, id: known("A").id },
      { record: 999_999n, id: known("A").id },
    ];

    await expect(world.regroup(moves)).rejects.toMatchObject({ code: "record-not-found" });
    expect(await world.query("select _id from customers")).toHaveLength(3);
  });

  test("what arrives later for either of the merged goes to the one that survived", async () => {
    await merge();

    await world.merge({
      source: "shop",
      dataset: orders,
      rows: [order("A2", "2025-06-01", "2.00")],
    });
    await world.merge({
      source: "billing",
      dataset: customers,
      rows: [person("A2", { plan: "L" })],
    });

    expect(await world.query("select distinct _customer as id from orders")).toEqual([
      { id: known("A").id },
    ]);
    expect((await world.golden())["A2"]).toMatchObject({ plan: "L", city: "Bonn" });
    expect(await world.query("select _id from customers")).toHaveLength(2);
  });

  test("an event that its source states anew follows whom it names, and no record any more", async () => {
    const ticket = (customer: string): Row => ({
      values: { ticket_no: "1", customer, ordered_on: "2025-05-01", amount: null },
    });
    await world.merge({ source: "desk", dataset: tickets, rows: [ticket("A2")] });
    // The customer gets another number, so that the ticket names nobody any more.
    await world.query("update customers__records set customer_no = 'A3' where customer_no = 'A2'");
    await merge();
    expect(await world.query("select record from _event_anchors order by event")).toHaveLength(2);

    await world.merge({ source: "desk", dataset: tickets, rows: [ticket("B")] });
    await unmerge();

    expect(await world.query("select _customer from tickets")).toEqual([
      { _customer: known("B").id },
    ]);
    expect(await world.query("select _customer from orders")).toEqual([
      { _customer: known("A2").id },
    ]);
  });

  test("an old id shows the customer that it leads to, and says since when", async () => {
    await merge();

    const view = await show(known("A2").id);

    expect(view.customer.id).toBe(known("A").id);
    expect(view.redirectedFrom).toMatchObject({ oldId: known("A2").id, mergedAt: at });
    expect(view.formerIds.map(({ oldId }) => oldId)).toEqual([known("A2").id]);
    expect(view.records).toHaveLength(2);
    expect(view.events.map(({ count }) => count)).toEqual([1, 0]);
  });

  test("a customer's own id leads nowhere else", async () => {
    const view = await show(known("A").id);

    expect([view.redirectedFrom, view.formerIds]).toEqual([undefined, []]);
  });

  test("the history of both customers keeps which records came and went, and from whom", async () => {
    await merge();
    await unmerge();

    const groupings = async (id: bigint) =>
      (await show(id, 100)).history
        .filter(({ field }) => field === "_records")
        .map(({ kind, other, before, after }) => ({ kind, other, before, after }));
    const record = `${known("A2").record}`;
    const [merged, split] = ["customer-merged", "customer-split"];
    expect(await groupings(known("A").id)).toEqual([
      { kind: split, other: known("A2").id, before: record, after: null },
      { kind: merged, other: known("A2").id, before: null, after: record },
    ]);
    expect(await groupings(known("A2").id)).toEqual([
      { kind: split, other: known("A").id, before: null, after: record },
      { kind: merged, other: known("A").id, before: record, after: null },
    ]);
  });

  test("records of two customers that change places are told as such", async () => {
    await world.regroup([
      { record: known("A").record, id: known("B").id },
      { record: known("B").record, id: known("A").id },
    ]);

    const told = await changesSince(4n);
    expect(told.filter(({ kind }) => kind === "customer-regrouped")).toMatchObject([
      { rowId: known("A").id, customer: known("B").id },
      { rowId: known("B").id, customer: known("A").id },
    ]);
    expect(await world.query("select old_id from _redirects")).toEqual([]);
  });
});

test("accounts regroup like customers, and the log names the other account", async () => {
  await using world = await World.open();
  const company = (no: string, industry: string): Row => ({ values: { company_no: no, industry } });
  await world.merge({
    source: "register",
    dataset: companies,
    rows: [company("C1", "steel"), company("C2", "iron")],
  });
  const rows = await world.query<{ id: bigint; record: bigint }>(
    "select _id as id, _record as record from companies__records order by _id",
  );
  const [one = { id: 0n, record: 0n }, two = { id: 0n, record: 0n }] = rows;

  await world.db.scoped(world.scope, (tx) =>
    regroupRecords(
      tx,
      { catalogue: testCatalogue, dataset: companies },
      { moves: [{ record: two.record, id: one.id }], actor: "resolver", at },
    ),
  );

  const changes = await world.db.scoped(world.scope, (tx) => readChanges(tx, 2n, 10));
  expect(changes).toMatchObject([
    { kind: "account-changed", rowId: one.id, customer: null },
    { kind: "account-merged", rowId: two.id, customer: one.id },
  ]);
  expect(await world.query("select company_no from companies")).toEqual([{ company_no: "C2" }]);
});
