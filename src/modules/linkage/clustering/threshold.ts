/** From which weight on pairs are linked, chosen from the model's own probabilities. */
import type { Thresholds } from "../model/model.ts";
import { probabilityOfWeight } from "../scoring/score-pair.ts";
import type { WeighedPairs } from "./components.ts";

/** Even odds, and up to a thousand to one. */
const LOWEST_BITS = 0;
const HIGHEST_BITS = 10;

/** Of the unions that are made, this share is to be right, as far as the model can tell. */
const WANTED_PRECISION = 0.95;

/** Pairs this much below the threshold are worth a person's look, and connect components. */
export const REVIEW_BITS = 4;

/** Components of more records are cut at their weakest pairs before all pairs in them are compared. */
export const LARGEST_COMPONENT = 200;

/** The thresholds that link from so many bits on. */
export function thresholdsAt(bits: number): Thresholds {
  return { link: probabilityOfWeight(bits), review: probabilityOfWeight(bits - REVIEW_BITS) };
}

/**
 * The lowest threshold, in bits, from which on the linked pairs are expected to be right often enough:
 * the mean of their probabilities. It serves a thousand records as well as a million, because the prior
 * of the model already says how rare it is that two records are the same.
 */
export function chooseThreshold(pairs: WeighedPairs): number {
  for (let bits = LOWEST_BITS; bits < HIGHEST_BITS; bits++) {
    if (expectedPrecision(pairs, bits) >= WANTED_PRECISION) {
      return bits;
    }
  }
  return HIGHEST_BITS;
}

/** 1 where nothing weighs enough. */
function expectedPrecision({ weight }: WeighedPairs, bits: number): number {
  let linked = 0;
  let right = 0;
  for (const each of weight) {
    if (each >= bits) {
      linked += 1;
      right += probabilityOfWeight(each);
    }
  }
  return linked === 0 ? 1 : right / linked;
}
