import { expect, test } from "vitest";
import { customers, tickets } from "../../../../tests/support/catalogue.ts";
import { person, type Row, World } from "../../../../tests/customers/world.ts";
import {
  changedRecords,
  identifierPairs,
  newGoldenIds,
  readRecords,
  type RecordColumns,
  recordsOfGolden,
  type WhichRecords,
} from "../index.ts";

/** Record ids in the order in which the rows were merged. */
async function recordIds(world: World): Promise<bigint[]> {
  const rows = await world.query<{ record: bigint }>(
    "select _record as record from customers__records order by _intake, _line",
  );
  return rows.map(({ record }) => record);
}

function read(
  world: World,
  options: { readonly records: WhichRecords; readonly batch?: number },
): Promise<RecordColumns[]> {
  return world.db.scoped(world.scope, (tx) => Array.fromAsync(readRecords(tx, customers, options)));
}

test("records are read by column as text, in batches, and none is left out", async () => {
  await using world = await World.open();
  const rows = Array.from({ length: 7 }, (_, n) =>
    person(`N${n}`, { name: `Zoë "${n}"\t\\`, tags: ["a", "b"], balance: `${n}.50` }),
  );
  await world.merge({ source: "crm", dataset: customers, rows });

  const batches = await read(world, { records: "all", batch: 3 });

  expect(batches.map(({ records }) => records.length)).toEqual([3, 3, 1]);
  expect(batches.flatMap(({ records }) => records)).toEqual(await recordIds(world));
  expect(batches.flatMap(({ values }) => values.get("name"))).toEqual(
    rows.map(({ values }) => values["name"]),
  );
  expect(batches[2]?.values).toEqual(
    new Map([
      ["customer_no", ["N6"]],
      ["email", [null]],
      ["name", ['Zoë "6"\t\\']],
      ["city", [null]],
      ["plan", [null]],
      ["phone", [null]],
      ["tags", ["a;b"]],
      ["balance", ["6.50"]],
      ["company", [null]],
    ]),
  );
});

test("given records are read in the order of their ids, and those that do not exist are left out", async () => {
  await using world = await World.open();
  const rows = ["A", "B", "C"].map((number) => person(number));
  await world.merge({ source: "crm", dataset: customers, rows });
  const [a = 0n, , c = 0n] = await recordIds(world);

  const batches = await read(world, { records: [c, 999_999n, a], batch: 2 });

  expect(batches.flatMap(({ records }) => records)).toEqual([a, c]);
  expect(batches.flatMap(({ values }) => values.get("customer_no"))).toEqual(["A", "C"]);
});

test("a dataset without records gives no batch", async () => {
  await using world = await World.open();

  expect(await read(world, { records: "all" })).toEqual([]);
});

test("the records of golden rows come with the row they belong to", async () => {
  await using world = await World.open();
  const rows = [person("A", { email: "e" }), person("B"), person("C", { email: "e" })];
  await world.merge({ source: "crm", dataset: customers, rows });
  const all = await world.query<{ record: bigint; id: bigint }>(
    "select _record as record, _id as id from customers__records order by _id, _record",
  );

  const found = await world.db.scoped(world.scope, (tx) =>
    recordsOfGolden(tx, customers, [...new Set(all.map(({ id }) => id))]),
  );

  expect(found).toEqual(all);
  expect(new Set(found.map(({ id }) => id)).size).toBe(2);
});

test("records that hold the same value of an identifier are pairs, unless too many hold it", async () => {
  await using world = await World.open();
  const holders = (email: string, count: number): Row[] =>
    Array.from({ length: count }, (_, n) => person(`${email}-${n}`, { email }));
  const rows = [...holders("two", 2), ...holders("three", 3), ...holders("four", 4), person("one")];
  await world.merge({ source: "crm", dataset: customers, rows });
  const ids = await recordIds(world);
  const pairs = (records: WhichRecords) =>
    world.db.scoped(world.scope, async (tx) => {
      const found = await Array.fromAsync(
        identifierPairs(tx, customers, { records, mostHolders: 3 }),
      );
      const places = found
        .flat()
        .map(({ left, right, field }) => `${field} ${ids.indexOf(left)} ${ids.indexOf(right)}`);
      return places.toSorted((a, b) => a.localeCompare(b));
    });

  expect(await pairs("all")).toEqual(["email 0 1", "email 2 3", "email 2 4", "email 3 4"]);
  expect(await pairs([ids[3] ?? 0n, ids[6] ?? 0n])).toEqual(["email 2 3", "email 3 4"]);
});

test("every record that comes or changes is named once, whether or not its golden row changes", async () => {
  await using world = await World.open();
  let cursor = 0n;
  const changed = async (): Promise<bigint[]> => {
    const { records, last } = await world.db.scoped(world.scope, (tx) =>
      changedRecords(tx, customers, { after: cursor, limit: 100 }),
    );
    cursor = last;
    return [...records];
  };
  const merge = (source: string, rows: readonly Row[]) =>
    world.merge({ source, dataset: customers, rows });
  const ada = { email: "e", name: "Ada Lovelace" };
  await merge("billing", [person("A", ada), person("B")]);
  expect(await changed()).toEqual(await recordIds(world));

  // The same once more from another source: the golden row stays what it was.
  const before = await world.query("select _version from customers order by _id");
  await merge("crm", [{ ...person("A", ada), statedAt: "2020-01-01" }]);
  const [, , joined] = await recordIds(world);
  expect(await world.query("select _version from customers order by _id")).toEqual(before);
  expect(await changed()).toEqual([joined]);

  await merge("billing", [person("B", { city: "Ulm" })]);
  expect(await changed()).toEqual([(await recordIds(world)).at(-1)]);

  const named = { ticket_no: "1", customer: "T", ordered_on: "2025-05-01", amount: null };
  await world.merge({ source: "desk", dataset: tickets, rows: [{ values: named }] });
  expect(await changed()).toHaveLength(1);
  expect(await changed()).toEqual([]);
});

test("a record that was regrouped before anybody followed the log is still named", async () => {
  await using world = await World.open();
  const rows = [person("A"), person("B")];
  await world.merge({ source: "crm", dataset: customers, rows });
  const all = await world.query<{ record: bigint; id: bigint }>(
    "select _record as record, _id as id from customers__records order by _id",
  );
  await world.regroup([{ record: all[1]?.record ?? 0n, id: all[0]?.id ?? 0n }]);

  // The entry that made the second customer, alone.
  const found = await world.db.scoped(world.scope, (tx) =>
    changedRecords(tx, customers, { after: 1n, limit: 1 }),
  );

  expect(found).toEqual({ records: [all[1]?.record], last: 2n });
});

test("new golden ids are ids that nothing has", async () => {
  await using world = await World.open();

  const ids = await world.db.scoped(world.scope, (tx) => newGoldenIds(tx, 3));

  await world.merge({ source: "crm", dataset: customers, rows: [person("A")] });
  const used = await world.query<{ id: bigint }>(
    "select _id as id from customers union select _record from customers__records",
  );
  expect(new Set([...ids, ...used.map(({ id }) => id)]).size).toBe(5);
});
