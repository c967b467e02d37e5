/** From scored pairs to groups: each component on its own, so that a part can be grouped again alone. */
import { TELLS_NOTHING } from "../model/telling.ts";
import { agglomerate, type Constraints, type WeightMatrix } from "./agglomeration.ts";
import type { WeighedPairs } from "./components.ts";

/** What pairs weigh that nobody scored: they agree on too little to be brought together. */
const UNSCORED = -20;

/**
 * Groups `count` records.
 * @param components of each record, as {@link connect} names them; pairs between components are ignored
 * @param pairs all pairs within components, scored
 * @returns the group of each record, named by its smallest record
 */
export function groupRecords(
  components: Int32Array,
  pairs: WeighedPairs,
  constraints: Constraints,
): Int32Array {
  const members = membersOf(components);
  const entries = entriesWithin(components, pairs);
  const together = byComponent(components, constraints.together);
  const apart = byComponent(components, constraints.apart);
  const groups = Int32Array.from(components.keys());
  for (const [component, records] of members) {
    const place = new Map(records.map((record, index) => [record, index]));
    const placed = (all: readonly (readonly [number, number])[]): [number, number][] =>
      all.map(([a, b]) => [place.get(a) ?? 0, place.get(b) ?? 0]);
    const matrix = matrixOf(place, pairs, entries.get(component) ?? []);
    const labels = agglomerate(matrix, {
      threshold: constraints.threshold,
      cohesion: constraints.cohesion,
      usualSize: constraints.usualSize,
      together: placed(together.get(component) ?? []),
      apart: placed(apart.get(component) ?? []),
    });
    for (const [index, label] of labels.entries()) {
      groups[records[index] ?? 0] = records[label] ?? 0;
    }
  }
  return groups;
}

/** The records of each component of two or more, smallest first. */
function membersOf(components: Int32Array): Map<number, number[]> {
  const members = new Map<number, number[]>();
  for (const [record, component] of components.entries()) {
    if (record !== component) {
      const known = members.get(component);
      if (known === undefined) {
        members.set(component, [component, record]);
      } else {
        known.push(record);
      }
    }
  }
  return members;
}

/** The entries whose two records are of one component, by component. */
function entriesWithin(components: Int32Array, pairs: WeighedPairs): Map<number, number[]> {
  const entries = new Map<number, number[]>();
  for (const [entry, l] of pairs.l.entries()) {
    const component = components[l] ?? 0;
    if (component !== components[pairs.r[entry] ?? 0]) {
      continue;
    }
    const known = entries.get(component);
    if (known === undefined) {
      entries.set(component, [entry]);
    } else {
      known.push(entry);
    }
  }
  return entries;
}

function byComponent(
  components: Int32Array,
  pairs: readonly (readonly [number, number])[],
): Map<number, (readonly [number, number])[]> {
  return Map.groupBy(
    pairs.filter(([a, b]) => components[a] === components[b]),
    ([a]) => components[a] ?? 0,
  );
}

function matrixOf(
  place: ReadonlyMap<number, number>,
  pairs: WeighedPairs,
  entries: readonly number[],
): WeightMatrix {
  const size = place.size;
  const weights = new Float64Array(size * size).fill(UNSCORED);
  const telling = new Uint8Array(size * size);
  for (const entry of entries) {
    const l = place.get(pairs.l[entry] ?? 0) ?? 0;
    const r = place.get(pairs.r[entry] ?? 0) ?? 0;
    const weight = pairs.weight[entry] ?? UNSCORED;
    weights[l * size + r] = weight;
    weights[r * size + l] = weight;
    telling[l * size + r] = pairs.telling?.[entry] ?? TELLS_NOTHING;
    telling[r * size + l] = pairs.telling?.[entry] ?? TELLS_NOTHING;
  }
  return { size, weights, telling };
}
