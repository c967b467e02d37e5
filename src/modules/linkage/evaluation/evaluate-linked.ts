/** How right a run is, against the truth. */
import { TWIN_RULE } from "../blocking/find-pairs.ts";
import type { Linked } from "../link/link-records.ts";
import { weightOfProbability } from "../model/odds.ts";
import { evaluateGroups, type GroupRates } from "./groups.ts";
import { labelPairs } from "./label-pairs.ts";
import { bestPairRates, pairRatesAt, type PairRates } from "./pairs.ts";
import { pairsTogether, type Truth } from "./truth.ts";

export interface LinkQuality {
  /** Records that the truth says something of. */
  readonly labelled: number;
  readonly truePairs: number;
  /** At the model's threshold. Pairs that no rule found are misses, in all of these. */
  readonly pairs: PairRates;
  readonly best: PairRates;
  /** Share of the true pairs that were compared at all. */
  readonly blockingRecall: number;
  readonly groups: GroupRates;
}

/** Compares the pairs and the groups of a run with the truth. */
export function evaluateLinked(linked: Linked, truth: Truth): LinkQuality {
  const { scored, representative, groups, model } = linked;
  const within = twinWeights(linked);
  const pairs = labelPairs(
    scored,
    { representative, weightWithin: (record) => within.get(record) ?? Number.NEGATIVE_INFINITY },
    truth,
  );
  const truePairs = pairsTogether(truth);
  const compared = pairs.right.reduce((sum, right) => sum + right, 0);
  return {
    labelled: truth.reduce((sum, entity) => sum + (entity >= 0 ? 1 : 0), 0),
    truePairs,
    pairs: pairRatesAt(pairs, truePairs, weightOfProbability(model.thresholds?.link ?? 0.5)),
    best: bestPairRates(pairs, truePairs),
    blockingRecall: truePairs === 0 ? 1 : compared / truePairs,
    groups: evaluateGroups(truth, groups),
  };
}

/** What the comparison of a record with its own twin weighs, by record. */
function twinWeights({ scored }: Linked): ReadonlyMap<number, number> {
  const weights = new Map<number, number>();
  for (const [entry, rule] of scored.rule.entries()) {
    if (rule === TWIN_RULE) {
      weights.set(scored.l[entry] ?? 0, scored.weight[entry] ?? 0);
    }
  }
  return weights;
}
