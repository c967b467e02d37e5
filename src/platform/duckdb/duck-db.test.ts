import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { DuckDb } from "./index.ts";

test("rows come as objects, with parameters", async () => {
  await using duck = await DuckDb.open();
  await duck.run("create table t as select range as n, 'x' || range as name from range(3)");

  const rows = await duck.rows("select n, name from t where n > ? order by n", [0]);

  expect(rows).toEqual([
    { n: 1n, name: "x1" },
    { n: 2n, name: "x2" },
  ]);
});

test("batches give every row once", async () => {
  await using duck = await DuckDb.open();
  let rows = 0;
  let batches = 0;

  for await (const batch of duck.batches("select range as n from range(10000)")) {
    rows += batch.length;
    batches += 1;
  }

  expect(rows).toBe(10_000);
  expect(batches).toBeGreaterThan(1);
});

test("what does not fit into the memory goes to the disk, which is clean afterwards", async () => {
  const parent = mkdtempSync(join(tmpdir(), "waybill-duck-"));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const duck = await DuckDb.open({ memoryMb: 48, threads: 1, tempParent: parent });

  const [row] = await duck.rows<{ n: bigint }>(
    "select count(*) as n from (select md5(range::text) as h from range(1000000) order by h)",
  );
  expect(row?.n).toBe(1_000_000n);
  await duck[Symbol.asyncDispose]();

  expect(existsSync(parent)).toBe(true);
  expect(readdirSync(parent)).toEqual([]);
});

test("an error names its kind and no value", async () => {
  await using duck = await DuckDb.open();

  const error: unknown = await duck
    .rows("select 'Erika Mustermann'::integer")
    .catch((caught: unknown) => caught);

  expect(error).toMatchObject({ name: "DuckDbError", kind: "Conversion Error" });
  expect(String(error)).not.toContain("Erika");
});

test("aborting interrupts a running query", async () => {
  await using duck = await DuckDb.open();
  const stop = new AbortController();
  const started = performance.now();

  const query = duck.rows(
    "select sum(a.range * b.range) from range(1000000) a, range(1000000) b",
    [],
    stop.signal,
  );
  setTimeout(() => stop.abort(), 50);

  await expect(query).rejects.toMatchObject({ kind: "cancelled" });
  expect(performance.now() - started).toBeLessThan(5_000);
});

test("a query whose signal was aborted before does not begin", async () => {
  await using duck = await DuckDb.open();

  const running = duck.run("create table t (n int)", [], AbortSignal.abort());

  await expect(running).rejects.toMatchObject({ kind: "cancelled" });
  expect(await duck.rows("select table_name from duckdb_tables()")).toEqual([]);
});
