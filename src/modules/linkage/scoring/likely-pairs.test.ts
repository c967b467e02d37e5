import fc from "fast-check";
import { expect, test } from "vitest";
import { autoModel } from "../auto/auto-model.ts";
import type { Model, PreparedRecord } from "../model/model.ts";
import { openPreparation } from "../prepare/preparation.ts";
import { openScorer } from "./score-pair.ts";
import type { TermShares } from "./term-weight.ts";

/** As it would begin to be trained, with values that are the rarer the more they tell. */
function startModel({ mean, minimum }: { readonly mean: number; readonly minimum: number }): Model {
  const model = autoModel([
    { name: "first", kind: "given-name", columns: ["first"] },
    { name: "last", kind: "family-name", columns: ["last"] },
    { name: "born", kind: "date", columns: ["born"] },
    { name: "email", kind: "email", columns: ["email"] },
  ]);
  return {
    ...model,
    prior: 1 / 40,
    related: 1 / 200,
    factors: [],
    comparisons: model.comparisons.map((comparison) => ({
      ...comparison,
      levels: comparison.levels.map((level) => {
        const { m, weight } = level.start ?? { m: 0.2, weight: 1 };
        const { termFrequency } = level;
        const shares = termFrequency && { termFrequency: { ...termFrequency, mean, minimum } };
        return level.isMissing ? level : { ...level, m, u: m / 2 ** weight, ...shares };
      }),
    })),
    blocking: [],
    thresholds: { link: 0.5, review: 0.06 },
  };
}

const maybe = (...values: readonly string[]): fc.Arbitrary<string | null> =>
  fc.option(fc.constantFrom(...values));

const person = fc.record({
  first: maybe("Ada", "Adah", "Grace"),
  last: maybe("Lovelace", "Lovelaze", "Hopper"),
  born: maybe("1815-12-10", "1815-10-12"),
  email: maybe("ada@lovelace.org", "a.lovelace@lovelace.org"),
});

type Person = Readonly<Record<string, string | null>>;

/** Prepares a pair for a model. */
function pairOf(model: Model, one: Person, other: Person) {
  const prepare = (person: Person): PreparedRecord =>
    openPreparation(model.fields).prepareRecord(person);
  return { left: prepare(one), right: prepare(other) };
}

test.each([
  { what: "rare values count for more than unknown ones", mean: 0.01, minimum: 1e-5 },
  { what: "unknown values count for more than rare ones", mean: 1e-5, minimum: 0.01 },
])("no pair is ruled out that weighs enough, where $what", ({ mean, minimum }) => {
  const model = startModel({ mean, minimum });
  const scorer = openScorer(model);
  const share = fc.option(fc.double({ min: 1e-6, max: 0.5, noNaN: true }), { nil: undefined });
  fc.assert(
    fc.property(person, person, fc.func(share), (one, other, shareOf) => {
      const pair = pairOf(model, one, other);
      const shares: TermShares = (column, value) => shareOf(column, value);
      const compared = scorer.compare(pair);
      const weight = scorer.weightOf(compared, shares);

      expect(scorer.compareLikely(pair, weight)).toEqual(compared);
    }),
    { numRuns: 500 },
  );
});

test("a pair that no value can make heavy enough is ruled out", () => {
  const model = startModel({ mean: 0.01, minimum: 1e-5 });
  const pair = pairOf(
    model,
    { first: "Ada", last: "Lovelace", born: "1815-12-10" },
    { first: "Grace", last: "Hopper", born: "1906-12-09" },
  );

  expect(openScorer(model).compareLikely(pair, -4)).toBeUndefined();
});

test("a pair is ruled out exactly where it weighs too little, as far as values are as rare as counts", () => {
  const model = startModel({ mean: 0.01, minimum: 1e-5 });
  const scorer = openScorer(model);
  fc.assert(
    fc.property(person, person, fc.integer({ min: -20, max: 30 }), (one, other, least) => {
      const pair = pairOf(model, one, other);
      const weight = scorer.weightOf(scorer.compare(pair), () => 0);

      expect(scorer.compareLikely(pair, least) !== undefined).toBe(weight >= least);
    }),
    { numRuns: 500 },
  );
});
