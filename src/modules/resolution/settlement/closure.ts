/**
 * Pairs that their neighbours find: two records that are both the same as a third are compared as well,
 * whatever their block keys. Whether the third is a bridge between two customers shows in their weight.
 */
import { orderedPair, pairKey } from "../judgement/judgement.ts";
import { type Evidence, FOUND_BY_NEIGHBOURS, FOUND_EQUAL, type Limits } from "./evidence.ts";

/**
 * Of each record only so many neighbours are paired with each other, the nearest. A record with more is
 * no customer's hub but a placeholder's, and the pairs would grow with the square of them.
 */
const MOST_NEIGHBOURS = 40;

/** A pair to be weighed. */
export interface Pair {
  readonly left: bigint;
  readonly right: bigint;
}

/**
 * The pairs that have a neighbour in common, over the edges that blocking found and that link, and are
 * not among the evidence. A pure function of that evidence, component by component.
 */
export function neighbourPairs(evidence: readonly Evidence[], limits: Limits): Pair[] {
  const known = new Set<string>();
  const neighbours = new Map<bigint, { readonly record: bigint; readonly weight: number }[]>();
  const meet = (record: bigint, other: bigint, weight: number): void => {
    const list = neighbours.get(record);
    if (list === undefined) {
      neighbours.set(record, [{ record: other, weight }]);
    } else {
      list.push({ record: other, weight });
    }
  };
  for (const { left, right, weight, foundBy } of evidence) {
    if (foundBy !== FOUND_BY_NEIGHBOURS) {
      known.add(pairKey({ left, right }));
    }
    if (foundBy > FOUND_BY_NEIGHBOURS && weight >= limits.link) {
      meet(left, right, weight);
      meet(right, left, weight);
    }
  }
  const found = new Map<string, Pair>();
  for (const list of neighbours.values()) {
    const nearest = list
      .toSorted((a, b) => b.weight - a.weight || Number(a.record - b.record))
      .slice(0, MOST_NEIGHBOURS);
    for (const pair of pairsAmong(nearest.map(({ record }) => record))) {
      const key = pairKey(pair);
      if (!known.has(key)) {
        found.set(key, pair);
      }
    }
  }
  return [...found.values()];
}

function* pairsAmong(records: readonly bigint[]): Generator<Pair> {
  for (const [index, one] of records.entries()) {
    for (const other of records.slice(index + 1)) {
      yield orderedPair(one, other);
    }
  }
}

/** Whether a weight belongs to two records that say the same. */
export function isTwin({ foundBy }: Pick<Evidence, "foundBy">): boolean {
  return foundBy === FOUND_EQUAL;
}
