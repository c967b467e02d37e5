/** Records that chains of pairs connect: within one component everything is compared with everything. */

/** Pairs of records by index, side by side, each once, with their weights in log2 odds. */
export interface WeighedPairs {
  readonly l: Int32Array;
  readonly r: Int32Array;
  readonly weight: Float64Array;
  /** What each tells beside its weight, as `tellingNumber` has it; undefined: nothing. */
  readonly telling?: Uint8Array | undefined;
}

/** Union-find with path halving; the root of a set is its smallest member. */
export class DisjointSets {
  readonly #parent: Int32Array;
  readonly #size: Int32Array;

  constructor(count: number) {
    this.#parent = Int32Array.from({ length: count }, (_, record) => record);
    this.#size = new Int32Array(count).fill(1);
  }

  find(record: number): number {
    const parent = this.#parent;
    let at = record;
    let up = parent[at] ?? at;
    while (up !== at) {
      const above = parent[up] ?? up;
      parent[at] = above;
      at = above;
      up = parent[at] ?? at;
    }
    return at;
  }

  sizeOf(record: number): number {
    return this.#size[this.find(record)] ?? 1;
  }

  unite(a: number, b: number): void {
    const [low, high] = inOrder(this.find(a), this.find(b));
    if (low !== high) {
      this.#parent[high] = low;
      this.#size[low] = (this.#size[low] ?? 1) + (this.#size[high] ?? 1);
    }
  }

  /** The root of each record. */
  roots(): Int32Array {
    return this.#parent.map((_, record) => this.find(record));
  }
}

function inOrder(a: number, b: number): readonly [number, number] {
  return a < b ? [a, b] : [b, a];
}

export interface ComponentOptions {
  /** Pairs below this weight connect nothing. */
  readonly minimumWeight: number;
  /** Components do not grow above this many records. */
  readonly largest: number;
  /** Pairs of records that belong together whatever they weigh and however many there are. */
  readonly together?: readonly (readonly [number, number])[] | undefined;
}

/**
 * The component of each of `count` records, named by its smallest record. A component that would have
 * more than `largest` records is built again from its heaviest pairs down (Kruskal's order), leaving out
 * each pair that would make it too large; so it is a function of its own pairs and of nothing else.
 */
export function connect(count: number, pairs: WeighedPairs, options: ComponentOptions): Int32Array {
  const { minimumWeight, largest, together = [] } = options;
  const open = new DisjointSets(count);
  for (const [l, r] of together) {
    open.unite(l, r);
  }
  for (const [entry, weight] of pairs.weight.entries()) {
    if (weight >= minimumWeight) {
      open.unite(pairs.l[entry] ?? 0, pairs.r[entry] ?? 0);
    }
  }
  const heavy = heaviestFirst(pairs, (entry) => {
    const isHeavy = (pairs.weight[entry] ?? 0) >= minimumWeight;
    return isHeavy && open.sizeOf(pairs.l[entry] ?? 0) > largest;
  });
  if (heavy.length === 0) {
    return open.roots();
  }
  return rebuilt(open, { pairs, heavy, largest, together });
}

function rebuilt(
  open: DisjointSets,
  {
    pairs,
    heavy,
    largest,
    together,
  }: {
    readonly pairs: WeighedPairs;
    readonly heavy: Uint32Array;
    readonly largest: number;
    readonly together: readonly (readonly [number, number])[];
  },
): Int32Array {
  const roots = open.roots();
  const capped = new DisjointSets(roots.length);
  for (const [record, root] of roots.entries()) {
    if (open.sizeOf(root) <= largest) {
      capped.unite(record, root);
    }
  }
  for (const [l, r] of together) {
    capped.unite(l, r);
  }
  for (const entry of heavy) {
    const l = pairs.l[entry] ?? 0;
    const r = pairs.r[entry] ?? 0;
    if (capped.find(l) !== capped.find(r) && capped.sizeOf(l) + capped.sizeOf(r) <= largest) {
      capped.unite(l, r);
    }
  }
  return capped.roots();
}

/** Heavier first; of equals, the smaller left record, then the smaller right one. */
function heaviestFirst(pairs: WeighedPairs, isWanted: (entry: number) => boolean): Uint32Array {
  const { l, r, weight } = pairs;
  const entries: number[] = [];
  for (const entry of weight.keys()) {
    if (isWanted(entry)) {
      entries.push(entry);
    }
  }
  return Uint32Array.from(entries).sort(
    (a, b) =>
      (weight[b] ?? 0) - (weight[a] ?? 0) || (l[a] ?? 0) - (l[b] ?? 0) || (r[a] ?? 0) - (r[b] ?? 0),
  );
}
