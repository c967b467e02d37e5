/**
 * Pseudonyms: HMAC-SHA-256 (RFC 2104) of a value's text form, cut to 128 bits, under a key of the
 * client, the recipient and the field. Equal values of a field have equal pseudonyms for one recipient,
 * so that it can count and join; two recipients cannot match theirs.
 */
const BLOCK_BYTES = 64;

/**
 * The key's two blocks. With them HMAC is two plain SHA-256, which PostgreSQL has without any extension,
 * and what the statement carries is of use for pseudonyms only.
 */
export interface PseudonymPads {
  /** The key xor 0x36, 64 bytes. */
  readonly inner: Buffer;
  /** The key xor 0x5c, 64 bytes. */
  readonly outer: Buffer;
}

/** The pads of a key of at most 64 bytes. */
export function pseudonymPads(key: Buffer): PseudonymPads {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.set(key);
  return { inner: pad(block, 0x36), outer: pad(block, 0x5c) };
}

/** What the key of the pseudonyms of a field is derived for. */
export function pseudonymContext(recipient: string, dataset: string, field: string): string {
  return `${recipient} ${dataset}.${field}`;
}

function pad(block: Buffer, mask: number): Buffer {
  return Buffer.from(block.map((byte) => byte ^ mask));
}
