import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";

import { inPieces, readAll } from "./testing.ts";

/** The bytes of a Parquet file with the rows of a query. */
async function parquetOf(query: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "parquet-test-"));
  const path = join(folder, "x.parquet");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    await connection.run("set timezone = 'UTC'");
    await connection.run(`copy (${query}) to '${path}' (format parquet)`);
    return await readFile(path);
  } finally {
    connection.closeSync();
    await rm(folder, { recursive: true });
  }
}

test("values of Parquet come as exact text, lists as JSON, and missing ones as no value", async () => {
  const bytes = await parquetOf(`
    select 9007199254740993::bigint as big, 12.30::decimal(10,2) as "money $", date '2024-02-29' as day,
      timestamptz '2024-02-29 12:00:00+02' as at, true as flag, ['x', 'y'] as tags, null::varchar as nothing
  `);

  const { columns, rows } = await readAll(inPieces(bytes, [10, 100]));

  expect(columns).toEqual(["big", "money $", "day", "at", "flag", "tags", "nothing"]);
  expect(rows[0]?.values).toEqual([
    "9007199254740993",
    "12.30",
    "2024-02-29",
    "2024-02-29 10:00:00+00",
    "true",
    '["x","y"]',
    undefined,
  ]);
});

test("more rows than one batch holds all arrive, numbered from 1", async () => {
  const bytes = await parquetOf("select range as n, repeat('x', 40) as pad from range(20000)");

  const { rows } = await readAll(inPieces(bytes));

  expect(rows.length).toBe(20_000);
  expect(
    rows.every(({ line, values }, index) => line === index + 1 && values[0] === String(index)),
  ).toBe(true);
});
