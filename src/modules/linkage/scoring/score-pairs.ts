/** What millions of pairs weigh. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Model } from "../model/model.ts";
import { endOfPairs, createScored, insertScored } from "../store/scored.ts";

export interface ScorePairsOptions {
  /** Pairs that weigh less are left out. Default: none is. */
  readonly minimumWeight?: number | undefined;
  /** Into how many parts the work is cut. Default: so that each has about two million pairs. */
  readonly chunks?: number | undefined;
  /** Whether `comparePairs` has compared all `pairs`, and they need not be compared here. */
  readonly areCompared?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each chunk. */
  readonly onProgress?: ((progress: ScoringProgress) => void) | undefined;
}

export interface ScoringProgress {
  readonly scored: number;
  readonly of: number;
}

export interface ScoredCount {
  readonly pairs: number;
  /** How many of them weigh enough. */
  readonly kept: number;
}

/** Each chunk joins the records anew, 0.1 s for a million; this many pairs take some seconds. */
const PAIRS_PER_CHUNK = 2_000_000;

/**
 * Scores the pairs of the table `pairs` into the table `scored` (`l`, `r`, `rule`, `weight`), which it
 * makes anew. Needs `compared` and the table `shares` of the same comparisons (`createCompared`). Nothing but a chunk's
 * vectors is held in memory beside the tables. The weights are those of `openScorer`.
 * @throws CancelledError when the signal is aborted; `scored` then has some of the pairs
 */
export async function scorePairs(
  duck: DuckDb,
  model: Model,
  options: ScorePairsOptions = {},
): Promise<ScoredCount> {
  await createScored(duck, options.signal);
  return await scoreFrom(duck, model, { ...options, first: 0 });
}

/**
 * Scores those of `pairs` that were added since, from place `first` on, into the same `scored`.
 * @throws CancelledError when the signal is aborted
 */
export async function scoreFrom(
  duck: DuckDb,
  model: Model,
  options: ScorePairsOptions & { readonly first: number },
): Promise<ScoredCount> {
  const { first, areCompared = false, signal, onProgress } = options;
  const minimumWeight = options.minimumWeight ?? Number.NEGATIVE_INFINITY;
  const end = await endOfPairs(duck, signal);
  const pairs = Math.max(0, end - first);
  const chunks = Math.max(1, options.chunks ?? Math.ceil(pairs / PAIRS_PER_CHUNK));
  const size = Math.max(1, Math.ceil(pairs / chunks));
  let kept = 0;
  for (let from = first; from < end; from += size) {
    const until = Math.min(end, from + size);
    kept += await insertScored(duck, model, { from, until, minimumWeight, areCompared, signal });
    onProgress?.({ scored: until - first, of: pairs });
  }
  return { pairs, kept };
}
