/**
 * The leaves of the two trees of a delivery, in the bytes of docs/waybill.md sections 4 and 5. A leaf reveals
 * nothing about what it commits to, since guessing that is not enough: its salt is needed too.
 */
import { assert } from "../../../kernel/index.ts";
import { leafHash, sha256 } from "../merkle/hashing.ts";

/** The name of this scheme in a waybill. */
export const COMMITMENT_ALGORITHM = "RFC6962-SHA256/AES256-salted";

/**
 * 32 bytes: as long as the hash, so that finding a salt is as hard as finding a preimage. A shorter salt
 * would save nothing: it is derived, never stored.
 */
export const SALT_BYTES = 32;

/** Above every customer's number, which PostgreSQL holds in 8 bytes with a sign. */
export const BEYOND_CUSTOMERS = 2n ** 63n - 1n;

const LEAF_PREFIX = 0x00;
/** Of a customer's number. */
export const ID_BYTES = 8;
/** What a gap's hash is over, without the prefix of leaves. */
export const GAP_BYTES = SALT_BYTES + 2 * ID_BYTES;

/**
 * The leaf hash of a record: SHA-256(0x00 ‖ salt ‖ its canonical text in UTF-8).
 * @param record the text, or its bytes
 */
export function recordLeaf(salt: Uint8Array, record: string | Uint8Array): Buffer {
  const input = leafInput(typeof record === "string" ? Buffer.byteLength(record) : record.length);
  input.set(salt, 1);
  if (typeof record === "string") {
    input.write(record, 1 + SALT_BYTES, "utf8");
  } else {
    input.set(record, 1 + SALT_BYTES);
  }
  return sha256(input);
}

/** Records are shorter, as a rule: a larger one gets a buffer of its own. */
const SCRATCH_BYTES = 1024;
/** What is hashed for a leaf; used again, since nothing else runs between filling and hashing it. */
const scratch = Buffer.alloc(SCRATCH_BYTES, LEAF_PREFIX);

/** Room for the prefix, a salt and so many bytes more; the prefix is there. */
function leafInput(bytes: number): Buffer {
  const length = 1 + SALT_BYTES + bytes;
  return length <= SCRATCH_BYTES ? scratch.subarray(0, length) : Buffer.alloc(length, LEAF_PREFIX);
}

/** Numbers between which a delivery has no customer; both ends are outside of the gap. */
export interface Gap {
  /** A customer of the delivery, or 0 before the first. */
  readonly low: bigint;
  /** A customer of the delivery, or {@link BEYOND_CUSTOMERS} behind the last. */
  readonly high: bigint;
}

/** The leaf hash of a gap: SHA-256(0x00 ‖ salt ‖ low ‖ high), the numbers as 8 bytes big endian. */
export function gapLeaf(salt: Uint8Array, gap: Gap): Buffer {
  const bytes = Buffer.alloc(GAP_BYTES);
  bytes.set(salt);
  writeGap(gap, new DataView(bytes.buffer, bytes.byteOffset), SALT_BYTES);
  return leafHash(bytes);
}

/** Puts what stands behind the salt in a gap's leaf. @throws InvariantError when the gap is none */
export function writeGap({ low, high }: Gap, target: DataView, at: number): void {
  assert(low < high, () => "a gap ends behind its beginning");
  target.setBigUint64(at, low);
  target.setBigUint64(at + ID_BYTES, high);
}
