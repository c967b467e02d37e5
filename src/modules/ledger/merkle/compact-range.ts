/**
 * The root of a growing tree in O(log n) memory: only the roots of the perfect subtrees on its right
 * border are kept, one per set bit of the size, like the digits of a binary counter.
 */
import { must } from "../../../kernel/index.ts";
import { EMPTY_ROOT, NodeInput } from "./hashing.ts";

export class CompactRange {
  /**
   * `#nodes[i]` is a node above level i, about to be hashed. While bit i of the size is set, its left child
   * is the perfect subtree of 2^i leaves that still wants a sibling.
   */
  readonly #nodes: NodeInput[] = [];
  #size = 0;

  /** How many leaves were appended. */
  get size(): number {
    return this.#size;
  }

  /** Appends a leaf by its hash (see `leafHash`), which is copied. */
  append(leaf: Uint8Array): void {
    this.appendDigest(Buffer.from(leaf).toString("latin1"));
  }

  /**
   * Appends a leaf by its hash as `sha256Digest` gives it. Amortised one node hash a leaf and little else,
   * since a digest is written once, to where it is hashed again.
   */
  appendDigest(leaf: string): void {
    let digest = leaf;
    let level = 0;
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      digest = this.#at(level).digestWith(digest);
      level += 1;
    }
    this.#nodes[level] ??= new NodeInput();
    this.#at(level).setLeft(digest);
    this.#size += 1;
  }

  /** The root over all leaves so far: RFC 6962 §2.1 `MTH`. */
  root(): Buffer {
    let root: string | undefined;
    for (let level = 0, rest = this.#size; rest > 0; level += 1, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) {
        const node = this.#at(level);
        root = root === undefined ? node.left() : node.digestWith(root);
      }
    }
    return root === undefined ? EMPTY_ROOT : Buffer.from(root, "latin1");
  }

  #at(level: number): NodeInput {
    return must(this.#nodes[level], "a level has a node from its first subtree on");
  }
}
