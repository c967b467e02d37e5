import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { CancelledError } from "../../../kernel/index.ts";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import { readInput } from "./read-input.ts";

/** A table `input` whose column `c0` says the id, and has something missing now and then. */
async function openInput(rows: number): Promise<DuckDb> {
  const duck = await DuckDb.open();
  await duck.run(
    "create table input as select range::integer as id, 'row ' || range as c0, " +
      `case when range % 3 = 0 then null else 'é' || range end as c1 from range(${rows})`,
  );
  return duck;
}

async function sizesOf(batches: ReturnType<typeof readInput>): Promise<readonly number[]> {
  const sizes: number[] = [];
  for await (const batch of batches) {
    sizes.push(batch.get("c0")?.length ?? 0);
  }
  return sizes;
}

test("rows are read in batches, in their order, with what is missing", async () => {
  await using duck = await openInput(10);
  const read: (readonly (string | null)[])[] = [];

  for await (const batch of readInput(duck, ["c0", "c1"], { rows: 4 })) {
    read.push([...(batch.get("c0") ?? []), ...(batch.get("c1") ?? [])]);
  }

  expect(read).toEqual([
    ["row 0", "row 1", "row 2", "row 3", null, "é1", "é2", null],
    ["row 4", "row 5", "row 6", "row 7", "é4", "é5", null, "é7"],
    ["row 8", "row 9", "é8", null],
  ]);
});

test("of long values fewer rows are read at once, and of others as many as before", async () => {
  await using duck = await openInput(60);
  const longest = 6 * 1024 * 1024;
  await duck.run(`update input set c1 = repeat('x', ${longest}) where id in (20, 22, 25)`);

  const sizes = await sizesOf(readInput(duck, ["c0", "c1"], { rows: 20 }));

  expect(sizes).toEqual([20, ...Array.from({ length: 10 }, () => 2), 20]);
});

test("an input without rows, or of which no column is asked for, has no batches", async () => {
  await using duck = await openInput(0);
  expect(await sizesOf(readInput(duck, ["c0"], { rows: 4 }))).toEqual([]);
  await duck.run("insert into input values (0, 'row 0', null)");
  expect(await sizesOf(readInput(duck, [], { rows: 4 }))).toEqual([]);
});

test("reading ends where it is stopped", async () => {
  await using duck = await openInput(100);
  const stop = new AbortController();
  let batches = 0;
  const read = async (): Promise<void> => {
    for await (const _ of readInput(duck, ["c0"], { rows: 10, signal: stop.signal })) {
      batches += 1;
      stop.abort();
    }
  };

  await expect(read()).rejects.toThrow(CancelledError);
  expect(batches).toBeLessThan(4);
});

test("a batch that was got ready and that nobody asks for fails nowhere", async () => {
  await using duck = await openInput(100);
  const stop = new AbortController();
  const unheard: unknown[] = [];
  const hear = (reason: unknown): void => void unheard.push(reason);
  process.on("unhandledRejection", hear);
  for await (const _ of readInput(duck, ["c0"], { rows: 10, signal: stop.signal })) {
    stop.abort();
    break;
  }
  await setTimeout(100);
  process.off("unhandledRejection", hear);

  expect(unheard).toEqual([]);
});
