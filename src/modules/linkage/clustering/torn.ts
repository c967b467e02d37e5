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
  const doubtful = [...linksOf(groups, pairs, threshold)].filter(([, fits]) => fits.size > 1);
  const asked = new Set(doubtful.flatMap(([, fits]) => [...fits]));
  const rivals = rivalsOf(groups, pairs, { threshold, asked });
  return doubtful
    .filter(([, fits]) =>
      [...fits].some((one) => [...fits].some((other) => rivals.get(one)?.has(other) === true)),
    )
    .map(([record]) => record)
    .toSorted((a, b) => a - b);
}

/** By record: the groups that are not its own and that it is linked to. */
function linksOf(
  groups: Int32Array,
  { l, r, weight }: WeighedPairs,
  threshold: number,
): ReadonlyMap<number, ReadonlySet<number>> {
  const links = new Map<number, Set<number>>();
  for (let entry = 0; entry < l.length; entry += 1) {
    const [left, right] = [l[entry] ?? 0, r[entry] ?? 0];
    const [ofLeft, ofRight] = [groups[left] ?? left, groups[right] ?? right];
    if (ofLeft !== ofRight && (weight[entry] ?? 0) >= threshold) {
      add(links, left, ofRight);
      add(links, right, ofLeft);
    }
  }
  return links;
}

/** By group, of those that are asked about: the groups that contradict it. */
function rivalsOf(
  groups: Int32Array,
  { l, r, weight, telling }: WeighedPairs,
  { threshold, asked }: { readonly threshold: number; readonly asked: ReadonlySet<number> },
): ReadonlyMap<number, ReadonlySet<number>> {
  const rivals = new Map<number, Set<number>>();
  for (let entry = 0; entry < l.length; entry += 1) {
    if (telling?.[entry] === CONTRADICTS && (weight[entry] ?? 0) < threshold) {
      const [left, right] = [l[entry] ?? 0, r[entry] ?? 0];
      const [ofLeft, ofRight] = [groups[left] ?? left, groups[right] ?? right];
      if (ofLeft !== ofRight && asked.has(ofLeft) && asked.has(ofRight)) {
        add(rivals, ofLeft, ofRight);
        add(rivals, ofRight, ofLeft);
      }
    }
  }
  return rivals;
}

function add(sets: Map<number, Set<number>>, key: number, value: number): void {
  const known = sets.get(key);
  if (known === undefined) {
    sets.set(key, new Set([value]));
  } else {
    known.add(value);
  }
}
