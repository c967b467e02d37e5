import fc from "fast-check";
import { expect, test } from "vitest";
import type { Comparison, Level } from "../model/model.ts";
import type { PairCounts } from "./estimate.ts";
import { withinLimits } from "./limits.ts";
import { type OutcomeTable, outcomesIn, outcomeTable } from "./outcome-table.ts";

function level(name: string, share: number, weight: number): Level {
  return {
    name,
    when: "otherwise",
    isMissing: false,
    m: undefined,
    u: undefined,
    start: { m: share, weight },
  };
}

/** Of a date, one in ten may differ and a little more; of a place, four in ten. */
const comparisons: readonly Comparison[] = [
  { name: "born", levels: [level("same", 0.9, 8), level("alike", 0.09, 3), level("no", 0.01, -6)] },
  { name: "place", levels: [level("same", 0.9, 5), level("no", 0.1, -2)] },
];
const [BORN_MAY, PLACE_MAY] = [0.13, 0.4];
const both = outcomeTable(comparisons, [0, 1]);

/** The two parts of a name: of the given one in ten differs, of the family one in five; of both at once 3 × 1/50. */
const ofName = outcomeTable(
  [
    {
      name: "given",
      isPersonal: true,
      levels: [level("same", 0.9, 6), level("no", 0.1, -3)],
    },
    { name: "family", levels: [level("same", 0.8, 8), level("no", 0.2, -3)] },
  ],
  [0, 1],
);
const BOTH_MAY = 0.06;

/** Pairs by combination, of a table of one member or two. */
const counts = (table: OutcomeTable): fc.Arbitrary<PairCounts> =>
  fc
    .array(fc.tuple(fc.nat({ max: table.size - 1 }), fc.integer({ min: 1, max: 1_000 })))
    .map((entries) => new Map(entries));

function differingShare(table: OutcomeTable, pairs: PairCounts, member: number): number {
  let [against, all] = [0, 0];
  for (const [combination, count] of pairs) {
    const outcome = outcomesIn(table, combination)[member] ?? 0;
    all += outcome > 0 ? count : 0;
    against += table.differing[member]?.outcomes.has(outcome) === true ? count : 0;
  }
  return all === 0 ? 0 : against / all;
}

test("of one comparison, no more of the same differ than may", () => {
  const alone = outcomeTable(comparisons, [0]);
  fc.assert(
    fc.property(counts(alone), (pairs) => {
      const limited = withinLimits(alone, pairs);
      expect(differingShare(alone, limited, 0)).toBeLessThanOrEqual(BORN_MAY + 1e-9);
    }),
  );
});

test("pairs within every limit stay as they are, and none ever become more", () => {
  fc.assert(
    fc.property(counts(both), (pairs) => {
      const limited = withinLimits(both, pairs);
      const isWithin =
        differingShare(both, pairs, 0) <= BORN_MAY && differingShare(both, pairs, 1) <= PLACE_MAY;
      for (const [combination, count] of pairs) {
        const now = limited.get(combination) ?? 0;
        expect(now).toBeLessThanOrEqual(count);
        expect(isWithin ? now : count).toBe(count);
      }
    }),
  );
});

test("what agrees in everything is never made less", () => {
  fc.assert(
    fc.property(counts(both), (pairs) => {
      const limited = withinLimits(both, pairs);
      for (const [combination, count] of pairs) {
        const differs = outcomesIn(both, combination).some(
          (outcome, member) => both.differing[member]?.outcomes.has(outcome) === true,
        );
        expect(differs ? count : limited.get(combination)).toBe(count);
      }
    }),
  );
});

test("of a name, hardly any of the same differ in both its parts at once, whatever else they agree on", () => {
  const [bothSame, onlyGiven, onlyFamily, neither] = [4, 5, 7, 8];
  const townsfolk: PairCounts = new Map([
    [bothSame, 700],
    [onlyGiven, 20],
    [onlyFamily, 20],
    [neither, 400],
  ]);
  const limited = withinLimits(ofName, townsfolk);
  const total = [...limited.values()].reduce((sum, count) => sum + count, 0);
  expect((limited.get(neither) ?? 0) / total).toBeLessThanOrEqual(BOTH_MAY + 1e-9);
  expect(limited.get(bothSame)).toBe(700);
});

test("whoever moves may have another town and another code at once, as often as either alone", () => {
  const place = (name: string): Comparison => ({
    name,
    levels: [level("same", 0.9, 5), level("no", 0.1, -2)],
  });
  const whereabouts = outcomeTable([place("town"), place("code")], [0, 1]);
  const moved: PairCounts = new Map([
    [4, 70],
    [8, 30],
  ]);
  expect(withinLimits(whereabouts, moved)).toEqual(moved);
});
