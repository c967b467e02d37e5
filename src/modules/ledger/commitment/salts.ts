/**
 * The salts of a delivery. They come from one secret, so that
 * - one leaf can be opened, by its salt, without opening the others;
 * - the holder of the secret can recompute both roots;
 * - destroying the secret makes the remaining hashes meaningless.
 */
import {
  createCipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";
import { assert } from "../../../kernel/index.ts";
import { SALT_BYTES } from "./leaf.ts";

/** What is salted: each has salts of its own. */
export type Salted = "records" | "customers";

const BLOCK_BYTES = 16;
/** Salts are copied in words: half the time of single bytes. */
const WORD_BYTES = 4;
/** Salts made at once: a cipher costs as much to begin as 500 salts. Measured: no gain beyond. */
const CHUNK = 1024;
const ZEROS = Buffer.alloc(CHUNK * SALT_BYTES);

/** A fresh secret for one delivery. */
export function newDeliverySecret(): Buffer {
  return randomBytes(SALT_BYTES);
}

/**
 * Gives the salts of one tree: salt i is bytes 32i to 32i + 31 of the key stream of AES-256 in counter mode
 * (NIST SP 800-38A §6.5) that begins at counter 0, under the key HKDF-SHA256(secret, info "waybill salts
 * records" or "… customers") (RFC 5869). Nobody without the key can tell it from random bytes, however many
 * salts are known.
 */
export class SaltSequence {
  readonly #key: KeyObject;
  #chunk = -1;
  #salts: Buffer = ZEROS;
  /** The same bytes. */
  #view = viewOf(ZEROS);

  constructor(secret: Uint8Array, salted: Salted) {
    assert(secret.length === SALT_BYTES, () => `a delivery secret has ${SALT_BYTES} bytes`);
    const key = hkdfSync("sha256", secret, "", `waybill salts ${salted}`, SALT_BYTES);
    this.#key = createSecretKey(new Uint8Array(key));
  }

  /** The salt at `index` (from 0). */
  at(index: number): Buffer {
    const start = this.#startOf(index);
    return this.#salts.subarray(start, start + SALT_BYTES);
  }

  /** Puts the salt at `index` where it is wanted: for many, in less time than a buffer for each. */
  write(index: number, target: DataView, at: number): void {
    const start = this.#startOf(index);
    const salts = this.#view;
    for (let byte = 0; byte < SALT_BYTES; byte += WORD_BYTES) {
      target.setInt32(at + byte, salts.getInt32(start + byte, true), true);
    }
  }

  /** Where the salt is among those that are made; makes them if need be. */
  #startOf(index: number): number {
    const chunk = Math.floor(index / CHUNK);
    if (chunk !== this.#chunk) {
      this.#salts = this.#saltsOf(chunk);
      this.#view = viewOf(this.#salts);
      this.#chunk = chunk;
    }
    return (index - chunk * CHUNK) * SALT_BYTES;
  }

  #saltsOf(chunk: number): Buffer {
    const counter = Buffer.alloc(BLOCK_BYTES);
    counter.writeBigUInt64BE(BigInt(chunk) * BigInt((CHUNK * SALT_BYTES) / BLOCK_BYTES), 8);
    return createCipheriv("aes-256-ctr", this.#key, counter).update(ZEROS);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
