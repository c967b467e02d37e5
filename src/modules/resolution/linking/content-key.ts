/**
 * The key of all that a record says. Records that say the same share it, and only the one with the
 * smallest id, their representative, has block keys beside it: a million equal records cost what one
 * costs. The lowest bit tells the two kinds of keys apart.
 */
import type { PreparedValue } from "../../linkage/index.ts";

/** All that a record says, as a text: its prepared values in the order of the prepared columns. */
export function contentText(values: readonly PreparedValue[]): string {
  return JSON.stringify(values);
}

/** The key of what a record says: a hash with the lowest bit set. */
export function contentKey(hash: bigint): bigint {
  return hash | 1n;
}

/** A block key: a hash with the lowest bit cleared. */
export function blockKey(hash: bigint): bigint {
  return hash & ~1n;
}

export function isContentKey(key: bigint): boolean {
  return (key & 1n) === 1n;
}
