import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
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

test("a statement that is prepared once runs often, each time with other values", async () => {
  await using duck = await DuckDb.open();
  using statement = await duck.statement("select $1::integer + 1 as next, $2::varchar as name");

  const first = await statement.run([1, "Erika"]);
  const second = await statement.run([2, null]);

  expect([...first, ...second]).toEqual([
    { next: 2, name: "Erika" },
    { next: 3, name: null },
  ]);
});

test("a prepared statement begins at once, whatever JavaScript does meanwhile", async () => {
  await using duck = await DuckDb.open();
  using statement = await duck.statement("select epoch_ms(current_timestamp)::double as began");

  const running = statement.run<{ began: number }>([]);
  const busyUntil = Date.now() + 1000;
  while (Date.now() < busyUntil) {
    // Nothing else of this thread happens.
  }

  const [row] = await running;
  expect(row?.began).toBeLessThan(busyUntil);
});

test("a prepared statement fails without values, and goes on; aborting stops it", async () => {
  await using duck = await DuckDb.open();
  using statement = await duck.statement(
    "select sum(a.range) from range($1::varchar::bigint) a, range(1000000) b",
  );
  const stop = new AbortController();

  const error: unknown = await statement.run(["Erika"]).catch((caught: unknown) => caught);
  const stopped = statement.run(["1000000"], stop.signal);
  setTimeout(() => stop.abort(), 50);

  expect(error).toMatchObject({ name: "DuckDbError", kind: "Conversion Error" });
  expect(String(error)).not.toContain("Erika");
  await expect(stopped).rejects.toMatchObject({ kind: "cancelled" });
  expect(await statement.run(["0"])).toHaveLength(1);
  await expect(duck.statement("select 1 from from t")).rejects.toMatchObject({
    kind: "Parser Error",
  });
});

const wholeColumns = fc
  .array(
    fc.record({
      byte: fc.integer({ min: 0, max: 255 }),
      integer: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      double: fc.double({ noNaN: true }),
      number: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      text: fc.option(fc.string({ unit: "grapheme", maxLength: 40 })),
      texts: fc.option(fc.array(fc.string({ unit: "grapheme", maxLength: 20 }), { maxLength: 4 })),
    }),
    { maxLength: 50 },
  )
  .map((rows) => ({
    byte: Uint8Array.from(rows, ({ byte }) => byte),
    integer: Int32Array.from(rows, ({ integer }) => integer),
    bigint: BigInt64Array.from(rows, ({ bigint }) => bigint),
    double: Float64Array.from(rows, ({ double }) => double),
    number: rows.map(({ number }) => number),
    text: rows.map(({ text }) => text),
    texts: rows.map(({ texts }) => texts),
  }));

const kindOfEach = {
  byte: "uint8",
  integer: "int32",
  bigint: "int64",
  double: "float64",
  number: "number",
  text: "text",
  texts: "texts",
} as const;

test("columns come back as they were appended, in their order", async () => {
  await using duck = await DuckDb.open();

  await fc.assert(
    fc.asyncProperty(wholeColumns, async (columns) => {
      await duck.run(
        "create or replace table t (byte utinyint, integer integer, bigint bigint, double double, number integer, text varchar, texts varchar[])",
      );
      await duck.append("t", Object.values(columns));

      const read = await duck.columns("select * from t order by rowid", kindOfEach);

      expect(read).toEqual(columns);
    }),
    { numRuns: 60 },
  );
});

test("columns longer than a chunk are appended and read whole, also in batches", async () => {
  const rows = 100_000;
  const numbers = Int32Array.from({ length: rows }, (_, row) => row);
  const texts = Array.from(numbers, (number) => (number % 7 === 0 ? null : `text ${number}`));
  await using duck = await DuckDb.open();
  await duck.run("create table t (n integer, s varchar)");
  await duck.append("t", [numbers, texts]);

  const batches = await Array.fromAsync(
    duck.columnBatches("select n, s from t order by n", { s: "text", n: "int32" }, { rows: 9_000 }),
  );

  expect(batches.flatMap(({ n }) => [...n])).toEqual([...numbers]);
  expect(batches.flatMap(({ s }) => s)).toEqual(texts);
  expect(batches.slice(0, -1).every(({ n }) => n.length >= 9_000 && n.length < 12_000)).toBe(true);
});

test("a table is filled while another is read", async () => {
  await using duck = await DuckDb.open();
  await duck.run("create table source as select range::integer as n from range(20000)");
  await duck.run("create table target (n integer)");

  for await (const { n } of duck.columnBatches("select n from source", { n: "int32" })) {
    await duck.append("target", [n.map((value) => value * 2)]);
  }

  const { sum } = await duck.columns("select sum(n) as sum from target", { sum: "float64" });
  expect(sum).toEqual(Float64Array.of(19_999 * 20_000));
});

test("batches are appended as they are made, while what they are made of is read", async () => {
  await using duck = await DuckDb.open();
  await duck.run("create table source as select range::integer as n from range(300000)");
  await duck.run("create table target (n integer)");
  async function* doubled(): AsyncGenerator<readonly [Int32Array]> {
    const numbers = duck.columnBatches("select n from source", { n: "int32" }, { rows: 9_000 });
    for await (const { n } of numbers) {
      yield [n.map((value) => value * 2)];
    }
  }

  await duck.appendBatches("target", doubled());

  const { n } = await duck.columns("select n from target order by n", { n: "int32" });
  expect(n).toEqual(Int32Array.from({ length: 300_000 }, (_, row) => row * 2));
});

test("an error of whoever makes batches comes through as it is", async () => {
  await using duck = await DuckDb.open();
  await duck.run("create table t (n integer)");
  const failing = (function* () {
    yield [Int32Array.of(1)];
    throw new RangeError("no more");
  })();

  await expect(duck.appendBatches("t", failing)).rejects.toThrow(new RangeError("no more"));

  expect(await duck.rows("select n from t")).toEqual([]);
});

test("a missing value in a typed array, or a column that is not there, is refused", async () => {
  await using duck = await DuckDb.open();

  const missing = duck.columns("select null::integer as n", { n: "int32" });
  await expect(missing).rejects.toThrow("column n holds something that is not a number");
  const absent = duck.columns("select 1 as n", { m: "int32" });
  await expect(absent).rejects.toThrow("the query has no column m");
});

test("an append that fails leaves the database usable and says no value", async () => {
  await using duck = await DuckDb.open();
  await duck.run("create table t (n integer not null)");

  const error: unknown = await duck.append("t", [[null]]).catch((caught: unknown) => caught);

  expect(error).toMatchObject({ name: "DuckDbError", kind: "Append Error" });
  await duck.append("t", [[7]]);
  expect(await duck.rows("select n from t")).toEqual([{ n: 7 }]);
});

test("an append and a read stop when their signal is aborted", async () => {
  const stop = new AbortController();
  await using duck = await DuckDb.open();
  await duck.run("create table t (n double)");

  const appending = duck.append("t", [new Float64Array(3_000_000)], stop.signal);
  setTimeout(() => stop.abort(), 1);
  const reading = duck.columns(
    "select range as n from range(100000)",
    { n: "float64" },
    { signal: AbortSignal.abort() },
  );

  await expect(reading).rejects.toMatchObject({ kind: "cancelled" });
  await expect(appending).rejects.toMatchObject({ kind: "cancelled" });
});

test("an analysis that fits neither memory nor disk ends in words", async () => {
  await using duck = await DuckDb.open({ memoryMb: 32, threads: 1 });
  await duck.run("set max_temp_directory_size = '1MB'");

  const sorting = duck.run(
    "create table t as select md5(range::varchar) as h from range(3000000) order by h",
  );

  await expect(sorting).rejects.toMatchObject({ kind: "unavailable", code: "analysis-memory" });
});

test("a mistake in a statement is told with its place", async () => {
  await using duck = await DuckDb.open();

  await expect(duck.rows("select 1 from from t")).rejects.toMatchObject({ kind: "Parser Error" });
});
