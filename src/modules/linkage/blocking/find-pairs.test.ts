import fc from "fast-check";
import { expect, test } from "vitest";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import type { BlockingRule, PreparedRecord } from "../model/model.ts";
import { findPairs, MOST_RULES, TWIN_RULE } from "./find-pairs.ts";
import {
  blockingRules,
  loadRecords,
  naivePairs,
  naiveTwins,
  preparedRecords,
  readPairs,
} from "../../../../tests/linkage/blocking-records.ts";

const NO_CAP = 1_000;

test("a pair is found exactly when it shares a key, once, by the first rule that finds it", async () => {
  await using duck = await DuckDb.open();

  await fc.assert(
    fc.asyncProperty(preparedRecords, blockingRules, async (records, rules) => {
      await loadRecords(duck, records);

      const found = await findPairs(duck, { blocking: rules, largestBlock: NO_CAP });

      const pairs = await readPairs(duck);
      expect(pairs).toEqual(naivePairs(records, rules, NO_CAP));
      expect(found.pairs).toBe(pairs.length);
    }),
    { numRuns: 50 },
  );
});

test("blocks above the largest are set aside, and a later rule still finds their pairs", async () => {
  await using duck = await DuckDb.open();

  await fc.assert(
    fc.asyncProperty(
      preparedRecords,
      blockingRules,
      fc.integer({ min: 1, max: 4 }),
      async (records, rules, largestBlock) => {
        await loadRecords(duck, records);

        await findPairs(duck, { blocking: rules, largestBlock });

        expect(await readPairs(duck)).toEqual(naivePairs(records, rules, largestBlock));
      },
    ),
    { numRuns: 50 },
  );
});

test("the number of parts changes nothing", async () => {
  await using duck = await DuckDb.open();

  await fc.assert(
    fc.asyncProperty(
      preparedRecords,
      blockingRules,
      fc.integer({ min: 2, max: 5 }),
      async (records, rules, parts) => {
        await loadRecords(duck, records);
        await findPairs(duck, { blocking: rules, largestBlock: 5 });
        const whole = await readPairs(duck);

        await findPairs(duck, { blocking: rules, largestBlock: 5 }, { parts });

        expect(await readPairs(duck)).toEqual(whole);
      },
    ),
    { numRuns: 15 },
  );
});

test("equal records have the smallest id for their representative, and empty ones are nobody's twins", async () => {
  await using duck = await DuckDb.open();

  await fc.assert(
    fc.asyncProperty(preparedRecords, async (records) => {
      await loadRecords(duck, records);

      await findPairs(duck, { blocking: [], largestBlock: NO_CAP });

      const { id, representative } = await duck.columns(
        "select id, representative from twins order by id",
        { id: "int32", representative: "int32" },
      );
      expect(Array.from(id, (twin, index) => [twin, representative[index]])).toEqual(
        naiveTwins(records),
      );
    }),
    { numRuns: 50 },
  );
});

const byEmail: BlockingRule = { name: "email", parts: [{ column: "email" }] };
const byName: BlockingRule = { name: "name", parts: [{ column: "name" }] };

test("fifty thousand equal records cost one pair", async () => {
  const copies = 50_000;
  await using duck = await DuckDb.open();
  const same: PreparedRecord = { name: "erika", email: "erika@firma.de" };
  await loadRecords(duck, Array<PreparedRecord>(copies).fill(same));

  const found = await findPairs(duck, { blocking: [byEmail, byName], largestBlock: NO_CAP });

  expect(found).toMatchObject({ pairs: 1, twins: copies - 1 });
  expect(await readPairs(duck)).toEqual([[0, 1, TWIN_RULE]]);
});

test("an e-mail that 50,000 different records share is set aside and reported", async () => {
  const shared = 50_000;
  await using duck = await DuckDb.open();
  await loadRecords(
    duck,
    Array.from({ length: shared }, (_, index) => ({
      email: "info@firma.de",
      name: `name ${Math.floor(index / 2)}`,
      city: `city ${index}`,
    })),
  );

  const found = await findPairs(duck, { blocking: [byEmail, byName], largestBlock: NO_CAP });

  expect(found.pairs).toBe(shared / 2);
  expect(found.rules).toEqual([
    {
      rule: "email",
      pairs: 0,
      setAside: { blocks: 1, records: shared, pairs: (shared * (shared - 1)) / 2 },
    },
    { rule: "name", pairs: shared / 2, setAside: { blocks: 0, records: 0, pairs: 0 } },
  ]);
});

test("a record counts once in a block, however many of its elements lead there", async () => {
  await using duck = await DuckDb.open();
  await loadRecords(duck, [{ phones: ["491", "492", "493"] }, { phones: ["499"] }]);
  const byPrefix: BlockingRule = { name: "prefix", parts: [{ column: "phones", length: 2 }] };

  const found = await findPairs(duck, { blocking: [byPrefix], largestBlock: 2 });

  expect(found.pairs).toBe(1);
});

test("progress ends at the total", async () => {
  await using duck = await DuckDb.open();
  const records = Array.from({ length: 40 }, (_, index) => ({
    name: "same",
    email: `${index % 8}`,
  }));
  await loadRecords(
    duck,
    records.map((record, index) => ({ ...record, city: `city ${index}` })),
  );
  const steps: [number, number][] = [];

  await findPairs(
    duck,
    { blocking: [byName, byEmail], largestBlock: NO_CAP },
    { parts: 2, onProgress: (done, total) => void steps.push([done, total]) },
  );

  const total = (40 * 39) / 2 + 8 * ((5 * 4) / 2);
  expect(steps).toEqual([
    [390, total],
    [780, total],
    [820, total],
    [total, total],
  ]);
});

test("more rules than can be numbered are refused", async () => {
  await using duck = await DuckDb.open();
  await loadRecords(duck, [{ name: "a" }]);
  const rules = Array<BlockingRule>(MOST_RULES + 1).fill(byName);

  const searching = findPairs(duck, { blocking: rules, largestBlock: NO_CAP });

  await expect(searching).rejects.toMatchObject({ kind: "invalid-input", code: "model-blocking" });
});

test("a search that is stopped says so", async () => {
  await using duck = await DuckDb.open();
  await loadRecords(duck, [{ name: "a" }, { name: "a" }]);

  const searching = findPairs(
    duck,
    { blocking: [byName], largestBlock: NO_CAP },
    { signal: AbortSignal.abort() },
  );

  await expect(searching).rejects.toMatchObject({ kind: "cancelled" });
});
