/** How right scored pairs are at any threshold, against the truth. */
import { type PairCounts, type Rates, ratesOf } from "./rates.ts";

/**
 * Scored entries, side by side. An entry stands for one pair of records, or for many where records that
 * are the same in every field were compared once.
 */
export interface LabelledPairs {
  /** log2 odds, as the model scored them. */
  readonly weights: Float64Array;
  /** Pairs of labelled records that the entry stands for. */
  readonly pairs: Float64Array;
  /** How many of those the truth says are the same. */
  readonly right: Float64Array;
}

export interface PairRates extends Rates {
  /** The weight from which on pairs were taken. */
  readonly weight: number;
  readonly counts: PairCounts;
}

/**
 * The rates of all entries that weigh at least `weight`. True pairs that were never scored are misses.
 * @param truePairs pairs that the truth puts together among all labelled records
 */
export function pairRatesAt(labelled: LabelledPairs, truePairs: number, weight: number): PairRates {
  let found = 0;
  let right = 0;
  for (const [entry, each] of labelled.weights.entries()) {
    if (each >= weight) {
      found += labelled.pairs[entry] ?? 0;
      right += labelled.right[entry] ?? 0;
    }
  }
  return ratesAt(weight, { found, right, true: truePairs });
}

/** The weight at which F1 is best, and the rates there. Of equals, the highest weight. */
export function bestPairRates(labelled: LabelledPairs, truePairs: number): PairRates {
  const { weights } = labelled;
  const order = Uint32Array.from(weights, (_, entry) => entry).sort(
    (a, b) => (weights[b] ?? 0) - (weights[a] ?? 0),
  );
  let best = ratesAt(Number.POSITIVE_INFINITY, { found: 0, right: 0, true: truePairs });
  let found = 0;
  let right = 0;
  for (const [place, entry] of order.entries()) {
    found += labelled.pairs[entry] ?? 0;
    right += labelled.right[entry] ?? 0;
    const weight = weights[entry] ?? 0;
    const next = order[place + 1];
    const isLastOfItsWeight = next === undefined || weights[next] !== weight;
    if (isLastOfItsWeight) {
      const here = ratesAt(weight, { found, right, true: truePairs });
      best = here.f1 > best.f1 ? here : best;
    }
  }
  return best;
}

function ratesAt(weight: number, counts: PairCounts): PairRates {
  return { weight, counts, ...ratesOf(counts) };
}
