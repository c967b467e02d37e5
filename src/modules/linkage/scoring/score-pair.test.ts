import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInputError, must } from "../../../kernel/index.ts";
import type { Comparison, Model, PreparedRecord } from "../model/model.ts";
import { parseModel } from "../model/parse-model.ts";
import { probabilityOfWeight, weightOfProbability } from "../model/odds.ts";
import { openScorer, type PairScore } from "./score-pair.ts";
import type { TermShares } from "./term-weight.ts";

const text = `format: waybill-linkage-model/1
prior: 0.2
comparisons:
  - name: given
    levels:
      - { name: missing, when: missing(given), missing: true }
      - { name: same, when: equal(given), m: 0.5, u: 0.125, termFrequency: { column: given } }
      - name: alike
        when: prefix(given) >= 2
        m: 0.25
        u: 0.25
        termFrequency: { column: given, weight: 0.5, minimum: 0.03125 }
      - { name: otherwise, when: otherwise, m: 0.25, u: 0.625 }
  - name: city
    levels:
      - { name: missing, when: missing(city), missing: true }
      - { name: same, when: equal(city), m: 0.8, u: 0.1 }
      - { name: otherwise, when: otherwise, m: 0.2, u: 0.9 }
factors:
  - name: village
    comparisons: [given, city]
    cells:
      - { levels: [same, same], m: 0.4, u: 0.1 }
largestBlock: 100
`;
function pairScorer(
  model: Model,
  terms: TermShares,
): (left: PreparedRecord, right: PreparedRecord) => PairScore {
  const scorer = openScorer(model);
  return (left, right) => scorer.score(scorer.compare({ left, right }), terms);
}

const model = parseModel(text, "model.yaml");
const shares: Readonly<Record<string, number>> = { anna: 0.25, ann: 0.5, rare: 0.001 };
const score = pairScorer(model, (_, value) => shares[String(value)]);

function withKin(comparison: Comparison, related: number): Comparison {
  return { ...comparison, levels: comparison.levels.map((level) => ({ ...level, related })) };
}

function weightsOf(left: PreparedRecord, right: PreparedRecord) {
  const { parts, factors, weight, priorWeight } = score(left, right);
  return {
    levels: parts.map((part) => part.weight),
    terms: parts.map((part) => part.termWeight),
    factors: factors.map((factor) => factor.weight),
    rest: weight - priorWeight,
  };
}

describe("a pair weighs", () => {
  test("log2 of m / u for each level, and the term for how common the value is", () => {
    expect(weightsOf({ given: "anna" }, { given: "anna" })).toEqual({
      levels: [2, 0],
      terms: [-1, 0],
      factors: [],
      rest: 1,
    });
  });

  test("half the term of the exact level where a fuzzy level counts it by half", () => {
    expect(weightsOf({ given: "anna" }, { given: "ann" }).terms).toEqual([-1, 0]);
  });

  test("no term below the minimum, none for values that were never counted", () => {
    expect(weightsOf({ given: "rare" }, { given: "rarely" }).terms).toEqual([1, 0]);
    expect(weightsOf({ given: "new" }, { given: "new" }).terms).toEqual([0, 0]);
  });

  test("a term against the usual share where training has counted one", () => {
    const counted = parseModel(
      text.replace("{ column: given }", "{ column: given, mean: 0.5 }"),
      "",
    );

    const [given] = pairScorer(counted, () => 0.125)({ given: "anna" }, { given: "anna" }).parts;

    expect(given).toMatchObject({ weight: 2, termWeight: 2 });
  });

  test("nothing where a value is missing", () => {
    expect(weightsOf({}, { given: "anna", city: "ulm" })).toMatchObject({
      levels: [0, 0],
      rest: 0,
    });
  });

  test("what dependent comparisons weigh together, not what each weighs", () => {
    const both = { given: "new", city: "ulm" };

    expect(weightsOf(both, both)).toEqual({
      levels: [2, 3],
      terms: [0, 0],
      factors: [-3],
      rest: 2,
    });
    expect(weightsOf(both, { ...both, city: "bonn" }).factors).toEqual([]);
  });

  test("what nothing weighs: the prior", () => {
    const { weight, probability } = score({}, {});

    expect(weight).toBe(-2);
    expect(probability).toBeCloseTo(0.2, 12);
  });
});

describe("where relatives are a third possibility", () => {
  const related = parseModel(
    text
      .replace("prior: 0.2", "prior: 0.2\nrelated: 0.125")
      .replace("m: 0.8, u: 0.1 }", "m: 0.8, u: 0.1, related: 0.8 }")
      .replace("m: 0.4, u: 0.1 }", "m: 0.4, u: 0.1, related: 0.2 }"),
    "model.yaml",
  );
  const scoreRelated = pairScorer(related, () => undefined);

  test("what they share weighs as much less as it speaks for them", () => {
    const lonely = { city: "ulm" };

    const { relatedWeight, weight } = scoreRelated(lonely, lonely);

    // Odds of 1 (1/8 x 0.8/0.1) for the related: half of the odds of the same are gone.
    expect(relatedWeight).toBeCloseTo(-1, 12);
    expect(weight).toBeCloseTo(-2 + 3 - 1, 12);
  });

  test("it is taken off whole where the related are likelier than strangers", () => {
    const likely = pairScorer({ ...related, related: 0.5 }, () => undefined);

    expect(likely({ city: "ulm" }, { city: "ulm" }).relatedWeight).toBeCloseTo(-Math.log2(5), 12);
  });

  test("a rare value that they share speaks for them as for the same, unless it is of one person", () => {
    const shared = must(related.comparisons[0], "the model compares given names");
    const rare = { given: "rare" };
    const ofTown = pairScorer(
      { ...related, factors: [], comparisons: [withKin(shared, 0.5)] },
      () => 0.001,
    );
    const ofPerson = pairScorer(
      { ...related, factors: [], comparisons: [{ ...shared, isPersonal: true }] },
      () => 0.001,
    );

    // The related are met in 1/8 of the pairs, agree in half, and by chance one in a thousand does.
    expect(ofTown(rare, rare).relatedWeight).toBeCloseTo(-Math.log2(1 + (0.125 * 0.5) / 0.001), 12);
    expect(ofPerson(rare, rare).relatedWeight).toBeCloseTo(-Math.log2(1.125), 12);
  });

  test("a combination counts once, as the factor has it", () => {
    const both = { given: "anna", city: "ulm" };

    expect(scoreRelated(both, both).relatedWeight).toBeCloseTo(-Math.log2(1 + 0.125 * 2), 12);
  });

  describe("and some comparisons are of one person", () => {
    const [ofPerson, ofTown] = related.comparisons;
    const personal = pairScorer(
      {
        ...related,
        comparisons: [
          { ...must(ofPerson, "given names"), isPersonal: true },
          must(ofTown, "towns"),
        ],
      },
      () => undefined,
    );

    test("equal records that state nothing personal are one: nothing could ever tell whose is whose", () => {
      const lonely = { city: "ulm", given: null };

      expect(personal(lonely, { city: "ulm" })).toMatchObject({ relatedWeight: 0, weight: -2 + 3 });
    });

    test.each([
      ["one of them states something personal", { city: "ulm" }, { city: "ulm", given: "anna" }],
      ["they differ in anything", { city: "ulm" }, { city: "bonn" }],
      ["only one of them states what the other does not", { city: "ulm" }, {}],
    ])("they may be relatives where %s", (_, left, right) => {
      expect(personal(left, right).relatedWeight).toBeLessThan(0);
      expect(personal(right, left).relatedWeight).toBeLessThan(0);
    });

    test("they are kept, too, where relatives would make them unlikely", () => {
      const scorer = openScorer({
        ...related,
        related: 0.5,
        comparisons: [{ ...must(ofPerson, "given"), isPersonal: true }, must(ofTown, "towns")],
      });
      const pair = { left: { city: "ulm" }, right: { city: "ulm" } };

      expect(scorer.compareLikely(pair, 0.5)).toBeDefined();
      expect(scorer.compareLikely({ ...pair, right: { city: "ulm", given: "x" } }, 0.5)).toBe(
        undefined,
      );
    });
  });

  test("the probability is that of the same among all three", () => {
    const lonely = { city: "ulm" };
    const [same, other, kin] = [0.2 * 0.8, 0.8 * 0.1, 0.8 * 0.125 * 0.8];

    expect(scoreRelated(lonely, lonely).probability).toBeCloseTo(same / (same + other + kin), 12);
  });
});

test("the weight of a pair is the sum of all that is shown", () => {
  const value = fc.option(fc.constantFrom("anna", "ann", "rare", "new", "an"), { nil: null });
  const record = fc.record({ given: value, city: value });
  fc.assert(
    fc.property(record, record, (left, right) => {
      const { weight, priorWeight, parts, factors, probability } = score(left, right);
      const shown = [
        priorWeight,
        ...parts.flatMap((part) => [part.weight, part.termWeight]),
        ...factors.map((factor) => factor.weight),
      ];
      expect(weight).toBeCloseTo(
        shown.reduce((sum, one) => sum + one, 0),
        12,
      );
      expect(probability).toBeCloseTo(2 ** weight / (1 + 2 ** weight), 12);
      expect(score(right, left).weight).toBe(weight);
    }),
  );
});

test("a model that is not trained is refused by name", () => {
  const untrained: Model = { ...model, prior: undefined };
  const [given, ...others] = model.comparisons;
  const levels = (given?.levels ?? []).map((level) => ({ ...level, m: undefined }));
  const halfTrained: Model = { ...model, comparisons: [{ name: "given", levels }, ...others] };

  expect(() => pairScorer(untrained, () => undefined)).toThrow(InvalidInputError);
  expect(() => pairScorer(untrained, () => undefined)).toThrow("the prior has no value");
  expect(() => pairScorer(halfTrained, () => undefined)).toThrow('level "same" of given');
});

test.each([
  [0, 0.5],
  [2, 0.8],
  [6.63, 0.99],
  [9.97, 0.999],
  [5_000, 1],
  [-5_000, 0],
])("the weight %d is the probability %d", (weight, probability) => {
  expect(probabilityOfWeight(weight)).toBeCloseTo(probability, 4);
});

test("probabilities and weights are each other's inverse", () => {
  fc.assert(
    fc.property(fc.double({ min: -30, max: 30, noNaN: true }), (weight) => {
      expect(weightOfProbability(probabilityOfWeight(weight))).toBeCloseTo(weight, 5);
    }),
  );
});
