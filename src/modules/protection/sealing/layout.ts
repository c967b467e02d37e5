/**
 * The layout that all sealed bytes share (docs/protection.md, section 2):
 *
 *     head 16 | handle 16 | nonce 12 | ciphertext | tag 16
 *
 * The head of a value is its blind index, that of a document is random. Both are bound to the ciphertext.
 */
import type { Handle } from "../protection.ts";
import { NONCE_BYTES, TAG_BYTES } from "./aead.ts";

export const HEAD_BYTES = 16;
export const HANDLE_BYTES = 16;
/** Where the handle ends: what is bound to the ciphertext. */
export const BOUND_BYTES = HEAD_BYTES + HANDLE_BYTES;
export const NONCE_END = BOUND_BYTES + NONCE_BYTES;
const LEAST_BYTES = NONCE_END + TAG_BYTES;

/** Whether the bytes are long enough to be sealed ones. */
export function isWhole(sealed: Uint8Array): boolean {
  return sealed.length >= LEAST_BYTES;
}

/** The handle that sealed bytes name; undefined when they are too short to be any. */
export function handleIn(sealed: Buffer): Handle | undefined {
  return isWhole(sealed) ? sealed.toString("hex", HEAD_BYTES, BOUND_BYTES) : undefined;
}

/** The same bytes as a Buffer, without copying them. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
