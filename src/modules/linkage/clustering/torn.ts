import { CONTRADICTS } from "../model/telling.ts";
import type { WeighedPairs } from "./components.ts";

/**
 * The records that wait for a person, in ascending order: linked to two groups that are not theirs and that
 * contradict each other, by pairs that weigh at least `threshold`.
 */
export function tornRecords(
  groups: Int32Array,
  pairs: WeighedPairs,
  threshold: number,
): readonly number[] {
  const rivals = new Map<number, Set<number>>();
  const links = new Map<number, Set<number>>();
  for (const [entry, l] of pairs.l.entries()) {
    const r = pairs.r[entry] ?? l;
    const [ofLeft, ofRight] = [groups[l] ?? l, groups[r] ?? r];
    if (ofLeft === ofRight) {
      continue;
    }
    if ((pairs.weight[entry] ?? 0) >= threshold) {
      add(links, l, ofRight);
      add(links, r, ofLeft);
    } else if (pairs.telling?.[entry] === CONTRADICTS) {
      add(rivals, ofLeft, ofRight);
      add(rivals, ofRight, ofLeft);
    }
  }
  return [...links]
    .filter(([, fits]) =>
      [...fits].some((one) => [...fits].some((other) => rivals.get(one)?.has(other) === true)),
    )
    .map(([record]) => record)
    .toSorted((a, b) => a - b);
}

function add(sets: Map<number, Set<number>>, key: number, value: number): void {
  const known = sets.get(key);
  if (known === undefined) {
    sets.set(key, new Set([value]));
  } else {
    known.add(value);
  }
}
