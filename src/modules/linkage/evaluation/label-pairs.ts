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

/** How many records of each entity one representative stands for. */
type Crowd = ReadonlyMap<number, number>;

/**
 * The crowds, by representative. Nearly every record stands for itself alone, and a million maps of one
 * entry took 400 MB: such a record has its entity in `alone`, all others are {@link UNLABELLED} there.
 */
interface Crowds {
  readonly alone: Int32Array;
  readonly several: ReadonlyMap<number, Crowd>;
}

interface Count {
  readonly pairs: number;
  readonly right: number;
}

/**
 * Says of each scored pair how many pairs of labelled records it stands for and how many of those are
 * truly the same; twins among themselves follow as entries of their own.
 */
export function labelPairs(scored: WeightedPairs, twins: Twins, truth: Truth): LabelledPairs {
  const crowds = crowdsOf(twins.representative, truth);
  const within = [...crowds.several].map(([representative, crowd]) => ({
    weight: twins.weightWithin(representative),
    ...pairsWithin(crowd),
  }));
  const size = scored.weight.length + within.length;
  const weights = new Float64Array(size);
  const pairs = new Float64Array(size);
  const right = new Float64Array(size);
  let entries = 0;
  const add = (weight: number, count: Count): void => {
    if (count.pairs > 0) {
      weights[entries] = weight;
      pairs[entries] = count.pairs;
      right[entries] = count.right;
      entries += 1;
    }
  };
  for (const [entry, weight] of scored.weight.entries()) {
    add(weight, pairsBetween(crowds, scored.l[entry] ?? 0, scored.r[entry] ?? 0));
  }
  for (const { weight, ...count } of within) {
    add(weight, count);
  }
  return {
    weights: weights.subarray(0, entries),
    pairs: pairs.subarray(0, entries),
    right: right.subarray(0, entries),
  };
}

function crowdsOf(representative: Int32Array, truth: Truth): Crowds {
  const isShared = new Uint8Array(truth.length);
  for (const [record, other] of representative.entries()) {
    if (record !== other) {
      isShared[record] = 1;
      isShared[other] = 1;
    }
  }
  const alone = truth.map((entity, record) => (isShared[record] === 1 ? UNLABELLED : entity));
  const several = new Map<number, Map<number, number>>();
  for (const [record, entity] of truth.entries()) {
    if (entity === UNLABELLED || isShared[record] === 0) {
      continue;
    }
    const standIn = representative[record] ?? record;
    const crowd = several.get(standIn) ?? new Map<number, number>();
    several.set(standIn, crowd);
    crowd.set(entity, (crowd.get(entity) ?? 0) + 1);
  }
  return { alone, several };
}

const NONE: Count = { pairs: 0, right: 0 };
const ONE_WRONG: Count = { pairs: 1, right: 0 };
const ONE_RIGHT: Count = { pairs: 1, right: 1 };

function pairsBetween(crowds: Crowds, l: number, r: number): Count {
  const left = crowds.alone[l] ?? UNLABELLED;
  const right = crowds.alone[r] ?? UNLABELLED;
  if (left !== UNLABELLED && right !== UNLABELLED) {
    return left === right ? ONE_RIGHT : ONE_WRONG;
  }
  const ofLeft = crowdOf(crowds, l);
  const ofRight = crowdOf(crowds, r);
  return ofLeft === undefined || ofRight === undefined ? NONE : between(ofLeft, ofRight);
}

function crowdOf({ alone, several }: Crowds, record: number): Crowd | undefined {
  const entity = alone[record] ?? UNLABELLED;
  return entity === UNLABELLED ? several.get(record) : new Map([[entity, 1]]);
}

function sum(crowd: Crowd): number {
  let records = 0;
  for (const size of crowd.values()) {
    records += size;
  }
  return records;
}

function between(left: Crowd, right: Crowd): Count {
  let same = 0;
  for (const [entity, size] of left) {
    same += size * (right.get(entity) ?? 0);
  }
  return { pairs: sum(left) * sum(right), right: same };
}

function pairsWithin(crowd: Crowd): Count {
  let same = 0;
  for (const size of crowd.values()) {
    same += pairsAmong(size);
  }
  return { pairs: pairsAmong(sum(crowd)), right: same };
}
