/**
 * Ascending ids as bytes: the differences of neighbours in LEB128 (DWARF 5, section 7.6), the first from
 * zero. Members of a segment lie close together, so that most take one byte.
 */
import { assert, InvariantError } from "../../../kernel/index.ts";

const MOST_BYTES = 8;

/**
 * The bytes of a list of ids.
 * @param ids strictly ascending, 1 to 2⁵³ − 1
 * @throws InvariantError when they are not
 */
export function encodeIds(ids: readonly bigint[] | Float64Array): Buffer {
  const bytes = Buffer.allocUnsafe(ids.length * MOST_BYTES);
  let [length, before] = [0, 0];
  // An iterator over either kind would take twice the time.
  for (let place = 0; place < ids.length; place += 1) {
    const current = Number(ids[place]);
    let rest = current - before;
    assert(
      rest > 0 && current <= Number.MAX_SAFE_INTEGER,
      () => "ids are encoded in ascending order",
    );
    before = current;
    while (rest > 0x7f) {
      bytes[length++] = 0x80 | (rest % 0x80);
      rest = Math.floor(rest / 0x80);
    }
    bytes[length++] = rest;
  }
  return Buffer.from(bytes.subarray(0, length));
}

/**
 * The ids that {@link encodeIds} made bytes of.
 * @throws InvariantError when the bytes end within an id
 */
export function decodeIds(bytes: Uint8Array): bigint[] {
  const ids: bigint[] = [];
  let [id, factor] = [0, 1];
  for (const byte of bytes) {
    id += (byte & 0x7f) * factor;
    factor *= 0x80;
    if (byte < 0x80) {
      ids.push(BigInt(id));
      factor = 1;
    }
  }
  if (factor !== 1) {
    throw new InvariantError("a list of ids ends within one");
  }
  return ids;
}

/** How many ids the bytes hold: each ends with the one byte whose highest bit is not set. */
export function countIds(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) {
    count += 1 - (byte >> 7);
  }
  return count;
}
