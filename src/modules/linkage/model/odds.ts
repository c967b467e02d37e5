/** Probabilities and their weights: log2 of the odds. */

/**
 * 2^W / (1 + 2^W), in the form that does not overflow.
 * @example probabilityOfWeight(0) // 0.5
 */
export function probabilityOfWeight(weight: number): number {
  if (weight >= 0) {
    return 1 / (1 + 2 ** -weight);
  }
  const odds = 2 ** weight;
  return odds / (1 + odds);
}

/** The inverse: log2 of the odds. -Infinity for 0, Infinity for 1. */
export function weightOfProbability(probability: number): number {
  return Math.log2(probability / (1 - probability));
}
