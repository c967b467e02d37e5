/** How right a set of pairs is: precision, recall and their harmonic mean. */

/** Counts of pairs. A pair counts as found when it was linked, as true when the truth says it is one. */
export interface PairCounts {
  readonly found: number;
  readonly right: number;
  readonly true: number;
}

/** Shares from 0 to 1. */
export interface Rates {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/**
 * Precision `right / found`, recall `right / true`, F1 their harmonic mean (van Rijsbergen, "Information
 * Retrieval", 1979). Nothing found is precise, nothing true is recalled: an empty answer to an empty
 * question is right.
 */
export function ratesOf({ found, right, true: wanted }: PairCounts): Rates {
  const precision = found === 0 ? 1 : right / found;
  const recall = wanted === 0 ? 1 : right / wanted;
  return { precision, recall, f1: harmonicMean(precision, recall) };
}

/** 0 when both are 0. */
export function harmonicMean(a: number, b: number): number {
  return a + b === 0 ? 0 : (2 * a * b) / (a + b);
}

/** Pairs among `n` things. Exact up to 94 million of them. */
export function pairsAmong(n: number): number {
  return (n * (n - 1)) / 2;
}
