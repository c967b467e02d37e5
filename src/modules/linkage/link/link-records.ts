/** One run over prepared records: find pairs, learn, weigh, close, group. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import { autoBlocking } from "../auto/auto-blocking.ts";
import { findNeighbourPairs } from "../blocking/find-neighbours.ts";
import { findPairs, type FoundPairs, NEIGHBOUR_RULE } from "../blocking/find-pairs.ts";
import { connect } from "../clustering/components.ts";
import { groupRecords } from "../clustering/group.ts";
import { tornRecords } from "../clustering/torn.ts";
import {
  chooseThreshold,
  cohesionOf,
  LARGEST_COMPONENT,
  thresholdsAt,
  usualGroupSize,
} from "../clustering/threshold.ts";
import type { Model } from "../model/model.ts";
import { weightOfProbability } from "../model/odds.ts";
import { comparePairs } from "../scoring/compare-pairs.ts";
import { mergeScored } from "../scoring/merge-scored.ts";
import { scoreFrom, scorePairs } from "../scoring/score-pairs.ts";
import { createTwins, readTwins } from "../store/blocking-twins.ts";
import { countTerms, createShares, createValues } from "../store/compared.ts";
import { separateKnown } from "../store/known-pairs.ts";
import { dropLevels } from "../store/pair-levels.ts";
import { endOfPairs, readScored, readScoredOf, type ScoredPairs } from "../store/scored.ts";
import { type KnownPairs, trainModel } from "../training/train-model.ts";

export type LinkStep =
  | "choosing what to compare"
  | "finding pairs"
  | "comparing pairs"
  | "learning"
  | "weighing pairs"
  | "comparing neighbours"
  | "grouping";

export interface LinkOptions {
  /** Rows of the table `records`; their ids are 0 up to here. */
  readonly records: number;
  /** What it lacks is made: blocking rules, parameters, thresholds. */
  readonly model: Model;
  /** The same seed, records and model give the same groups. */
  readonly seed: number;
  /** The probability from which on records are linked; else the model's, or one that is chosen. */
  readonly threshold?: number | undefined;
  /** Pairs of which somebody knows whether they are the same: they are learnt from, and they hold. */
  readonly known?: KnownPairs | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each step as it begins, and of how far a long one is, as a share. */
  readonly onProgress?: ((step: LinkStep, share?: number) => void) | undefined;
}

export interface Linked {
  /** With everything that was made. */
  readonly model: Model;
  readonly found: FoundPairs;
  /** All pairs that were compared. Of records that are equal in everything only the first two stand here. */
  readonly scored: ScoredPairs;
  /** By record: the one that was compared in its place, itself for most. */
  readonly representative: Int32Array;
  /** By record: the smallest record of its group. */
  readonly groups: Int32Array;
  /** Records that fit two groups which contradict each other, and are in neither. */
  readonly torn: readonly number[];
}

const NOTHING_KNOWN: KnownPairs = { same: [], different: [] };

/**
 * Links the `records` of the run. What is known of pairs holds, whatever they weigh; records that it names
 * are compared themselves, and by no representative.
 * @throws CancelledError when the signal is aborted
 */
export async function linkRecords(duck: DuckDb, options: LinkOptions): Promise<Linked> {
  const { records, known = NOTHING_KNOWN, signal } = options;
  options.onProgress?.("choosing what to compare");
  const twins = (await createTwins(duck, signal)) - (await separateKnown(duck, known, signal));
  const blocked = await withBlocking(duck, options, twins);
  options.onProgress?.("finding pairs");
  const found = await findPairs(duck, blocked, {
    twins,
    signal,
    onProgress: (done, total) => options.onProgress?.("finding pairs", done / total),
  });
  await createValues(duck, blocked.comparisons, signal);
  options.onProgress?.("comparing pairs");
  await comparePairs(duck, blocked.comparisons, {
    signal,
    onProgress: (share) => options.onProgress?.("comparing pairs", share),
  });
  const trained = await withParameters(duck, blocked, options);
  options.onProgress?.("weighing pairs");
  await scorePairs(duck, trained, {
    areCompared: true,
    signal,
    onProgress: ({ scored, of }) => options.onProgress?.("weighing pairs", scored / of),
  });
  await dropLevels(duck);
  const blockedPairs = await readScored(duck, signal);
  const model = withThresholds(trained, blockedPairs, options.threshold);
  const { scored, components } = await closed(duck, model, { ...options, blockedPairs });
  options.onProgress?.("grouping");
  const representative = await readTwins(duck, records, signal);
  const groups = groupRecords(components, scored, {
    threshold: linkWeight(model),
    cohesion: cohesionOf(model),
    usualSize: usualGroupSize(model),
    together: known.same,
    apart: known.different,
  });
  return {
    model,
    found,
    scored,
    representative,
    groups: withTwins(groups, representative),
    torn: tornRecords(groups, scored, linkWeight(model)),
  };
}

async function withBlocking(duck: DuckDb, options: LinkOptions, twins: number): Promise<Model> {
  const { model, records, signal } = options;
  if (model.blocking.length > 0) {
    return model;
  }
  return { ...model, blocking: await autoBlocking(duck, model.fields, { records, twins, signal }) };
}

/**
 * A model with a prior has been trained, or written by somebody who knows. How common values are is counted
 * either way.
 */
async function withParameters(duck: DuckDb, model: Model, options: LinkOptions): Promise<Model> {
  if (model.prior !== undefined) {
    await countTerms(duck, model.comparisons, options.signal);
    await createShares(duck, model.comparisons, options.signal);
    return model;
  }
  options.onProgress?.("learning");
  const { seed, known, signal } = options;
  return await trainModel(duck, model, { seed, known, areCompared: true, signal });
}

function withThresholds(model: Model, scored: ScoredPairs, asked: number | undefined): Model {
  if (asked !== undefined) {
    return { ...model, thresholds: thresholdsAt(weightOfProbability(asked)) };
  }
  return model.thresholds === undefined
    ? { ...model, thresholds: thresholdsAt(chooseThreshold(model, scored)) }
    : model;
}

function linkWeight({ thresholds }: Model): number {
  return weightOfProbability(thresholds?.link ?? 0.5);
}

/** Compares everything with everything inside each component, so that groups rest on all there is to know. */
async function closed(
  duck: DuckDb,
  model: Model,
  {
    records,
    known = NOTHING_KNOWN,
    blockedPairs,
    signal,
    onProgress,
  }: LinkOptions & { readonly blockedPairs: ScoredPairs },
): Promise<{ readonly scored: ScoredPairs; readonly components: Int32Array }> {
  onProgress?.("comparing neighbours");
  const components = connect(records, blockedPairs, {
    minimumWeight: linkWeight(model),
    largest: LARGEST_COMPONENT,
    together: known.same,
  });
  const ids = Int32Array.from(components.keys());
  const first = await endOfPairs(duck, signal);
  await findNeighbourPairs(duck, { ids, components }, signal);
  await scoreFrom(duck, model, { first, signal });
  const neighbours = await readScoredOf(duck, NEIGHBOUR_RULE, signal);
  return { scored: mergeScored(blockedPairs, neighbours), components };
}

/**
 * Of equal records the first two were compared, with each other too. Where those are one, all are; where
 * they have too little in common with anybody, as two records that say nothing but `Smith`, each is alone.
 */
function withTwins(groups: Int32Array, representative: Int32Array): Int32Array {
  const firstTwin = new Map<number, number>();
  return groups.map((group, record) => {
    const first = representative[record] ?? record;
    if (first === record) {
      return group;
    }
    const compared = firstTwin.get(first) ?? record;
    firstTwin.set(first, compared);
    return groups[compared] === groups[first] ? (groups[first] ?? record) : group;
  });
}
