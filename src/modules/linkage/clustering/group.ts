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
  const count = components.length;
  const members = shelve(count, { items: count, shelfOf: (record) => components[record] ?? 0 });
  const entries = shelve(count, {
    items: pairs.l.length,
    shelfOf(entry) {
      const component = components[pairs.l[entry] ?? 0] ?? 0;
      return component === components[pairs.r[entry] ?? 0] ? component : NOWHERE;
    },
  });
  const together = byComponent(components, constraints.together);
  const apart = byComponent(components, constraints.apart);
  const groups = Int32Array.from(components.keys());
  const place = new Int32Array(count);
  for (let component = 0; component < count; component += 1) {
    const records = itemsOn(members, component);
    if (records.length < 2) {
      continue;
    }
    records.forEach((record, index) => {
      place[record] = index;
    });
    const placed = (all: readonly (readonly [number, number])[]): [number, number][] =>
      all.map(([a, b]) => [place[a] ?? 0, place[b] ?? 0]);
    const within = itemsOn(entries, component);
    const labels = agglomerate(matrixOf(pairs, { entries: within, place, size: records.length }), {
      threshold: constraints.threshold,
      cohesion: constraints.cohesion,
      usualSize: constraints.usualSize,
      together: placed(together.get(component) ?? []),
      apart: placed(apart.get(component) ?? []),
    });
    labels.forEach((label, index) => {
      groups[records[index] ?? 0] = records[label] ?? 0;
    });
  }
  return groups;
}

/** Numbered things side by side, shelf by shelf, in their order: shelf `s` from `starts[s]` to `starts[s + 1]`. */
interface Shelves {
  readonly starts: Int32Array;
  readonly items: Int32Array;
}

/** Stands on no shelf. */
const NOWHERE = -1;

/** Puts things on shelves by counting; a list for each of hundreds of thousands takes ten times as long. */
function shelve(
  shelves: number,
  { items, shelfOf }: { readonly items: number; readonly shelfOf: (item: number) => number },
): Shelves {
  const starts = new Int32Array(shelves + 1);
  for (let item = 0; item < items; item += 1) {
    const shelf = shelfOf(item);
    if (shelf !== NOWHERE) {
      starts[shelf + 1] = (starts[shelf + 1] ?? 0) + 1;
    }
  }
  for (let shelf = 0; shelf < shelves; shelf += 1) {
    starts[shelf + 1] = (starts[shelf + 1] ?? 0) + (starts[shelf] ?? 0);
  }
  const next = starts.slice();
  const shelved = new Int32Array(starts[shelves] ?? 0);
  for (let item = 0; item < items; item += 1) {
    const shelf = shelfOf(item);
    if (shelf !== NOWHERE) {
      const at = next[shelf] ?? 0;
      shelved[at] = item;
      next[shelf] = at + 1;
    }
  }
  return { starts, items: shelved };
}

function itemsOn({ starts, items }: Shelves, shelf: number): Int32Array {
  return items.subarray(starts[shelf], starts[shelf + 1]);
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
  pairs: WeighedPairs,
  {
    entries,
    place,
    size,
  }: {
    readonly entries: Int32Array;
    /** By record: its place in the matrix. */
    readonly place: Int32Array;
    readonly size: number;
  },
): WeightMatrix {
  const weights = new Float64Array(size * size).fill(UNSCORED);
  const telling = new Uint8Array(size * size);
  for (const entry of entries) {
    const l = place[pairs.l[entry] ?? 0] ?? 0;
    const r = place[pairs.r[entry] ?? 0] ?? 0;
    const weight = pairs.weight[entry] ?? UNSCORED;
    weights[l * size + r] = weight;
    weights[r * size + l] = weight;
    telling[l * size + r] = pairs.telling?.[entry] ?? TELLS_NOTHING;
    telling[r * size + l] = pairs.telling?.[entry] ?? TELLS_NOTHING;
  }
  return { size, weights, telling };
}
