import fc from "fast-check";
import { expect, test } from "vitest";
import { autoModel, type Model, type PreparedValue } from "../../linkage/index.ts";
import { openLinker } from "./linker.ts";

const secret = Buffer.alloc(32, 7);

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

test.each([
  { what: "rare values count for more than unknown ones", mean: 0.01, minimum: 1e-5 },
  { what: "unknown values count for more than rare ones", mean: 1e-5, minimum: 0.01 },
])("no pair is ruled out that weighs enough, where $what", ({ mean, minimum }) => {
  const linker = openLinker(1, startModel({ mean, minimum }), secret);
  const share = fc.option(fc.double({ min: 1e-6, max: 0.5, noNaN: true }), { nil: undefined });
  fc.assert(
    fc.property(person, person, fc.func(share), (one, other, shareOf) => {
      const columns = new Map(
        (["first", "last", "born", "email"] as const).map((field) => [
          field,
          [one[field], other[field]],
        ]),
      );
      const [left = {}, right = {}] = linker.prepare(columns);
      const shares = (column: string, value: PreparedValue): number | undefined =>
        shareOf(column, value);
      const { weight } = linker.scorer(shares)(left, right);

      expect(linker.mayReach(weight, left, right)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("a pair that no value can make heavy enough is ruled out", () => {
  const linker = openLinker(1, startModel({ mean: 0.01, minimum: 1e-5 }), secret);
  const [left = {}, right = {}] = linker.prepare(
    new Map([
      ["first", ["Ada", "Grace"]],
      ["last", ["Lovelace", "Hopper"]],
      ["born", ["1815-12-10", "1906-12-09"]],
    ]),
  );

  expect(linker.mayReach(linker.limits.review, left, right)).toBe(false);
});
