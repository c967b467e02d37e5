/**
 * What is the same for all of a client's values: how keys are named, how equal values are found, how
 * other things are hashed. Three keys for three uses, derived from one lasting secret, since none of them
 * can change without rewriting every sealed value.
 */
import { hkdfSync } from "node:crypto";
import type { Handle } from "../protection.ts";
import { KEY_BYTES } from "./aead.ts";
import { framed } from "./framing.ts";
import { KeyedDigest } from "./keyed-digest.ts";
import { HANDLE_BYTES } from "./layout.ts";

export interface ClientKeys {
  readonly client: string;
  readonly index: KeyedDigest;
  readonly handles: KeyedDigest;
  readonly hashes: KeyedDigest;
}

/**
 * The keys of a client, by HKDF-SHA-256 (RFC 5869).
 * @param lasting the client's lasting secret: 32 random bytes
 */
export function clientKeys(client: string, lasting: Uint8Array): ClientKeys {
  const derived = (use: string): KeyedDigest => {
    const info = framed(["waybill client key 1", client, use]);
    return new KeyedDigest(new Uint8Array(hkdfSync("sha256", lasting, "", info, KEY_BYTES)));
  };
  return {
    client,
    index: derived("index"),
    handles: derived("handles"),
    hashes: derived("hashes"),
  };
}

/** The first 16 bytes of the HMAC-SHA-256 over the parts, in hex. */
export function handleOf({ handles }: ClientKeys, owner: readonly string[]): Handle {
  return handles.digest(framed(owner)).toString("hex", 0, HANDLE_BYTES);
}

/** HMAC-SHA-256 over the purpose and the bytes: 32 bytes. */
export function keyedHash(
  { hashes }: ClientKeys,
  purpose: string,
  bytes: string | Uint8Array,
): Buffer {
  return hashes.digest(framed([purpose]), bytes);
}
