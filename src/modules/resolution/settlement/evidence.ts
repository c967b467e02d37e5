/** What the model has to say of pairs of records, before anybody judges. */

/** How a pair was found: by the blocking rule of this number, from 1, or in one of these ways. */
export const FOUND_BY_NEIGHBOURS = 0;
/** The two records say the same in every field that is compared. */
export const FOUND_EQUAL = -1;

/** The weight of a pair, `left < right`. */
export interface Evidence {
  readonly left: bigint;
  readonly right: bigint;
  /** Bits: log2 of the odds that the two are the same. */
  readonly weight: number;
  readonly foundBy: number;
}

/** From which weight on a pair is linked, and from which on a person is asked. */
export interface Limits {
  readonly link: number;
  readonly review: number;
}

/**
 * The limits of a model's thresholds, in bits.
 * @param thresholds probabilities, between 0 and 1
 */
export function limitsOf(thresholds: { readonly link: number; readonly review: number }): Limits {
  const bits = (probability: number): number => Math.log2(probability / (1 - probability));
  return { link: bits(thresholds.link), review: bits(thresholds.review) };
}

/** What the model says of a pair of such a weight. */
export function verdictOf(weight: number, limits: Limits): "same" | "unsure" | "different" {
  if (weight >= limits.link) {
    return "same";
  }
  return weight >= limits.review ? "unsure" : "different";
}
