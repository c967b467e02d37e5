import { expect, test } from "vitest";
import { probabilityOfWeight } from "../model/odds.ts";
import { chooseThreshold, cohesionOf, thresholdsAt } from "./threshold.ts";

const nothing = { l: new Int32Array(), r: new Int32Array(), weight: new Float64Array() };

/** A model that has learnt from so many pairs of the same, and whose prior asks for half a bit. */
function learntFrom(pairs: number) {
  const prior = 2 ** -5;
  const records = Math.round((1 + Math.sqrt(1 + (8 * pairs) / prior)) / 2);
  return { prior, training: { records, seed: 1, sampledPairs: 0, sessions: [] } };
}

test("the fewer pairs a model has learnt from, the more it asks for, and most where nobody is twice", () => {
  const [none, few, half, enough, plenty] = [0, 4, 150, 300, 30_000].map((pairs) =>
    chooseThreshold(learntFrom(pairs), nothing),
  );

  expect(none).toBeCloseTo(4.5, 2);
  expect(few).toBeCloseTo(3.5, 1);
  expect(half).toBeCloseTo(2, 1);
  expect(enough).toBeCloseTo(0.5, 1);
  expect(plenty).toBe(0.5);
});

test("a model that somebody wrote asks for nothing beyond what it says", () => {
  expect(chooseThreshold({ prior: 2 ** -5 }, nothing)).toBe(0.5);
  expect(cohesionOf({ prior: 2 ** -5, thresholds: thresholdsAt(4) })).toBeCloseTo(4);
});

test("groups hang together with half the caution of a pair", () => {
  const model = learntFrom(0);
  const link = chooseThreshold(model, nothing);

  const cohesion = cohesionOf({ ...model, thresholds: thresholdsAt(link) });

  expect(cohesion).toBeCloseTo(2.5, 2);
});

test("the threshold rises until the linked pairs are expected to be right", () => {
  const doubtful = { ...nothing, weight: new Float64Array(100).fill(1) };

  const bits = chooseThreshold(learntFrom(30_000), doubtful);

  expect(bits).toBe(1.5);
  expect(probabilityOfWeight(1)).toBeLessThan(0.95);
});
