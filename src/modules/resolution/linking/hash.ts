/** Keyed hashes: values are found again by them, and nobody without the client's key learns the values. */
import { createHmac } from "node:crypto";

/** Signed 64 bits of the HMAC-SHA-256 (RFC 2104, FIPS 180-4) of a text. */
export function keyedHash(secret: Buffer, text: string): bigint {
  return createHmac("sha256", secret).update(text).digest().readBigInt64LE();
}
