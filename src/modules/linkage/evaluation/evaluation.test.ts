import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluateGroups } from "./groups.ts";
import { labelPairs } from "./label-pairs.ts";
import { bestPairRates, type LabelledPairs, pairRatesAt } from "./pairs.ts";
import { pairsAmong, ratesOf } from "./rates.ts";
import { pairsTogether, truthOf, UNLABELLED } from "./truth.ts";

/** Small worlds: an entity or nothing, and a group, for each record. */
const worlds = fc
  .array(
    fc.record({
      entity: fc.integer({ min: UNLABELLED, max: 5 }),
      group: fc.integer({ min: 0, max: 6 }),
    }),
    { maxLength: 30 },
  )
  .map((records) => ({
    truth: Int32Array.from(records, ({ entity }) => entity),
    groups: Int32Array.from(records, ({ group }) => group),
  }));

/** Every pair of labelled records, looked at one by one. */
function counted(truth: Int32Array, groups: Int32Array) {
  const counts = { found: 0, right: 0, true: 0 };
  for (const [left, entity] of truth.entries()) {
    for (let right = left + 1; right < truth.length; right++) {
      if (entity === UNLABELLED || truth[right] === UNLABELLED) {
        continue;
      }
      const isTrue = truth[right] === entity;
      const isFound = groups[left] === groups[right];
      counts.true += Number(isTrue);
      counts.found += Number(isFound);
      counts.right += Number(isTrue && isFound);
    }
  }
  return counts;
}

/** B-cubed by its definition, record by record. */
function countedBCubed(truth: Int32Array, groups: Int32Array) {
  const labelled = [...truth.keys()].filter((record) => truth[record] !== UNLABELLED);
  const together = (numbers: Int32Array, record: number): Set<number> =>
    new Set(labelled.filter((other) => numbers[other] === numbers[record]));
  const shares = labelled.map((record) => {
    const entity = together(truth, record);
    const group = together(groups, record);
    const common = group.intersection(entity).size;
    return { pure: common / group.size, complete: common / entity.size };
  });
  const mean = (pick: (share: (typeof shares)[number]) => number): number =>
    shares.reduce((sum, share) => sum + pick(share), 0) / shares.length;
  return { precision: mean(({ pure }) => pure), recall: mean(({ complete }) => complete) };
}

describe("groups against the truth", () => {
  test("pair rates are those of looking at every pair", () => {
    fc.assert(
      fc.property(worlds, ({ truth, groups }) => {
        expect(evaluateGroups(truth, groups).pairs).toEqual(ratesOf(counted(truth, groups)));
      }),
    );
  });

  test("B-cubed is that of looking at every record", () => {
    fc.assert(
      fc.property(worlds, ({ truth, groups }) => {
        fc.pre(truth.some((entity) => entity !== UNLABELLED));
        const expected = countedBCubed(truth, groups);
        const { bCubed } = evaluateGroups(truth, groups);
        expect(bCubed.precision).toBeCloseTo(expected.precision, 12);
        expect(bCubed.recall).toBeCloseTo(expected.recall, 12);
      }),
    );
  });

  test("the truth itself is wholly right", () => {
    const truth = truthOf(["a", "a", "b", "a", "c"]);
    expect(evaluateGroups(truth, truth)).toEqual({
      count: 3,
      largest: 3,
      pairs: { precision: 1, recall: 1, f1: 1 },
      bCubed: { precision: 1, recall: 1, f1: 1 },
    });
  });

  test("unlabelled records count as groups and as members, never as right or wrong", () => {
    const truth = truthOf(["a", null, "a", "", "b"]);
    const { count, largest, pairs } = evaluateGroups(truth, Int32Array.of(0, 0, 0, 1, 2));
    expect({ count, largest, pairs }).toEqual({
      count: 3,
      largest: 3,
      pairs: { precision: 1, recall: 1, f1: 1 },
    });
  });

  test("no records at all are grouped rightly", () => {
    const { count, largest, pairs } = evaluateGroups(new Int32Array(), new Int32Array());
    expect({ count, largest, f1: pairs.f1 }).toEqual({ count: 0, largest: 0, f1: 1 });
  });
});

describe("scored pairs against the truth", () => {
  const labelledPairs = fc
    .array(
      fc
        .record({ weight: fc.integer({ min: -5, max: 5 }), pairs: fc.integer({ min: 1, max: 4 }) })
        .chain(({ weight, pairs }) =>
          fc.record({
            weight: fc.constant(weight),
            pairs: fc.constant(pairs),
            right: fc.integer({ min: 0, max: pairs }),
          }),
        ),
      { maxLength: 20 },
    )
    .map((entries) => ({
      labelled: {
        weights: Float64Array.from(entries, ({ weight }) => weight),
        pairs: Float64Array.from(entries, ({ pairs }) => pairs),
        right: Float64Array.from(entries, ({ right }) => right),
      } satisfies LabelledPairs,
      truePairs: entries.reduce((sum, { right }) => sum + right, 3),
    }));

  test("no threshold has a better F1 than the best one, which holds at its own weight", () => {
    fc.assert(
      fc.property(labelledPairs, ({ labelled, truePairs }) => {
        const best = bestPairRates(labelled, truePairs);
        for (const weight of [...labelled.weights, Number.POSITIVE_INFINITY]) {
          expect(pairRatesAt(labelled, truePairs, weight).f1).toBeLessThanOrEqual(best.f1);
        }
        expect(pairRatesAt(labelled, truePairs, best.weight)).toEqual(best);
      }),
    );
  });

  test("pairs that were never scored are misses", () => {
    const labelled = {
      weights: Float64Array.of(7),
      pairs: Float64Array.of(1),
      right: Float64Array.of(1),
    };
    expect(pairRatesAt(labelled, 4, 0)).toMatchObject({ precision: 1, recall: 0.25 });
  });
});

test("a million records make half a billion pairs, counted exactly", () => {
  expect(pairsAmong(1_000_000)).toBe(499_999_500_000);
  expect(pairsTogether(new Int32Array(1_000_000))).toBe(499_999_500_000);
});

describe("pairs of representatives", () => {
  const records = fc
    .array(
      fc.record({
        entity: fc.integer({ min: UNLABELLED, max: 3 }),
        twinOf: fc.nat({ max: 4 }),
      }),
      { minLength: 5, maxLength: 25 },
    )
    .map((all) => ({
      truth: Int32Array.from(all, ({ entity }) => entity),
      representative: Int32Array.from(all, ({ twinOf }, record) => (record < 5 ? record : twinOf)),
    }));

  test("all of them, with the twins among themselves, are all pairs of labelled records", () => {
    fc.assert(
      fc.property(records, ({ truth, representative }) => {
        const everyPair = [0, 1, 2, 3, 4].flatMap((l) =>
          [0, 1, 2, 3, 4].filter((r) => r > l).map((r) => ({ l, r })),
        );
        const labelled = labelPairs(
          {
            l: Int32Array.from(everyPair, ({ l }) => l),
            r: Int32Array.from(everyPair, ({ r }) => r),
            weight: new Float64Array(everyPair.length),
          },
          { representative, weightWithin: () => 9 },
          truth,
        );
        const together = counted(truth, new Int32Array(truth.length));
        const total = (numbers: Float64Array): number => numbers.reduce((a, b) => a + b, 0);
        expect(total(labelled.pairs)).toBe(together.found);
        expect(total(labelled.right)).toBe(together.true);
      }),
    );
  });
});
