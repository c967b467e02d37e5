import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Comparison } from "../model/model.ts";
import { comparePairs } from "../scoring/compare-pairs.ts";
import { drawRandomPairs, possiblePairs, sampleBlockedPairs } from "./pair-samples.ts";

async function openRecords(records: number, threads = 1): Promise<DuckDb> {
  const duck = await DuckDb.open({ threads });
  await duck.run(
    `create table compared as select range::integer as id, range % 2 as parity, 0 as zero from range(${records})`,
  );
  await duck.run(`create table twins (id integer, representative integer)`);
  return duck;
}

/** Level 0 where the left record is even, 1 where it is odd. */
const comparisons: readonly Comparison[] = [
  {
    name: "parity",
    levels: [
      {
        name: "even",
        when: { kind: "equal", left: { column: "parity" }, right: { column: "zero" } },
        isMissing: false,
        m: undefined,
        u: undefined,
      },
      { name: "otherwise", when: "otherwise", isMissing: false, m: undefined, u: undefined },
    ],
  },
];

async function readPairs(duck: DuckDb): Promise<readonly string[]> {
  const rows = await duck.rows<{ l: number; r: number }>(`select l, r from random_pairs`);
  return rows.map(({ l, r }) => `${l} ${r}`).toSorted();
}

describe("random pairs", () => {
  test("are different pairs, as many as asked for or all there are", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 500 }),
        fc.nat(),
        async (records, pairs, seed) => {
          await using duck = await openRecords(records);

          const drawn = await drawRandomPairs(duck, records, { seed, pairs });

          const found = await readPairs(duck);
          expect(drawn).toBe(Math.min(pairs, possiblePairs(records)));
          expect(new Set(found).size).toBe(drawn);
          expect(found).toHaveLength(drawn);
          expect(
            found.every((pair) => Number(pair.split(" ")[0]) < Number(pair.split(" ")[1])),
          ).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("take every record equally often", async () => {
    await using duck = await openRecords(100);

    await drawRandomPairs(duck, 100, { seed: 3, pairs: 700 });

    const uses = await duck.rows<{ uses: bigint }>(
      `select distinct count(*) as uses
       from (select l as id from random_pairs union all select r from random_pairs) group by id`,
    );
    expect(uses).toEqual([{ uses: 14n }]);
  });

  test("are the same for the same seed, with any number of threads, and others for another", async () => {
    const draw = async (seed: number, threads: number): Promise<readonly string[]> => {
      await using duck = await openRecords(20_000, threads);
      await drawRandomPairs(duck, 20_000, { seed, pairs: 30_000 });
      return await readPairs(duck);
    };

    const first = await draw(1, 1);

    expect(await draw(1, 2)).toEqual(first);
    expect(await draw(2, 1)).not.toEqual(first);
  });

  test("are of different records only: of equal ones the first stands for all", async () => {
    await using duck = await openRecords(6);
    await duck.run(`insert into twins values (3, 0), (5, 0)`);

    await drawRandomPairs(duck, 4, { seed: 1, pairs: 100 });

    expect(await readPairs(duck)).toEqual(["0 1", "0 2", "0 4", "1 2", "1 4", "2 4"]);
  });
});

test.each([
  { compared: "now", areCompared: false },
  { compared: "before", areCompared: true },
])(
  "a sample of the blocked pairs, compared $compared, stands for all of them, but for twins",
  async ({ areCompared }) => {
    await using duck = await openRecords(100_001);
    await duck.run(
      `create table pairs as
     select range::integer as l, range::integer + 1 as r, 0::utinyint as rule from range(100000)`,
    );
    await duck.run(`insert into pairs values (0, 100, 254)`);

    await comparePairs(duck, comparisons);

    const { levels, standsFor, found } = await sampleBlockedPairs(duck, comparisons, {
      seed: 5,
      pairs: 20_000,
      areCompared,
    });

    const [row] = await duck.rows<{ n: bigint; even: bigint }>(
      `select count(*) as n, count(*) filter (level_0 = l % 2) as even from ${levels}`,
    );
    expect(row?.even).toBe(row?.n);
    expect(found).toBe(100_000);
    expect(standsFor).toBe(5);
    expect(Number(row?.n) * standsFor).toBeGreaterThan(98_000);
    expect(Number(row?.n) * standsFor).toBeLessThan(102_000);
  },
);
