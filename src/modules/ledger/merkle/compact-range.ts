/**
 * The root of a growing tree in O(log n) memory: only the roots of the perfect subtrees on its right
 * border are kept, one per set bit of the size, like the digits of a binary counter.
 */
import { EMPTY_ROOT, nodeHash } from "./hashing.ts";

export class CompactRange {
  /** `#border[i]` is the perfect subtree of 2^i leaves, when bit i of the size is set. */
  readonly #border: (Buffer | undefined)[] = [];
  #size = 0;

  /** How many leaves were appended. */
  get size(): number {
    return this.#size;
  }

  /** Appends a leaf by its hash (see `leafHash`). Amortised one node hash a leaf. */
  append(leaf: Buffer): void {
    let carry = leaf;
    let level = 0;
    let left = this.#border[level];
    while (left !== undefined) {
      carry = nodeHash(left, carry);
      this.#border[level] = undefined;
      level += 1;
      left = this.#border[level];
    }
    this.#border[level] = carry;
    this.#size += 1;
  }

  /** The root over all leaves so far: RFC 6962 §2.1 `MTH`. */
  root(): Buffer {
    let root: Buffer | undefined;
    for (const subtree of this.#border) {
      if (subtree !== undefined) {
        root = root === undefined ? subtree : nodeHash(subtree, root);
      }
    }
    return root ?? EMPTY_ROOT;
  }
}
