/**
 * What the judgements of persons and rules demand of the groups: pairs that must be together, pairs
 * that must not. Persons can contradict each other over several pairs, same(A, B), same(B, C),
 * different(A, C): then the newest is respected first, and those that cannot hold beside it are named.
 */
import { unreachable } from "../../../kernel/index.ts";
import type { PairState, Standing } from "./judgement.ts";

export interface Constraints {
  readonly together: readonly Standing[];
  readonly apart: readonly Standing[];
  /** Judgements that cannot hold beside stronger ones, the strongest first. */
  readonly overruled: readonly Standing[];
}

/**
 * The demands of a set of pairs. Persons come before rules. Among persons the newer comes first, since
 * one who looks again knows more; among rules the order of the pairs decides and not the log's, so that
 * records that arrive in another order end the same.
 */
export function constraintsOf(pairs: readonly PairState[]): Constraints {
  const rulings = pairs.map(({ ruling }) => ruling).filter(({ judge }) => judge !== "model");
  const persons = rulings
    .filter(({ judge }) => judge === "person")
    .toSorted((a, b) => (a.judgement > b.judgement ? -1 : 1));
  const rules = rulings.filter(({ judge }) => judge === "rule");
  const walls = new Walls();
  const together: Standing[] = [];
  const apart: Standing[] = [];
  const overruled: Standing[] = [];
  for (const ruling of [...persons, ...rules]) {
    switch (ruling.verdict) {
      case "same":
        (walls.join(ruling.left, ruling.right) ? together : overruled).push(ruling);
        break;
      case "different":
        (walls.separate(ruling.left, ruling.right) ? apart : overruled).push(ruling);
        break;
      case "unsure":
        break;
      default:
        unreachable(ruling.verdict);
    }
  }
  return { together, apart, overruled };
}

/** Groups that grow, and the walls between them that no later demand may break. */
class Walls {
  readonly #parents = new Map<bigint, bigint>();
  readonly #beyond = new Map<bigint, Set<bigint>>();

  /** Puts two records into one group. False, and nothing done, when a wall stands between them. */
  join(a: bigint, b: bigint): boolean {
    const [left, right] = [this.#find(a), this.#find(b)];
    if (left === right) {
      return true;
    }
    const [large, small] = this.#size(left) < this.#size(right) ? [right, left] : [left, right];
    if (this.#beyond.get(large)?.has(small) === true) {
      return false;
    }
    this.#parents.set(small, large);
    for (const other of this.#beyond.get(small) ?? []) {
      this.#beyond.get(other)?.delete(small);
      this.#wall(large, other);
    }
    this.#beyond.delete(small);
    return true;
  }

  /** Builds a wall. False, and nothing done, when the two are in one group. */
  separate(a: bigint, b: bigint): boolean {
    const [left, right] = [this.#find(a), this.#find(b)];
    if (left === right) {
      return false;
    }
    this.#wall(left, right);
    return true;
  }

  #wall(a: bigint, b: bigint): void {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const known = this.#beyond.get(one) ?? new Set();
      this.#beyond.set(one, known.add(other));
    }
  }

  /** How much work it is to move the group: its walls. */
  #size(root: bigint): number {
    return this.#beyond.get(root)?.size ?? 0;
  }

  #find(record: bigint): bigint {
    let root = record;
    for (let parent = this.#parents.get(root); parent !== undefined;) {
      root = parent;
      parent = this.#parents.get(root);
    }
    if (root !== record) {
      this.#parents.set(record, root);
    }
    return root;
  }
}
