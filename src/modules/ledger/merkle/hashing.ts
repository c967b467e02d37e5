/**
 * The hashes of an RFC 6962 tree (§2.1; the same in RFC 9162 §2.1.1) with SHA-256. The first byte keeps
 * leaves and inner nodes apart, so that no inner node can be passed off as a leaf.
 */
import { hash } from "node:crypto";

/** Length of every hash in bytes. */
export const HASH_BYTES = 32;

const LEAF_PREFIX = Buffer.of(0x00);
const NODE_PREFIX = 0x01;

/**
 * SHA-256 as a text, one character a byte: how it comes cheapest, and how `Buffer.write` takes it back.
 * Measured for 65 bytes, 0.4 µs instead of 1.6 µs with `hash(…, "buffer")`, which allocates outside the
 * heap, and 2.8 µs with `createHash`.
 */
export function sha256Digest(bytes: Uint8Array): string {
  return hash("sha256", bytes, "binary");
}

/** SHA-256, in a pooled buffer. */
export function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(sha256Digest(bytes), "latin1");
}

/** The root of a tree without leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Buffer = sha256(new Uint8Array(0));

/** The hash of a leaf: SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array): Buffer {
  return sha256(Buffer.concat([LEAF_PREFIX, entry]));
}

/** What is hashed for a node; used again, since nothing else runs between filling and hashing it. */
const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, NODE_PREFIX);

/** The hash of an inner node: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return sha256(nodeInput);
}

/**
 * The root of a perfect tree over hashes that lie one after another. Pairs are hashed where they lie, level
 * by level: in half the time that a buffer for each hash takes.
 * @param hashes a power of two of them
 */
export function perfectRoot(hashes: Buffer): Buffer {
  const work = Buffer.from(hashes);
  for (let bytes = work.length; bytes > HASH_BYTES; bytes /= 2) {
    for (let at = 0; at < bytes; at += 2 * HASH_BYTES) {
      work.copy(nodeInput, 1, at, at + 2 * HASH_BYTES);
      work.write(sha256Digest(nodeInput), at / 2, "latin1");
    }
  }
  return work.subarray(0, HASH_BYTES);
}
