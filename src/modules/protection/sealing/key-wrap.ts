/**
 * A key under another key: nonce 12 | ciphertext 32 | tag 16. The nonce is random; a wrapping key wraps
 * far fewer than the 2^32 keys that NIST SP 800-38D allows with random nonces.
 */
import { randomBytes, type KeyObject } from "node:crypto";
import { decrypt, encrypt, KEY_BYTES, NONCE_BYTES, TAG_BYTES } from "./aead.ts";

export const WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;

/** Wraps a key for one place: it cannot be unwrapped as another's. */
export function wrapKey(wrapping: KeyObject, place: Uint8Array, key: Uint8Array): Buffer {
  const nonce = freshNonce();
  const [ciphertext, tag] = encrypt(key, { key: wrapping, nonce, associated: place });
  return Buffer.concat([nonce, ciphertext, tag]);
}

/** The 32 bytes of the key, or undefined when it was not wrapped so. */
export function unwrapKey(
  wrapping: KeyObject,
  place: Uint8Array,
  wrapped: Uint8Array,
): Buffer | undefined {
  if (wrapped.length !== WRAPPED_BYTES) {
    return undefined;
  }
  return decrypt(wrapped.subarray(NONCE_BYTES), {
    key: wrapping,
    nonce: wrapped.subarray(0, NONCE_BYTES),
    associated: place,
  });
}

/** Random bytes are asked for in blocks: for each nonce alone they cost as much as the cipher does. */
const NONCES_AT_ONCE = 1_000;
let block = Buffer.alloc(0);

function freshNonce(): Buffer {
  if (block.length === 0) {
    block = randomBytes(NONCES_AT_ONCE * NONCE_BYTES);
  }
  const nonce = block.subarray(0, NONCE_BYTES);
  block = block.subarray(NONCE_BYTES);
  return nonce;
}
