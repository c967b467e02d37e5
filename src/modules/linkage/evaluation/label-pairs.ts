/** Scored pairs of representatives, as the pairs of records that they stand for. */
import type { LabelledPairs } from "./pairs.ts";
import { pairsAmong } from "./rates.ts";
import { type Truth, UNLABELLED } from "./truth.ts";

/** Pairs of records by index, side by side, with their weights. */
export interface WeightedPairs {
  readonly l: Int32Array;
  readonly r: Int32Array;
  readonly weight: Float64Array;
}

/** Records that are the same in every field are compared once, through one of them. */
export interface Twins {
  /** By record: the record that was compared in its place, itself for most. */
  readonly representative: Int32Array;
  /** By record: the weight of the comparison of a representative with a twin of its own. */
  readonly weightWithin: (representative: number) => number;
}

/** How many records of an entity one representative stands for. */
type Crowd = ReadonlyMap<number, number>;

/**
 * Says of each scored pair how many pairs of labelled records it stands for and how many of those are
 * truly the same; twins among themselves follow as entries of their own.
 */
export function labelPairs(scored: WeightedPairs, twins: Twins, truth: Truth): LabelledPairs {
  const crowds = crowdsOf(twins.representative, truth);
  const weights: number[] = [];
  const pairs: number[] = [];
  const right: number[] = [];
  const add = (weight: number, count: { pairs: number; right: number }): void => {
    if (count.pairs > 0) {
      weights.push(weight);
      pairs.push(count.pairs);
      right.push(count.right);
    }
  };
  for (const [entry, weight] of scored.weight.entries()) {
    const left = crowds.get(scored.l[entry] ?? UNLABELLED);
    const other = crowds.get(scored.r[entry] ?? UNLABELLED);
    if (left !== undefined && other !== undefined) {
      add(weight, between(left, other));
    }
  }
  for (const [representative, crowd] of crowds) {
    const count = within(crowd);
    if (count.pairs > 0) {
      add(twins.weightWithin(representative), count);
    }
  }
  return {
    weights: Float64Array.from(weights),
    pairs: Float64Array.from(pairs),
    right: Float64Array.from(right),
  };
}

function crowdsOf(representative: Int32Array, truth: Truth): Map<number, Crowd> {
  const crowds = new Map<number, Map<number, number>>();
  for (const [record, entity] of truth.entries()) {
    if (entity === UNLABELLED) {
      continue;
    }
    const standIn = representative[record] ?? record;
    const crowd = crowds.get(standIn) ?? new Map<number, number>();
    crowds.set(standIn, crowd);
    crowd.set(entity, (crowd.get(entity) ?? 0) + 1);
  }
  return crowds;
}

function sum(crowd: Crowd): number {
  let records = 0;
  for (const size of crowd.values()) {
    records += size;
  }
  return records;
}

function between(left: Crowd, right: Crowd): { pairs: number; right: number } {
  let same = 0;
  for (const [entity, size] of left) {
    same += size * (right.get(entity) ?? 0);
  }
  return { pairs: sum(left) * sum(right), right: same };
}

function within(crowd: Crowd): { pairs: number; right: number } {
  let same = 0;
  for (const size of crowd.values()) {
    same += pairsAmong(size);
  }
  return { pairs: pairsAmong(sum(crowd)), right: same };
}
