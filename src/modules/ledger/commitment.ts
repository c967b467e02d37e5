/**
 * Salted commitments to records. A leaf reveals nothing about its record, since guessing the record is
 * not enough: its salt is needed too. Salts come from one secret per delivery, so that
 * - one record can be shown to have left, by its salt, without opening the others;
 * - the holder of the secret can recompute the whole root;
 * - destroying the secret makes the remaining hashes meaningless.
 */
import { createHmac, randomBytes } from "node:crypto";
import { assert } from "../../kernel/index.ts";
import { HASH_BYTES, sha256 } from "./merkle/hashing.ts";

/** The name of this scheme in a waybill. */
export const COMMITMENT_ALGORITHM = "RFC6962-SHA256/HMAC-SHA256-salted";

/**
 * 32 bytes: as long as the hash, so that finding a salt is as hard as finding a preimage. A shorter salt
 * would save nothing: it is derived, never stored.
 */
export const SALT_BYTES = 32;

const LEAF_PREFIX = 0x00;

/** A fresh secret for one delivery. */
export function newDeliverySecret(): Buffer {
  return randomBytes(SALT_BYTES);
}

/** The salt of the record at `index`: HMAC-SHA256(secret, index as 8 bytes big endian). */
export function recordSalt(secret: Uint8Array, index: number): Buffer {
  assert(secret.length === SALT_BYTES, () => `a delivery secret has ${SALT_BYTES} bytes`);
  const message = Buffer.allocUnsafe(8);
  message.writeBigUInt64BE(BigInt(index));
  return createHmac("sha256", secret).update(message).digest();
}

/** The leaf hash of a record: SHA-256(0x00 ‖ salt ‖ UTF-8 of its canonical text). */
export function recordLeaf(salt: Uint8Array, canonicalRecord: string): Buffer {
  const length = Buffer.byteLength(canonicalRecord);
  const input = Buffer.allocUnsafe(1 + SALT_BYTES + length);
  input[0] = LEAF_PREFIX;
  input.set(salt, 1);
  input.write(canonicalRecord, 1 + SALT_BYTES, "utf8");
  return sha256(input);
}

const BLOCK_BYTES = 64;

/**
 * Makes the salts of one delivery. Equal to {@link recordSalt}, with the two key blocks of HMAC
 * (RFC 2104 §2) prepared once: a million salts instead of a million HMAC objects.
 */
export class SaltSequence {
  readonly #inner = Buffer.alloc(BLOCK_BYTES + 8, 0x36);
  readonly #outer = Buffer.alloc(BLOCK_BYTES + HASH_BYTES, 0x5c);

  constructor(secret: Uint8Array) {
    assert(secret.length === SALT_BYTES, () => `a delivery secret has ${SALT_BYTES} bytes`);
    for (const [position, byte] of secret.entries()) {
      this.#inner[position] = byte ^ 0x36;
      this.#outer[position] = byte ^ 0x5c;
    }
  }

  /** The salt of the record at `index` (0-based). */
  at(index: number): Buffer {
    this.#inner.writeBigUInt64BE(BigInt(index), BLOCK_BYTES);
    this.#outer.set(sha256(this.#inner), BLOCK_BYTES);
    return sha256(this.#outer);
  }
}
