/** Pairs that no rule finds though both records are the same as a third: neighbours of neighbours. */
import { assert } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import {
  createComponents,
  dropComponents,
  insertComponentPairs,
} from "../store/blocking-neighbours.ts";
import { NEIGHBOUR_RULE } from "./find-pairs.ts";

/** Which records hang together by the edges found so far: equal numbers, one component. */
export interface Components {
  /** Records; each at most once. */
  readonly ids: Int32Array;
  /** The component of each, any numbers. */
  readonly components: Int32Array;
}

/**
 * Adds to `pairs` every pair inside a component that is not there, under {@link NEIGHBOUR_RULE}, and
 * returns how many. A component of n records has n(n − 1)/2 pairs, so that its size is to be bounded
 * before; records alone in their component, or two, bring nothing.
 * @throws CancelledError when the signal is aborted
 */
export async function findNeighbourPairs(
  duck: DuckDb,
  { ids, components }: Components,
  signal?: AbortSignal,
): Promise<number> {
  assert(ids.length === components.length, () => "every record has one component");
  await createComponents(duck, ids, components);
  try {
    return await insertComponentPairs(duck, { rule: NEIGHBOUR_RULE, signal });
  } finally {
    await dropComponents(duck);
  }
}
