import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Judgement, Verdict } from "../judgement/judgement.ts";
import {
  agreements,
  type LabelledPair,
  proposeThreshold,
  thresholdQuality,
  wilson,
} from "./quality.ts";

function said(answers: readonly (readonly [who: string, pair: bigint, verdict: Verdict])[]) {
  return answers.map(([who, pair, verdict], index): Judgement => ({
    judgement: BigInt(index + 1),
    left: pair,
    right: 1_000n,
    verdict,
    judge: "person",
    who,
    model: null,
    foundBy: null,
    weight: null,
    reason: null,
    at: new Date("2026-03-01"),
  }));
}

describe("agreement", () => {
  test("is Cohen's kappa of the pairs that both judged", () => {
    // Cohen's worked case in small: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: kappa 0.4.
    const cases = [
      ["same", "same", 20],
      ["same", "different", 5],
      ["different", "same", 10],
      ["different", "different", 15],
    ] as const;
    const answers = cases.flatMap(([one, other, times]) =>
      Array.from({ length: times }, () => [one, other] as const),
    );
    const log = said(
      answers.flatMap(([one, other], index) => [
        ["ada", BigInt(index), one],
        ["ben", BigInt(index), other],
      ]),
    );

    const [agreement] = agreements([...log, ...said([["cleo", 999n, "same"]])]);

    expect(agreement).toMatchObject({ reviewers: ["ada", "ben"], pairs: 50, agreed: 35 });
    expect(agreement?.kappa).toBeCloseTo(0.4, 10);
  });

  test("beyond chance is undefined where chance agrees on everything", () => {
    const log = said([
      ["ada", 1n, "same"],
      ["ben", 1n, "same"],
    ]);

    expect(agreements(log)).toEqual([
      { reviewers: ["ada", "ben"], pairs: 1, agreed: 1, kappa: undefined },
    ]);
  });
});

describe("Wilson's interval", () => {
  test("of 9 in 10 is what the published formula gives", () => {
    const share = wilson(9, 10);

    expect(share?.low).toBeCloseTo(0.5958, 4);
    expect(share?.high).toBeCloseTo(0.9821, 4);
  });

  test("holds the share, stays between 0 and 1, and turns with the question", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.nat(500), (of, drawn) => {
        const count = drawn % (of + 1);
        const [share, turned] = [wilson(count, of), wilson(of - count, of)];

        expect(share?.low).toBeGreaterThanOrEqual(0);
        expect(share?.high).toBeLessThanOrEqual(1);
        expect(share?.low).toBeLessThanOrEqual((share?.value ?? 0) + 1e-12);
        expect(share?.high).toBeGreaterThanOrEqual((share?.value ?? 0) - 1e-12);
        expect(1 - (turned?.high ?? 0)).toBeCloseTo(share?.low ?? 0, 12);
      }),
    );
  });
});

test("a threshold is judged by the pairs that persons have judged", () => {
  const labelled = [
    { isSame: true, probability: 0.99 },
    { isSame: true, probability: 0.6 },
    { isSame: false, probability: 0.7 },
    { isSame: true, probability: 0.2 },
  ];

  const quality = thresholdQuality(labelled, [0.5, 0.995]);

  expect(quality.map(({ precision, recall }) => [precision?.value, recall?.value])).toEqual([
    [2 / 3, 2 / 3],
    [undefined, 0],
  ]);
});

describe("another threshold", () => {
  const times = (count: number, isSame: boolean, probability: number): LabelledPair[] =>
    Array.from({ length: count }, () => ({ isSame, probability }));
  const thresholds = [0.1, 0.5, 0.75, 0.9];
  const propose = (labelled: readonly LabelledPair[]) =>
    proposeThreshold(labelled, { link: 0.6, thresholds });

  test("is proposed where nearly all that it decides otherwise were judged so", () => {
    const linkedWrongly = [
      ...times(12, false, 0.7),
      ...times(1, true, 0.7),
      ...times(9, true, 0.95),
    ];
    const missed = [...times(12, true, 0.55), ...times(9, false, 0.2)];

    expect(propose(linkedWrongly)).toMatchObject({
      threshold: 0.75,
      instead: 0.6,
      corrected: { value: 12 / 13, of: 13 },
      precision: { value: 1, of: 9 },
      recall: { value: 9 / 10 },
    });
    expect(propose(missed)).toMatchObject({ threshold: 0.5, corrected: { value: 1 } });
  });

  test("is not proposed where few were judged, or both ways", () => {
    expect(propose([])).toBeUndefined();
    expect(propose(times(3, false, 0.7))).toBeUndefined();
    expect(propose([...times(30, false, 0.7), ...times(30, true, 0.7)])).toBeUndefined();
  });

  test("never gets more of the judged pairs wrong than the one in force", () => {
    const pair = fc.record({
      isSame: fc.boolean(),
      probability: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 60 }), (labelled) => {
        const wrong = (threshold: number): number =>
          labelled.filter(({ isSame, probability }) => isSame !== probability >= threshold).length;
        const proposal = propose(labelled);

        expect(wrong(proposal?.threshold ?? 0.6)).toBeLessThanOrEqual(wrong(0.6));
      }),
    );
  });
});
