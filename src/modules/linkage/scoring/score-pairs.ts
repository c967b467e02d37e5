/** What millions of pairs weigh. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Model } from "../model/model.ts";
import { endOfPairs, createScored, insertScored } from "../store/scored.ts";

export interface ScorePairsOptions {
  /** Pairs that weigh less are left out. Default: none is. */
  readonly minimumWeight?: number | undefined;
  /** Into how many parts the work is cut. Default: so that each has about two million pairs. */
  readonly chunks?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each chunk. */
  readonly onProgress?: ((progress: ScoringProgress) => void) | undefined;
}

export interface ScoringProgress {
  readonly scored: number;
  readonly of: number;
}

/** Each chunk joins the records anew, 0.1 s for a million; this many pairs take some seconds. */
const PAIRS_PER_CHUNK = 2_000_000;

/**
 * Scores the pairs of the table `pairs` into the table `scored` (`l`, `r`, `rule`, `weight`), which it
 * makes anew. Needs the table `compared` of the same comparisons (`createCompared`). Nothing but a chunk's
 * vectors is held in memory beside the tables. The weights are those of `pairScorer`.
 * @returns how many pairs were scored, and how many of them weigh enough
 * @throws CancelledError when the signal is aborted; `scored` then has some of the pairs
 */
export async function scorePairs(
  duck: DuckDb,
  model: Model,
  options: ScorePairsOptions = {},
): Promise<{ readonly pairs: number; readonly kept: number }> {
  const { minimumWeight = Number.NEGATIVE_INFINITY, signal, onProgress } = options;
  await createScored(duck, signal);
  const pairs = await endOfPairs(duck, signal);
  const chunks = Math.max(1, options.chunks ?? Math.ceil(pairs / PAIRS_PER_CHUNK));
  const size = Math.max(1, Math.ceil(pairs / chunks));
  let kept = 0;
  for (let from = 0; from < pairs; from += size) {
    const until = Math.min(pairs, from + size);
    kept += await insertScored(duck, model, { from, until, minimumWeight, signal });
    onProgress?.({ scored: until, of: pairs });
  }
  return { pairs, kept };
}
