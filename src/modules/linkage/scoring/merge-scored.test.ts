import fc from "fast-check";
import { expect, test } from "vitest";
import type { ScoredPairs } from "../store/scored.ts";
import { mergeScored } from "./merge-scored.ts";

interface Pair {
  readonly l: number;
  readonly r: number;
  readonly weight: number;
  readonly rule: number;
}

const pairs = fc.uniqueArray(
  fc.record({
    l: fc.nat({ max: 6 }),
    r: fc.nat({ max: 6 }),
    weight: fc.double({ noNaN: true }),
    rule: fc.nat({ max: 255 }),
  }),
  { selector: ({ l, r }) => `${l} ${r}`, maxLength: 30 },
);

function scoredOf(all: readonly Pair[]): ScoredPairs {
  const ordered = all.toSorted((a, b) => a.l - b.l || a.r - b.r);
  return {
    l: Int32Array.from(ordered, ({ l }) => l),
    r: Int32Array.from(ordered, ({ r }) => r),
    weight: Float64Array.from(ordered, ({ weight }) => weight),
    rule: Uint8Array.from(ordered, ({ rule }) => rule),
    telling: Uint8Array.from(ordered, ({ rule }) => rule % 3),
  };
}

test("pairs that are merged are those of both, in order", () => {
  fc.assert(
    fc.property(pairs, fc.nat({ max: 30 }), (all, cut) => {
      const merged = mergeScored(scoredOf(all.slice(0, cut)), scoredOf(all.slice(cut)));

      expect(merged).toEqual(scoredOf(all));
    }),
  );
});
