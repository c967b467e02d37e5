/** What holds the records of a customer together, and where it is weakest. Pure. */
import type { Standing } from "./judgement.ts";

/**
 * The fewest and strongest judgements that connect records: the maximum spanning forest (Kruskal), the
 * weakest link first. Judgements of persons and rules are stronger than any weight.
 * @param rulings one for each pair
 */
export function strongestLinks(rulings: readonly Standing[]): Standing[] {
  const trees = new Trees();
  return rulings
    .filter(({ verdict }) => verdict !== "different")
    .toSorted((a, b) => strengthOf(b) - strengthOf(a) || Number(a.left - b.left))
    .filter(({ left, right }) => trees.join(left, right))
    .toReversed();
}

/** A link, and what hangs on it. */
export interface WeakestLink {
  readonly link: Standing;
  /** The records that the link connects: those on the side of its smaller record, and those on the other. */
  readonly sides: readonly [ReadonlySet<bigint>, ReadonlySet<bigint>];
}

/**
 * The weakest of the links that connect records, and the two parts that they fall into without it: no pair
 * between the two weighs more. Undefined where nothing is connected.
 */
export function weakestLink(rulings: readonly Standing[]): WeakestLink | undefined {
  const [link, ...others] = strongestLinks(rulings);
  if (link === undefined) {
    return undefined;
  }
  const trees = new Trees();
  for (const { left, right } of others) {
    trees.join(left, right);
  }
  return { link, sides: [trees.of(link.left), trees.of(link.right)] };
}

/** Sets of records that grow together. */
class Trees {
  readonly #trees = new Map<bigint, Set<bigint>>();

  /** The records that are connected with one, itself among them. */
  of(record: bigint): Set<bigint> {
    const tree = this.#trees.get(record) ?? new Set([record]);
    this.#trees.set(record, tree);
    return tree;
  }

  /** Connects two records. False where they are connected already. The smaller tree grows into the larger one. */
  join(a: bigint, b: bigint): boolean {
    const [left, right] = [this.of(a), this.of(b)];
    if (left === right) {
      return false;
    }
    const [large, small] = left.size < right.size ? [right, left] : [left, right];
    for (const record of small) {
      large.add(record);
      this.#trees.set(record, large);
    }
    return true;
  }
}

function strengthOf({ judge, weight, verdict }: Standing): number {
  if (judge !== "model") {
    return verdict === "same" ? Number.MAX_VALUE : -Number.MAX_VALUE;
  }
  return weight ?? 0;
}
