/** Wraps and unwraps the keys of one client's subjects: a million of them in seconds. */
import type { KeyObject } from "node:crypto";
import type { Handle } from "../protection.ts";
import { framed } from "./framing.ts";
import { unwrapKey, wrapKey } from "./key-wrap.ts";
import { HANDLE_BYTES } from "./layout.ts";

export class SubjectWraps {
  /** Client and handle; the latter is filled in for each key, while nothing asynchronous happens. */
  readonly #place: Buffer;

  constructor(client: string) {
    const prefix = framed(["waybill subject key 1", client]);
    this.#place = Buffer.concat([prefix, Buffer.alloc(HANDLE_BYTES)]);
  }

  wrap(master: KeyObject, handle: Handle, key: Uint8Array): Buffer {
    return wrapKey(master, this.#placeOf(handle), key);
  }

  /** The 32 bytes of the key, or undefined when it was not wrapped so. */
  unwrap(master: KeyObject, handle: Handle, wrapped: Uint8Array): Buffer | undefined {
    return unwrapKey(master, this.#placeOf(handle), wrapped);
  }

  #placeOf(handle: Handle): Buffer {
    this.#place.write(handle, this.#place.length - HANDLE_BYTES, "hex");
    return this.#place;
  }
}
