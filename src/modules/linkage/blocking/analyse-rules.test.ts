import fc from "fast-check";
import { expect, test } from "vitest";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import type { PreparedRecord } from "../model/model.ts";
import {
  blockingRules,
  loadRecords,
  preparedRecords,
} from "../../../../tests/linkage/blocking-records.ts";
import { analyseRules } from "./analyse-rules.ts";
import { findPairs } from "./find-pairs.ts";

const byEmail = { name: "email", parts: [{ column: "email" }] };
const byName = { name: "name", parts: [{ column: "name" }] };
const byCity = { name: "city", parts: [{ column: "city" }] };
const byPhones = { name: "phones", parts: [{ column: "phones" }] };

test("on few records the analysis foretells exactly what is found", async () => {
  await using duck = await DuckDb.open();

  await fc.assert(
    fc.asyncProperty(
      preparedRecords,
      blockingRules,
      fc.integer({ min: 1, max: 5 }),
      async (records, rules, largestBlock) => {
        await loadRecords(duck, records);

        const analysis = await analyseRules(duck, rules, { largestBlock });

        const found = await findPairs(duck, { blocking: rules, largestBlock });
        expect(analysis).toMatchObject({ records: records.length, twins: found.twins });
        expect(
          analysis.rules.map(({ newPairs, setAside }) => ({ pairs: newPairs, setAside })),
        ).toEqual(found.rules.map(({ pairs, setAside }) => ({ pairs, setAside })));
      },
    ),
    { numRuns: 30 },
  );
});

test("a rule is told with its blocks, its largest blocks and the records without a key", async () => {
  const emails = ["a", "a", "a", "b", "b", "c", null, null, null, null];
  await using duck = await DuckDb.open();
  await loadRecords(
    duck,
    emails.map((email, index) => ({ email, name: `n${index}` })),
  );

  const { rules } = await analyseRules(duck, [byEmail], { largestBlock: 2 });

  expect(rules).toEqual([
    {
      rule: "email",
      pairs: 1,
      newPairs: 1,
      blocks: 1,
      largestBlocks: [3, 2],
      withoutKey: 0.4,
      setAside: { blocks: 1, records: 3, pairs: 3 },
    },
  ]);
});

test("on many records pairs are estimated, within a few per cent", async () => {
  const records: PreparedRecord[] = Array.from({ length: 60_000 }, (_, index) => ({
    name: `n${index % 15_000}`,
    email: `e${Math.floor(index / 2)}`,
    city: `c${index}`,
    phones: [`${index % 30_000}`],
  }));
  await using duck = await DuckDb.open();
  await loadRecords(duck, records);

  const analysis = await analyseRules(duck, [byName, byEmail, byPhones], { largestBlock: 100 });

  expect(analysis.isEstimated).toBe(true);
  expect(analysis.rules.map(({ pairs }) => pairs)).toEqual([90_000, 30_000, 30_000]);
  expect(Math.abs(analysis.pairs / 120_000 - 1)).toBeLessThan(0.04);
});

test("a pair that shares two elements of a list is counted once", async () => {
  await using duck = await DuckDb.open();
  await loadRecords(duck, [{ phones: ["1", "2", "3"] }, { phones: ["1", "2"] }]);

  const { rules, pairs } = await analyseRules(duck, [byPhones], { largestBlock: 10 });

  expect(rules).toMatchObject([{ blocks: 2, pairs: 2, newPairs: 1 }]);
  expect(pairs).toBe(1);
});

test("the recall is the share of strict pairs that rules over other fields find", async () => {
  const people = 400;
  const records = Array.from({ length: people }, (_, index) => [
    { email: `e${index}`, name: `n${index}`, city: `x${index}` },
    { email: `e${index}`, name: index % 4 === 0 ? "other" : `n${index}`, city: `y${index}` },
  ]).flat();
  await using duck = await DuckDb.open();
  await loadRecords(duck, records);

  const { recall } = await analyseRules(duck, [byEmail, byName, byCity], {
    largestBlock: 50,
    strict: [byEmail],
  });

  expect(recall).toBe(0.75);
});

test("there is no recall where every rule shares a field with the strict ones", async () => {
  await using duck = await DuckDb.open();
  await loadRecords(duck, [{ name: "a" }, { name: "a", city: "b" }]);

  const { recall } = await analyseRules(duck, [byName], { largestBlock: 50, strict: [byName] });

  expect(recall).toBeUndefined();
});
