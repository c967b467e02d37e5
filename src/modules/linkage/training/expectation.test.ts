import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { must } from "../../../kernel/index.ts";
import type { Comparison } from "../model/model.ts";
import type { Patterns } from "../store/patterns.ts";
import { learn } from "./expectation.ts";
import type { Evidence, Learnt } from "./expectation.ts";
import { outcomeTable } from "./outcome-table.ts";
import { startOf } from "./start.ts";

/** Of one comparison: the shares of its levels among same and among different pairs. */
interface Truth {
  readonly m: readonly number[];
  readonly u: readonly number[];
}

function comparisonOf({ m }: Truth, index: number): Comparison {
  const names = ["missing", ...m.map((_, level) => `level ${level}`)];
  return {
    name: `comparison ${index}`,
    levels: names.map((name, place) => ({
      name,
      when: "otherwise",
      isMissing: place === 0,
      m: undefined,
      u: undefined,
    })),
  };
}

/** Every pattern of levels, counted as often as is expected of so many pairs. */
function expectedPatterns(truths: readonly Truth[], prior: number, pairs: number): Patterns {
  const patterns = truths.reduce<readonly (readonly number[])[]>(
    (begun, { m }) => begun.flatMap((levels) => m.map((_, level) => [...levels, level])),
    [[]],
  );
  const likelihood = (levels: readonly number[], side: "m" | "u"): number =>
    levels.reduce(
      (product, level, index) => product * must(truths[index]?.[side][level], "it was made so"),
      1,
    );
  return {
    levels: truths.map((_, index) =>
      Uint8Array.from(patterns, (levels) => must(levels[index], "patterns are whole") + 1),
    ),
    counts: Float64Array.from(
      patterns,
      (levels) => pairs * (prior * likelihood(levels, "m") + (1 - prior) * likelihood(levels, "u")),
    ),
  };
}

const PAIRS = 1_000_000;

/** Evidence in which every pair is seen: blocking leaves none out, and the random pairs are all. */
function evidenceOf(truths: readonly Truth[], prior: number): Evidence {
  const comparisons = truths.map(comparisonOf);
  const patterns = expectedPatterns(truths, prior, PAIRS);
  return {
    tables: comparisons.map((_, index) => outcomeTable(comparisons, [index])),
    starts: comparisons.map((comparison) => startOf([comparison])),
    blocked: patterns,
    standsFor: 1,
    random: patterns,
    possiblePairs: PAIRS,
    prior: 0.01,
    related: 0,
    pseudoPairs: 1e-9,
    chancePairs: 1e-9,
    mostRounds: 5_000,
  };
}

function sharesOf({ estimates }: Learnt, side: "m" | "u"): readonly (readonly number[])[] {
  return estimates.map(({ shares }) => [...must(shares[side][0], "tables have a member")].slice(1));
}

/** How far the learnt shares of one side are from the truth, at most. */
function largestError(learnt: Learnt, truths: readonly Truth[], side: "m" | "u"): number {
  const errors = truths.flatMap((truth, index) =>
    truth[side].map((share, level) =>
      Math.abs((sharesOf(learnt, side)[index]?.[level] ?? Number.NaN) - share),
    ),
  );
  return Math.max(...errors);
}

describe("learning from every pair", () => {
  test("recovers the parameters that the pairs were made with", () => {
    const truths = [
      { m: [0.7, 0.3], u: [0.1, 0.9] },
      { m: [0.9, 0.1], u: [0.025, 0.975] },
      { m: [0.95, 0.05], u: [0.2, 0.8] },
    ];

    const learnt = learn(evidenceOf(truths, 0.1));

    expect(learnt.prior).toBeCloseTo(0.1, 2);
    expect(largestError(learnt, truths, "m")).toBeLessThan(0.005);
    expect(largestError(learnt, truths, "u")).toBeLessThan(0.005);
  });

  test("recovers any parameters that tell same from different", () => {
    const truth = fc
      .record({
        best: fc.double({ min: 0.6, max: 0.95, noNaN: true }),
        second: fc.double({ min: 0.2, max: 0.8, noNaN: true }),
        chance: fc.double({ min: 0.002, max: 0.1, noNaN: true }),
        near: fc.double({ min: 0.02, max: 0.2, noNaN: true }),
      })
      .map(({ best, second, chance, near }) => ({
        m: [best, (1 - best) * second, (1 - best) * (1 - second)],
        u: [chance, near, 1 - chance - near],
      }));
    const truths = fc.array(truth, { minLength: 4, maxLength: 5 });

    fc.assert(
      fc.property(truths, fc.double({ min: 0.01, max: 0.3, noNaN: true }), (truths, prior) => {
        const learnt = learn(evidenceOf(truths, prior));

        expect(learnt.prior).toBeCloseTo(prior, 2);
        expect(largestError(learnt, truths, "m")).toBeLessThan(0.005);
      }),
      { numRuns: 30 },
    );
  });

  test("is the same to the last bit each time", () => {
    const evidence = evidenceOf([{ m: [0.8, 0.2], u: [0.1, 0.9] }], 0.05);

    expect(learn(evidence)).toEqual(learn(evidence));
  });
});

describe("where pairs say little", () => {
  const truths = [
    { m: [0.8, 0.15, 0.05], u: [0.01, 0.09, 0.9] },
    { m: [0.9, 0.08, 0.02], u: [0.02, 0.08, 0.9] },
  ];

  test("no level is impossible and no weight infinite, observed or not", () => {
    const nothing: Patterns = {
      levels: [new Uint8Array(0), new Uint8Array(0)],
      counts: new Float64Array(0),
    };
    const evidence = { ...evidenceOf(truths, 0.1), blocked: nothing, random: nothing };

    const learnt = learn({ ...evidence, pseudoPairs: 100, chancePairs: 100 });

    const shares = [...sharesOf(learnt, "m"), ...sharesOf(learnt, "u")];
    expect(shares.flat().every((share) => share > 0 && share < 1)).toBe(true);
    expect(shares).toEqual(
      (["m", "u"] as const).flatMap((side) =>
        evidence.starts.map((start) => [...must(start[side][0], "a member")].slice(1)),
      ),
    );
    expect(learnt.prior).toBe(1 / PAIRS);
  });

  test("shares of a comparison add up to 1", () => {
    const learnt = learn({ ...evidenceOf(truths, 0.1), pseudoPairs: 100, chancePairs: 100 });

    for (const shares of [...sharesOf(learnt, "m"), ...sharesOf(learnt, "u")]) {
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    }
  });
});

test("matches among the random pairs do not make chance agreement look likely", () => {
  // Different people hardly ever agree here; what agrees among the random pairs are the same people.
  const truths = [
    { m: [0.9, 0.1], u: [1e-6, 1 - 1e-6] },
    { m: [0.85, 0.15], u: [0.001, 0.999] },
    { m: [0.8, 0.2], u: [0.002, 0.998] },
  ];

  const learnt = learn(evidenceOf(truths, 0.004));

  expect(sharesOf(learnt, "u")[0]?.[0]).toBeLessThan(1e-5);
});

test("what a random sample misses is no rarer than the different pairs in the blocks show", () => {
  const one = { m: [0.9, 0.1], u: [0.1, 0.9] };
  const patterns = (levels: readonly number[], count: number): Patterns => ({
    levels: levels.map((level) => Uint8Array.of(level)),
    counts: Float64Array.of(count),
  });
  const evidence = evidenceOf([one, one, one], 0.1);

  // A thousand random pairs agree on nothing; 200 blocked ones of a million agree on the first alone.
  const learnt = learn({
    ...evidence,
    blocked: patterns([1, 2, 2], 200),
    random: patterns([2, 2, 2], 1_000),
    prior: 1e-6,
  });

  expect(sharesOf(learnt, "u")[0]?.[0]).toBeCloseTo(200 / PAIRS, 5);
});

describe("pairs of which somebody knows what they are", () => {
  const truths = [
    { m: [0.7, 0.3], u: [0.1, 0.9] },
    { m: [0.9, 0.1], u: [0.025, 0.975] },
    { m: [0.8, 0.2], u: [0.05, 0.95] },
  ];
  const none: Patterns = {
    levels: truths.map(() => new Uint8Array(0)),
    counts: new Float64Array(0),
  };
  const only = (side: "m" | "u", pairs: number): Patterns =>
    expectedPatterns(
      truths.map((truth) => ({ m: truth[side], u: truth[side] })),
      1,
      pairs,
    );

  test("teach m what they are like, one as much as the weight of blocked ones", () => {
    const one = truths.slice(0, 1);
    const evidence = {
      ...evidenceOf(one, 0),
      blocked: { levels: [new Uint8Array(0)], counts: new Float64Array(0) },
      pseudoPairs: 100,
      mostRounds: 1,
    };
    const same = { levels: [Uint8Array.of(1)], counts: Float64Array.of(10) };
    const different = { levels: [new Uint8Array(0)], counts: new Float64Array(0) };

    const learnt = learn({ ...evidence, known: { same, different, weight: 4 } });

    // The start says 0.75: ten pairs that count as forty, and a hundred of the start.
    expect(sharesOf(learnt, "m")[0]?.[0]).toBeCloseTo((40 + 75) / 140, 10);
  });

  test("are no evidence of chance, which stays that of random pairs, however alike the different are", () => {
    const different: Patterns = {
      levels: truths.map(() => Uint8Array.of(1)),
      counts: Float64Array.of(50),
    };
    const evidence = evidenceOf(truths, 0.1);

    const without = sharesOf(learn(evidence), "u");
    const learnt = sharesOf(
      learn({ ...evidence, known: { same: none, different, weight: 3 } }),
      "u",
    );

    learnt.flat().forEach((share, index) => {
      expect(share).toBeCloseTo(without.flat()[index] ?? Number.NaN, 3);
    });
  });

  test("are relatives as far as they are like them, and never the same", () => {
    const comparisons = truths.map(comparisonOf).map((comparison, index) => ({
      ...comparison,
      isPersonal: index === 0,
    }));
    const alike = (count: number): Patterns => ({
      levels: [Uint8Array.of(2), Uint8Array.of(1), Uint8Array.of(1)],
      counts: Float64Array.of(count),
    });
    const evidence: Evidence = {
      ...evidenceOf(truths, 0.1),
      tables: comparisons.map((_, index) => outcomeTable(comparisons, [index])),
      starts: comparisons.map((comparison) => startOf([comparison])),
      related: 0.001,
      pseudoPairs: 300,
      mostRounds: 30,
    };

    const without = learn(evidence);
    const learnt = learn({
      ...evidence,
      known: { same: none, different: alike(5_000), weight: 3 },
    });

    expect(learnt.related).toBeGreaterThan(without.related);
    expect(learnt.prior).toBeLessThanOrEqual(without.prior);
  });

  test("that agree with the truth change nothing where the truth is found without them", () => {
    fc.assert(
      fc.property(fc.nat(400), fc.nat(400), (same, different) => {
        const known = { same: only("m", same), different: only("u", different), weight: 3 };

        const learnt = learn({ ...evidenceOf(truths, 0.1), known });

        expect(learnt.prior).toBeCloseTo(0.1, 2);
        expect(largestError(learnt, truths, "m")).toBeLessThan(0.005);
        expect(largestError(learnt, truths, "u")).toBeLessThan(0.005);
      }),
      { numRuns: 30 },
    );
  });
});

test("relatives agree on what is personal as strangers do, but no less than is known of them", () => {
  const truths = [
    { m: [0.9, 0.1], u: [0.001, 0.999] },
    { m: [0.9, 0.1], u: [0.05, 0.95] },
    { m: [0.9, 0.1], u: [0.1, 0.9] },
  ];
  const [birthday, ...others] = truths.map(comparisonOf);
  const twins = must(birthday, "there are three").levels.map((level) =>
    level.name === "level 0" ? { ...level, start: { m: 0.9, weight: 9, related: 0.01 } } : level,
  );
  const comparisons = [
    { name: "birthday", isPersonal: true, levels: twins },
    ...others.map((comparison, index) => ({ ...comparison, isPersonal: index === 0 })),
  ];

  const learnt = learn({
    ...evidenceOf(truths, 0.1),
    tables: comparisons.map((_, index) => outcomeTable(comparisons, [index])),
    starts: comparisons.map((comparison) => startOf([comparison])),
    related: 0.01,
  });

  const [ofBirthday, ofName] = learnt.estimates.map(({ shares }) => shares);
  expect(ofBirthday?.related[0]?.[1]).toBe(0.01);
  expect(ofBirthday?.u[0]?.[1]).toBeLessThan(0.005);
  expect(ofName?.related[0]).toEqual(ofName?.u[0]);
});

describe("comparisons of a factor", () => {
  /** Two comparisons of which the second says what the first says, among the different. */
  const echo = { m: [0.9, 0.1], u: [0.02, 0.98] };
  const comparisons = [echo, echo, echo].map(comparisonOf);

  function echoing(prior: number): Patterns {
    const patterns = [0, 1].flatMap((one) => [0, 1].map((other) => [one, one, other]));
    const at = (shares: readonly number[], level: number | undefined): number =>
      must(shares[level ?? -1], "levels are 0 and 1");
    return {
      levels: [0, 1, 2].map((index) =>
        Uint8Array.from(patterns, (levels) => must(levels[index], "patterns are whole") + 1),
      ),
      counts: Float64Array.from(patterns, ([one, , other]) => {
        const same = prior * at(echo.m, one) * at(echo.m, other);
        return PAIRS * (same + (1 - prior) * at(echo.u, one) * at(echo.u, other));
      }),
    };
  }

  test("count evidence that comes twice only once", () => {
    const patterns = echoing(0.05);
    const members = [[0, 1], [2]];
    const learnt = learn({
      ...evidenceOf([echo, echo, echo], 0.05),
      tables: members.map((positions) => outcomeTable(comparisons, positions)),
      starts: members.map((positions) =>
        startOf(positions.map((position) => must(comparisons[position], "it is one of three"))),
      ),
      blocked: patterns,
      random: patterns,
    });

    const cells = [...must(learnt.estimates[0], "the factor comes first").cells.values()];
    const [agreement, disagreement] = cells;
    const [m, u] = [
      must(sharesOf(learnt, "m")[0]?.[0], "m"),
      must(sharesOf(learnt, "u")[0]?.[0], "u"),
    ];

    expect(cells).toHaveLength(2);
    expect(agreement?.m).toBeCloseTo(m, 6);
    expect(agreement?.u).toBeCloseTo(u, 6);
    expect(disagreement?.m).toBeCloseTo(1 - m, 6);
  });
});
