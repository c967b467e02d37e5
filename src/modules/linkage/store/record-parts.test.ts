import { expect, test } from "vitest";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import type { PreparedColumn, PreparedValue } from "../model/model.ts";
import { createRecordsOf } from "./record-parts.ts";
import { appendRecords, createRecords, type RecordBatch } from "./records.ts";

const columns: readonly PreparedColumn[] = [
  { name: "given", type: "text" },
  { name: "email", type: "text" },
  { name: "born", type: "integer" },
  { name: "nick", type: "list" },
];

/** A name and its short forms are repeated, and often missing; an address is anybody's own. */
function batchOf(firstId: number, rows: number): RecordBatch {
  const column = (value: (id: number) => PreparedValue): PreparedValue[] =>
    Array.from({ length: rows }, (_, row) => value(firstId + row));
  const nicks = [["ada"], ["grace", "gracie"]];
  return {
    firstId,
    rows,
    values: new Map([
      ["given", column((id) => (id % 7 === 0 ? null : `name${id % 19}`))],
      ["email", column((id) => `${id}@example.org`)],
      ["born", column((id) => (id % 5 === 0 ? null : id % 300))],
      ["nick", column((id) => nicks[id % 3] ?? null)],
    ]),
  };
}

async function* inTurn(batches: readonly RecordBatch[]): AsyncGenerator<RecordBatch> {
  for (const batch of batches) {
    yield await Promise.resolve(batch);
  }
}

async function everything(duck: DuckDb): Promise<unknown> {
  return await duck.rows("select id, given, email, born, nick from records");
}

test.each([
  { what: "many rows whose values are repeated", sizes: [5_000, 3_000] },
  { what: "few rows", sizes: [20] },
  { what: "first a few rows, then many", sizes: [10, 5_000] },
  { what: "no rows", sizes: [0] },
  { what: "no batches", sizes: [] },
])("records of $what are those that were handed over, in their order", async ({ sizes }) => {
  const starts = sizes.map((_, place) => sizes.slice(0, place).reduce((a, b) => a + b, 0));
  const batches = sizes.map((rows, place) => batchOf(starts[place] ?? 0, rows));
  await using duck = await DuckDb.open();
  await createRecords(duck, columns);
  for (const batch of batches) {
    await appendRecords(duck, columns, batch);
  }
  const expected = await everything(duck);

  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
  await duck.run(`create table input as select range::integer as id from range(${rows})`);

  await createRecordsOf(duck, { columns, batches: inTurn(batches), repeated: [] });

  expect(await everything(duck)).toEqual(expected);
  const tables = await duck.rows<{ name: string }>(
    "select table_name as name from duckdb_tables() where table_name <> 'input' order by name",
  );
  expect(tables).toEqual([{ name: "records" }]);
});
