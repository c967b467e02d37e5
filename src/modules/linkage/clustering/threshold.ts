/** From which weight on pairs are linked, chosen from the model's own probabilities. */
import type { Model, Thresholds } from "../model/model.ts";
import { probabilityOfWeight, weightOfProbability } from "../model/odds.ts";
import type { WeighedPairs } from "./components.ts";

/** Pairs this much below the threshold are worth a person's look. */
export const REVIEW_BITS = 3;

/** Components of more records are cut at their weakest pairs before all pairs in them are compared. */
export const LARGEST_COMPONENT = 100;

/** The threshold is not raised above a thousand to one. */
const HIGHEST_BITS = 10;

/** Of the pairs that are linked, this share is to be right, as far as the model can tell. */
const WANTED_PRECISION = 0.95;

/**
 * Where fewer pairs of the same can be learnt from than this, the outcomes weigh mostly what they usually
 * weigh in other files.
 */
const FEW_PAIRS = 300;

/**
 * Where fewer can be learnt from, hardly anybody is in the file twice, and who seems to be is as likely two with much
 * in common: half as many are asked a bit more, down to one pair, the least that learning tells. In one of ten files of
 * 400 contacts without anybody twice, two colleagues one letter apart were merged at three bits, and at four none. More
 * would cost links: of 18 pairs of the same in eight such files three bits find 15, these 14, and two bits more 10.
 */
const HARDLY_ANY_PAIRS = 16;

/** Families of five records are nothing unusual anywhere. */
const USUAL_SIZE = 5;

/** The thresholds that link from so many bits on. */
export function thresholdsAt(bits: number): Thresholds {
  return { link: probabilityOfWeight(bits), review: probabilityOfWeight(bits - REVIEW_BITS) };
}

/**
 * The threshold, in bits, that suits the model: a little above even odds, the more so the rarer two
 * records are the same (a tenth of the bits of the prior), and higher where the linked pairs are expected
 * to be wrong too often. A file with fewer pairs than its weights could be learnt from is linked with caution. One rule serves a thousand records and a million: what is rare has to be proven
 * in either, and the prior says how rare it is.
 */
export function chooseThreshold(
  model: Pick<Model, "prior" | "training">,
  pairs: WeighedPairs,
): number {
  const rareness = Math.log2(1 / (model.prior ?? 1));
  let bits = Math.max(0, rareness / 10) + cautionOf(model);
  while (bits < HIGHEST_BITS && expectedPrecision(pairs, bits) < WANTED_PRECISION) {
    bits += 1;
  }
  return bits;
}

/**
 * The size that groups may have without asking for more evidence: twice what the prior expects of a
 * record's group among the records that the model was trained on.
 */
export function usualGroupSize({ prior, training }: Pick<Model, "prior" | "training">): number {
  const others = (prior ?? 0) * Math.max(0, (training?.records ?? 0) - 1);
  return Math.max(USUAL_SIZE, 2 * (1 + others));
}

/**
 * What a model that has learnt from few pairs asks for beyond even odds, in bits: about as much as lies between
 * linking and asking where it has learnt from a few, a bit more where from one or none, and nothing from 300 pairs on.
 */
function cautionOf({ prior, training }: Pick<Model, "prior" | "training">): number {
  if (prior === undefined || training === undefined) {
    return 0;
  }
  const pairs = (prior * training.records * (training.records - 1)) / 2;
  const ofFew = REVIEW_BITS * Math.max(0, 1 - pairs / FEW_PAIRS);
  const ofHardlyAny = Math.log2(HARDLY_ANY_PAIRS / Math.max(1, pairs));
  return Math.max(ofFew, ofHardlyAny);
}

/**
 * What groups have to hang together by, in bits: where a model is cautious, half as much more than a pair of
 * another file, for what is wrong with single weights evens out over many.
 */
export function cohesionOf(model: Pick<Model, "prior" | "training" | "thresholds">): number {
  return weightOfProbability(model.thresholds?.link ?? 0.5) - cautionOf(model) / 2;
}

/** The mean probability of the linked pairs; 1 where nothing weighs enough. */
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
