/** The key of one data subject, and what is derived from it. */
import { createHmac, type KeyObject } from "node:crypto";
import { secretKey } from "./aead.ts";
import { framed } from "./framing.ts";

const DOCUMENTS = framed(["waybill document key 1"]);

export class SubjectKey {
  /** Seals values. */
  readonly values: KeyObject;
  #documents: KeyObject | undefined;

  /** @param bytes 32 random bytes */
  constructor(bytes: Uint8Array) {
    this.values = secretKey(bytes);
  }

  /**
   * From it come the keys of documents: what has random nonces and what has derived ones never share
   * a key.
   */
  get documents(): KeyObject {
    this.#documents ??= secretKey(createHmac("sha256", this.values).update(DOCUMENTS).digest());
    return this.#documents;
  }

  /** 32 bytes for a use outside of protection; they cannot be had again without this key. */
  secret(purpose: string): Buffer {
    return createHmac("sha256", this.values)
      .update(framed(["waybill subject secret 1", purpose]))
      .digest();
  }
}
