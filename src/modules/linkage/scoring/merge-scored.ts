import { must } from "../../../kernel/index.ts";
import type { ScoredPairs } from "../store/scored.ts";

/** Where a pair comes from: one of two sources, and its place there. */
interface Cursor {
  readonly pairs: ScoredPairs;
  place: number;
}

/**
 * Puts scored pairs together that are each in the order of `l` and `r`, in that order. Reading the few
 * that closing adds, and merging them, spares reading millions again.
 */
export function mergeScored(one: ScoredPairs, other: ScoredPairs): ScoredPairs {
  const length = one.l.length + other.l.length;
  const merged: ScoredPairs = {
    l: new Int32Array(length),
    r: new Int32Array(length),
    weight: new Float64Array(length),
    rule: new Uint8Array(length),
    telling: new Uint8Array(length),
  };
  const [a, b]: readonly [Cursor, Cursor] = [
    { pairs: one, place: 0 },
    { pairs: other, place: 0 },
  ];
  for (let place = 0; place < length; place += 1) {
    copyNext(isBefore(a, b) ? a : b, merged, place);
  }
  return merged;
}

function isBefore(one: Cursor, other: Cursor): boolean {
  const l = one.pairs.l[one.place];
  const otherL = other.pairs.l[other.place];
  if (l === undefined || otherL === undefined) {
    return l !== undefined;
  }
  return l === otherL
    ? (one.pairs.r[one.place] ?? 0) < (other.pairs.r[other.place] ?? 0)
    : l < otherL;
}

function copyNext(from: Cursor, to: ScoredPairs, place: number): void {
  const { pairs } = from;
  to.l[place] = must(pairs.l[from.place], "a source that is before has a pair");
  to.r[place] = must(pairs.r[from.place], "arrays are equally long");
  to.weight[place] = must(pairs.weight[from.place], "arrays are equally long");
  to.rule[place] = must(pairs.rule[from.place], "arrays are equally long");
  to.telling[place] = must(pairs.telling[from.place], "arrays are equally long");
  from.place += 1;
}
