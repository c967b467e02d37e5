/**
 * The root of a growing tree in O(log n) memory. Leaves are gathered until they fill a perfect subtree that is
 * hashed at once; of those only the roots on the right border of the tree are kept, one per set bit of their
 * number, like the digits of a binary counter.
 */
import { assert } from "../../../kernel/index.ts";
import { EMPTY_ROOT, HASH_BYTES, nodeHash, perfectRoot } from "./hashing.ts";
import { batchRoot, LANES_BATCH } from "./lanes/lanes.ts";

/** Leaves of a subtree that is hashed at once. */
const BATCH_BYTES = LANES_BATCH * HASH_BYTES;
/** Most trees are small: room for so many leaves at first. */
const FIRST_BYTES = 8 * HASH_BYTES;

export class CompactRange {
  /** `#subtrees[i]` is the root over 2^i batches that want a sibling, while bit i of the batches' number is set. */
  readonly #subtrees: (Buffer | undefined)[] = [];
  /** Hashes of the leaves that fill no batch yet, one after another. */
  #pending = Buffer.allocUnsafe(FIRST_BYTES);
  #pendingBytes = 0;
  #size = 0;

  /** How many leaves were appended. */
  get size(): number {
    return this.#size;
  }

  /** Appends a leaf by its hash (see `leafHash`), which is copied. */
  append(leaf: Uint8Array): void {
    this.#room(HASH_BYTES).set(leaf, this.#pendingBytes);
    this.#appended(HASH_BYTES);
  }

  /** Appends a leaf by its hash as `sha256Digest` gives it. */
  appendDigest(leaf: string): void {
    this.#room(HASH_BYTES).write(leaf, this.#pendingBytes, "latin1");
    this.#appended(HASH_BYTES);
  }

  /** Appends leaves by their hashes, one after another. @throws InvariantError when they end within one */
  appendAll(leaves: Uint8Array): void {
    assert(leaves.length % HASH_BYTES === 0, () => `a hash has ${HASH_BYTES} bytes`);
    for (let at = 0; at < leaves.length;) {
      const end = Math.min(leaves.length, at + BATCH_BYTES - this.#pendingBytes);
      this.#appendSome(leaves.subarray(at, end));
      at = end;
    }
  }

  /** The root over all leaves so far: RFC 6962 §2.1 `MTH`. */
  root(): Buffer {
    let root: Buffer | undefined;
    let end = this.#pendingBytes;
    for (let bytes = HASH_BYTES; end > 0; bytes *= 2) {
      if ((end & bytes) !== 0) {
        root = above(perfectRoot(this.#pending.subarray(end - bytes, end)), root);
        end -= bytes;
      }
    }
    for (const subtree of this.#subtrees) {
      root = subtree === undefined ? root : above(subtree, root);
    }
    return root ?? EMPTY_ROOT;
  }

  /** Leaves that fill a batch at most, with those that wait for it. */
  #appendSome(leaves: Uint8Array): void {
    if (leaves.length === BATCH_BYTES) {
      this.#size += LANES_BATCH;
      this.#close(leaves);
      return;
    }
    this.#room(leaves.length).set(leaves, this.#pendingBytes);
    this.#appended(leaves.length);
  }

  /** The buffer with room for so many bytes more. */
  #room(bytes: number): Buffer {
    const needed = this.#pendingBytes + bytes;
    if (needed > this.#pending.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#pending.length * 2));
      larger.set(this.#pending);
      this.#pending = larger;
    }
    return this.#pending;
  }

  #appended(bytes: number): void {
    this.#size += bytes / HASH_BYTES;
    this.#pendingBytes += bytes;
    if (this.#pendingBytes === BATCH_BYTES) {
      this.#close(this.#pending.subarray(0, BATCH_BYTES));
      this.#pendingBytes = 0;
    }
  }

  /** Takes a whole batch into the border. */
  #close(leaves: Uint8Array): void {
    let root = batchRoot(leaves);
    let level = 0;
    for (let left = this.#subtrees[0]; left !== undefined; left = this.#subtrees[level]) {
      root = nodeHash(left, root);
      this.#subtrees[level] = undefined;
      level += 1;
    }
    this.#subtrees[level] = root;
  }
}

/** The root over a subtree and what stands on its right. */
function above(left: Buffer, right: Buffer | undefined): Buffer {
  return right === undefined ? left : nodeHash(left, right);
}
