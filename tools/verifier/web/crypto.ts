/**
 * What the verifier needs of `node:crypto`, for browsers: SHA-256 and Ed25519 of the audited noble
 * libraries. Not those of WebCrypto, which answer later: the trees are hashed a hundred bytes at a time, and
 * a promise for each would cost more than the hash.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { Buffer } from "buffer/index.js";

type Encoding = "hex" | "binary";

/** `hash("sha256", …)` of Node, in text. */
export function hash(_algorithm: "sha256", bytes: Uint8Array, encoding: Encoding): string {
  return Buffer.from(sha256(bytes)).toString(encoding);
}

/** `createHash("sha256")` of Node. */
export function createHash(_algorithm: "sha256"): {
  readonly update: (bytes: Uint8Array) => void;
  readonly digest: (encoding: Encoding) => string;
} {
  const state = sha256.create();
  return {
    update: (bytes) => void state.update(bytes),
    digest: (encoding) => Buffer.from(state.digest()).toString(encoding),
  };
}

/** An Ed25519 key as far as it is used here: its DER form (RFC 8410 §4). */
interface PublicKey {
  readonly asymmetricKeyType: "ed25519";
  readonly export: () => Buffer;
}

const SPKI_PREFIX = "302a300506032b6570032100";
const SPKI_BYTES = 44;

/** `createPublicKey` of Node, for DER bytes or PEM. @throws TypeError when it is no Ed25519 key */
export function createPublicKey(input: string | { readonly key: Uint8Array }): PublicKey {
  const der = Buffer.from(typeof input === "string" ? derOfPem(input) : input.key);
  if (der.length !== SPKI_BYTES || !der.toString("hex").startsWith(SPKI_PREFIX)) {
    throw new TypeError("not an Ed25519 public key");
  }
  return { asymmetricKeyType: "ed25519", export: () => der };
}

function derOfPem(pem: string): Uint8Array {
  const [, body = ""] =
    /^-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/u.exec(pem) ??
    [];
  return Buffer.from(body.replaceAll(/\s/gu, ""), "base64");
}

/** `verify` of Node, as RFC 8032 has it (§5.1.7), without the leniency of ZIP 215. */
export function verify(
  _algorithm: null,
  ...[message, key, signature]: [Uint8Array, PublicKey, Uint8Array]
): boolean {
  try {
    const raw = key.export().subarray(SPKI_PREFIX.length / 2);
    return ed25519.verify(signature, message, raw, { zip215: false });
  } catch {
    // noble throws on a signature of another length, where Node says no.
    return false;
  }
}
