/**
 * Ed25519 (RFC 8032) signatures and the two ways a public key is written: 32 raw bytes in base64 inside
 * a document, PEM in a file.
 */
import { createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { InvalidInputError, assert, must } from "../../kernel/index.ts";
import { sha256 } from "./merkle/hashing.ts";

const KEY_BYTES = 32;

/** RFC 8410 §4: what precedes the 32 bytes of an Ed25519 key in its DER form. */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** An Ed25519 key that signs, with its public half. */
export interface SigningKey {
  readonly keyId: string;
  /** 32 bytes in base64. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

/** @throws InvariantError when the key is not a private Ed25519 key */
export function signingKey(privateKey: KeyObject): SigningKey {
  assert(
    privateKey.type === "private" && privateKey.asymmetricKeyType === "ed25519",
    () => "waybills are signed with an Ed25519 private key",
  );
  const publicKey = rawPublicKey(createPublicKey(privateKey));
  return { keyId: keyIdOf(publicKey), publicKey: publicKey.toString("base64"), privateKey };
}

/** Short name of a public key: the first 16 bytes of the SHA-256 of its 32 raw bytes, in hex. */
export function keyIdOf(publicKey: Uint8Array): string {
  return sha256(publicKey).subarray(0, 16).toString("hex");
}

/** The signature over `message` in base64 (64 bytes). */
export function signEd25519(message: string, privateKey: KeyObject): string {
  return sign(null, Buffer.from(message, "utf8"), privateKey).toString("base64");
}

/** Whether `signature` (base64) is the key's signature over `message`. `publicKey`: 32 raw bytes in base64. */
export function verifyEd25519(message: string, publicKey: string, signature: string): boolean {
  const key = publicKeyFromBase64(publicKey);
  const bytes = strictBase64(signature);
  return (
    key !== undefined &&
    bytes !== undefined &&
    verify(null, Buffer.from(message, "utf8"), key, bytes)
  );
}

/**
 * Reads a public key as people hand it over: PEM, or 32 raw bytes in base64. Returns its base64 form.
 * @throws InvalidInputError when it is neither, or another kind of key
 */
export function readPublicKey(text: string): string {
  const trimmed = text.trim();
  const key = trimmed.startsWith("-----BEGIN PUBLIC KEY-----")
    ? publicKeyFromPem(trimmed)
    : publicKeyFromBase64(trimmed);
  if (key === undefined) {
    throw new InvalidInputError("key-unreadable", "this is not an Ed25519 public key", [], {
      hint: "give the operator's public key as PEM (BEGIN PUBLIC KEY) or as 32 bytes in base64",
    });
  }
  return rawPublicKey(key).toString("base64");
}

/** The PEM form of a public key, for files and other tools. */
export function publicKeyPem(publicKey: string): string {
  const key = must(publicKeyFromBase64(publicKey), "the text came from a signing key");
  return key.export({ type: "spki", format: "pem" }).toString();
}

/**
 * Decodes base64 that is written in the one canonical way (RFC 4648 §3.5), or undefined. A lenient reader
 * would let several texts stand for the same bytes, and a changed text would go unnoticed.
 */
export function strictBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

function publicKeyFromBase64(text: string): KeyObject | undefined {
  const raw = strictBase64(text);
  if (raw?.length !== KEY_BYTES) {
    return undefined;
  }
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: "der", type: "spki" });
}

function publicKeyFromPem(text: string): KeyObject | undefined {
  try {
    const key = createPublicKey(text);
    return key.asymmetricKeyType === "ed25519" ? key : undefined;
  } catch {
    // Whatever OpenSSL has to say about the bytes, to the reader it is "not a key".
    return undefined;
  }
}

function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" }).subarray(SPKI_PREFIX.length);
}
