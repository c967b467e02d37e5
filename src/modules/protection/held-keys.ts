/** Sealing and opening with the keys of one batch, which go with it. */
import { randomBytes } from "node:crypto";
import { must, RefusedError } from "../../kernel/index.ts";
import { type Handle, type Opener, type Sealer, type Shredded, shredded } from "./protection.ts";
import { KEY_BYTES } from "./sealing/aead.ts";
import { asBuffer, handleIn } from "./sealing/layout.ts";
import { openDocument, sealDocument } from "./sealing/sealed-document.ts";
import type { SealedValues } from "./sealing/sealed-value.ts";
import { SubjectKey } from "./sealing/subject-key.ts";

/** What is known of one handle's key. */
export interface HeldKey {
  readonly key: SubjectKey | undefined;
  /** Whether a key of this handle was destroyed; where it was revived, there may be another now. */
  readonly isDestroyed: boolean;
}

type HeldKeys = ReadonlyMap<Handle, HeldKey>;

export function heldSealer(values: SealedValues, client: string, keys: HeldKeys): Sealer {
  const unkept = new Map<Handle, SubjectKey>();
  const given = (handle: Handle): HeldKey =>
    must(keys.get(handle), "a sealer seals under the handles it was made for");
  const keyOf = (handle: Handle): SubjectKey => {
    const { key } = given(handle);
    return key ?? unkeptKey(handle);
  };
  const unkeptKey = (handle: Handle): SubjectKey => {
    const key = unkept.get(handle) ?? new SubjectKey(randomBytes(KEY_BYTES));
    unkept.set(handle, key);
    return key;
  };
  return {
    seal: (handle, field, text) => values.seal({ handle, key: keyOf(handle) }, field, text),
    sealBytes: (handle, context, bytes) =>
      sealDocument({ handle, key: keyOf(handle) }, { client, context }, bytes),
    isDestroyed: (handle) => given(handle).isDestroyed,
  };
}

export function heldOpener(values: SealedValues, client: string, keys: HeldKeys): Opener {
  const opened = <Plain>(
    bytes: Uint8Array,
    what: string,
    read: (key: SubjectKey, sealed: Buffer) => Plain | undefined,
  ): Plain | Shredded => {
    const sealed = asBuffer(bytes);
    const handle = handleIn(sealed);
    if (handle === undefined) {
      throw sealRefused(what);
    }
    const { key, isDestroyed } = must(
      keys.get(handle),
      "an opener opens values of the handles it was made for",
    );
    const plain = key === undefined ? undefined : read(key, sealed);
    if (plain !== undefined) {
      return plain;
    }
    if (isDestroyed) {
      return shredded;
    }
    throw key === undefined ? keyLost(handle) : sealRefused(what);
  };
  return {
    open: (field, sealed) =>
      opened(sealed, `a sealed value of ${field.dataset}.${field.field}`, (key, bytes) =>
        values.open(key, field, bytes),
      ),
    openBytes: (context, sealed) =>
      opened(sealed, `a sealed document (${context})`, (key, bytes) =>
        openDocument(key, { client, context }, bytes),
      ),
  };
}

/** @param what names the bytes for people */
function sealRefused(what: string): RefusedError {
  return new RefusedError("sealed-value-refused", `${what} is not what was sealed there`, [], {
    hint: "it was changed, moved from elsewhere or damaged; restore it from a backup",
  });
}

/** A key that nobody destroyed and that is not there was lost: never taken for an erasure. */
function keyLost(handle: Handle): RefusedError {
  return new RefusedError(
    "subject-key-missing",
    `the key ${handle} is not in the key database, and nobody destroyed it`,
    [],
    { hint: "the key database is older than the data: restore a later backup of it" },
  );
}
