import fc from "fast-check";
import { expect, test } from "vitest";
import { pairsPerRecord } from "./auto-blocking.ts";

test.each([
  [100, 1_000],
  [10_000, 60],
  [250_000, 20],
  [10_000_000, 5],
])("of %i records, each is compared with %i others", (records, pairs) => {
  expect(pairsPerRecord(records)).toBe(pairs);
});

test("more records are never compared with more others each", () => {
  const records = fc.integer({ min: 1, max: 100_000_000 });
  fc.assert(
    fc.property(records, records, (some, more) => {
      expect(pairsPerRecord(some + more)).toBeLessThanOrEqual(pairsPerRecord(some));
    }),
  );
});
