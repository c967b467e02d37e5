/** What PostgreSQL keeps of a password: RFC 5803 with SCRAM-SHA-256 (RFC 7677), so that the server never sees the password. */
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/** The least that RFC 7677 allows, and what PostgreSQL takes itself: passwords here are random. */
const ITERATIONS = 4096;
const KEY_BYTES = 32;

/**
 * The verifier of a password of ASCII characters.
 * @param salt 16 random bytes
 */
export function scramVerifier(password: string, salt: Uint8Array): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, "sha256");
  const keyed = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(keyed("Client Key")).digest();
  const parts = [stored, keyed("Server Key")].map((key) => key.toString("base64"));
  return `SCRAM-SHA-256$${ITERATIONS}:${Buffer.from(salt).toString("base64")}$${parts.join(":")}`;
}
