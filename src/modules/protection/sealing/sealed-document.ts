/**
 * Whole documents, in the layout of values. Documents are not compared, so the head is random: it makes
 * the key of this one document, and with the random nonce there is no number of documents under one
 * subject's key that NIST SP 800-38D (section 8.3) would forbid.
 */
import { createHmac, type KeyObject, randomBytes } from "node:crypto";
import type { Handle } from "../protection.ts";
import { decrypt, encrypt, NONCE_BYTES, secretKey } from "./aead.ts";
import { framed } from "./framing.ts";
import { BOUND_BYTES, HEAD_BYTES, isWhole, NONCE_END } from "./layout.ts";
import type { SubjectKey } from "./subject-key.ts";

/** Where a document belongs. */
export interface DocumentPlace {
  readonly client: string;
  /** What the document is, for example `quarantine`. */
  readonly context: string;
}

export function sealDocument(
  { handle, key }: { readonly handle: Handle; readonly key: SubjectKey },
  place: DocumentPlace,
  bytes: Uint8Array,
): Buffer {
  const bound = Buffer.concat([randomBytes(HEAD_BYTES), Buffer.from(handle, "hex")]);
  const nonce = randomBytes(NONCE_BYTES);
  const [ciphertext, tag] = encrypt(bytes, {
    key: documentKey(key, bound),
    nonce,
    associated: associatedWith(place, bound),
  });
  return Buffer.concat([bound, nonce, ciphertext, tag]);
}

/** The document, or undefined when the bytes are not what was sealed in this place under this key. */
export function openDocument(
  key: SubjectKey,
  place: DocumentPlace,
  sealed: Buffer,
): Buffer | undefined {
  if (!isWhole(sealed)) {
    return undefined;
  }
  const bound = sealed.subarray(0, BOUND_BYTES);
  return decrypt(sealed.subarray(NONCE_END), {
    key: documentKey(key, bound),
    nonce: sealed.subarray(BOUND_BYTES, NONCE_END),
    associated: associatedWith(place, bound),
  });
}

function documentKey(key: SubjectKey, bound: Buffer): KeyObject {
  const head = bound.subarray(0, HEAD_BYTES);
  return secretKey(createHmac("sha256", key.documents).update(head).digest());
}

function associatedWith({ client, context }: DocumentPlace, bound: Buffer): Buffer {
  return Buffer.concat([framed(["waybill sealed document 1", client, context]), bound]);
}
