/** What a client's history says does not depend on when it was written: as a row a field, or a row a change. */
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { customers, orders, testCatalogue } from "../../../../tests/support/catalogue.ts";
import { order, person, World } from "../../../../tests/customers/world.ts";
import { readCustomer, type StoredCustomer } from "../index.ts";
import { eachField } from "./change-log.ts";

const MIGRATION = new URL("../../../../migrations/client/0016_history_rows.sql", import.meta.url);

/** The table as it was before, with what the new one has. */
const AS_FIELDS = `
  create temporary table kept on commit drop as
    select h.change, h.dataset, h.row_id, each.field, each.before, each.after
      from _history h cross join lateral ${eachField("h")};
  drop table _history;
  create table _history (
    change       bigint not null,
    dataset      text not null,
    row_id       bigint not null,
    field        text not null,
    before       text,
    after        text,
    constraint _history_pkey primary key (row_id, change, field)
  );
  insert into _history select change, dataset, row_id, field, before, after from kept;`;

/** Values that come and go, a list, a source that contradicts another, a merge that is undone, an event. */
async function fill(world: World): Promise<void> {
  const merge = (source: string, rows: ReturnType<typeof person>[]) =>
    world.merge({ source, dataset: customers, rows });
  await merge("billing", [person("A", { city: "Bonn", tags: ["x"] }), person("B", { plan: "S" })]);
  await merge("billing", [person("A", { name: 'Ada, "Countess"', tags: ["x", "y"] }), person("B")]);
  const [a, b] = await world.query<{ id: bigint; record: bigint }>(
    "select _id as id, _record as record from customers__records order by customer_no",
  );
  if (a === undefined || b === undefined) {
    throw new Error("there are two customers");
  }
  await world.regroup([{ record: b.record, id: a.id }]);
  await world.regroup([{ record: b.record, id: b.id }]);
  await world.merge({ source: "shop", dataset: orders, rows: [order("A", "2025-05-01", "1.00")] });
}

async function told(world: World): Promise<(StoredCustomer["history"] | undefined)[]> {
  return await world.db.scoped(world.scope, async (tx) => {
    const ids = await tx.rows<{ id: bigint }>("select _id as id from customers order by _id");
    const views = [];
    for (const { id } of ids) {
      views.push(await readCustomer(tx, testCatalogue, { id, events: 0, history: 100 }));
    }
    return views.map((view) => view?.history);
  });
}

test("a history of rows for each field says the same when it has become rows for each change", async () => {
  await using world = await World.open();
  await fill(world);
  const before = await told(world);
  await world.db.defining(world.scope, (tx) => tx.run(AS_FIELDS));
  const { fields } = (
    await world.query<{ fields: bigint }>("select count(*) as fields from _history")
  )[0] ?? { fields: 0n };

  const migration = await readFile(MIGRATION, "utf8");
  await world.db.defining(world.scope, (tx) => tx.run(migration));

  expect(await told(world)).toEqual(before);
  expect(before.map((history) => history?.length)).toEqual([10, 4]);
  expect(
    await world.query(
      `select count(*) < $1 as fewer, sum(cardinality(fields)) = $1 as all, bool_and(cardinality(befores) =
              cardinality(fields) and cardinality(afters) = cardinality(fields)) as even from _history`,
      [fields],
    ),
  ).toEqual([{ fewer: true, all: true, even: true }]);
});
