/** What millions of pairs have in common, found once. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Comparison } from "../model/model.ts";
import { createLevels, insertLevels } from "../store/pair-levels.ts";
import { endOfPairs } from "../store/scored.ts";

export interface ComparePairsOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each part, with the share of the pairs that is done. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** A part joins the records anew, in a second for a million, and takes ten. */
const PAIRS_PER_PART = 4_000_000;

/**
 * Compares the pairs of the table `pairs` into the table `levels`, which it makes anew. Whoever both trains
 * a model and scores by it does this before, and says so to both: they then need not compare. Needs the
 * view `compared` of the same comparisons (`createValues`).
 * @throws CancelledError when the signal is aborted; `levels` then has some of the pairs
 */
export async function comparePairs(
  duck: DuckDb,
  comparisons: readonly Comparison[],
  { signal, onProgress }: ComparePairsOptions = {},
): Promise<void> {
  await createLevels(duck, comparisons, signal);
  const end = await endOfPairs(duck, signal);
  for (let from = 0; from < end; from += PAIRS_PER_PART) {
    const until = Math.min(end, from + PAIRS_PER_PART);
    await insertLevels(duck, comparisons, { from, until, signal });
    onProgress?.(until / end);
  }
}
