import fc from "fast-check";
import { expect, test } from "vitest";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import {
  blockingRules,
  loadRecords,
  preparedRecords,
  readPairs,
} from "../../../../tests/linkage/blocking-records.ts";
import { findNeighbourPairs } from "./find-neighbours.ts";
import { findPairs, NEIGHBOUR_RULE } from "./find-pairs.ts";

test("every pair inside a component is there afterwards, once, and none outside comes in", async () => {
  await using duck = await DuckDb.open();
  const ofThree = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 14, maxLength: 14 });

  await fc.assert(
    fc.asyncProperty(preparedRecords, blockingRules, ofThree, async (records, rules, groups) => {
      await loadRecords(duck, records);
      await findPairs(duck, { blocking: rules, largestBlock: 10 });
      const before = await readPairs(duck);
      const known = new Set(before.map(([l, r]) => `${l} ${r}`));
      const ids = Int32Array.from(records.keys());

      const added = await findNeighbourPairs(duck, {
        ids,
        components: ids.map((id) => groups[id] ?? 0),
      });

      const inside = [...ids].flatMap((l) =>
        [...ids]
          .filter((r) => l < r && groups[l] === groups[r] && !known.has(`${l} ${r}`))
          .map((r) => [l, r, NEIGHBOUR_RULE]),
      );
      const after = await readPairs(duck);
      expect(after.filter(([, , rule]) => rule === NEIGHBOUR_RULE)).toEqual(inside);
      expect(after.filter(([, , rule]) => rule !== NEIGHBOUR_RULE)).toEqual(before);
      expect(added).toBe(inside.length);
    }),
    { numRuns: 30 },
  );
});
