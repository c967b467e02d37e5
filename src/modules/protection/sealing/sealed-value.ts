/**
 * The values of sealed columns: in the layout of `layout.ts`, with the blind index as head.
 *
 * Blind index and nonce are the first 28 bytes of one HMAC-SHA-256 over field and text. A nonce that is
 * a keyed hash of the text (the idea of RFC 8452) comes twice under one key only where the same text of
 * the same field is sealed twice, and then the whole result is the same, or where 96 bits of the hash
 * collide among the few values that one subject has.
 */
import { assert } from "../../../kernel/index.ts";
import type { Handle, SealedField } from "../protection.ts";
import { decrypt, encrypt, NONCE_BYTES } from "./aead.ts";
import type { ClientKeys } from "./client-keys.ts";
import { framed } from "./framing.ts";
import { BOUND_BYTES, HEAD_BYTES, isWhole, NONCE_END } from "./layout.ts";
import type { SubjectKey } from "./subject-key.ts";

/** What is the same for all values of one field. */
interface FieldFrame {
  /** What the index is taken over, before the text. */
  readonly index: Buffer;
  /** The same where values are equal within one subject only; the handle follows. */
  readonly subjectIndex: Buffer;
  /** What a ciphertext is bound to: the field, then the value's index and handle, filled in for each. */
  readonly associated: Buffer;
}

/** Seals and opens one client's values, given the keys of their subjects. */
export class SealedValues {
  readonly #keys: ClientKeys;
  readonly #frames = new Map<string, FieldFrame>();
  /** Values come field by field or row by row with the same few objects: the last one is often meant again. */
  #last: { readonly of: SealedField; readonly frame: FieldFrame } | undefined;

  constructor(keys: ClientKeys) {
    this.#keys = keys;
  }

  /** @throws InvariantError when values of the field are equal within one subject only */
  blindIndex(field: SealedField, text: string): Buffer {
    assert(
      field.equality !== "subject",
      () => `values of ${field.dataset}.${field.field} are equal within one subject only`,
    );
    return this.#digest(field, text, undefined).subarray(0, HEAD_BYTES);
  }

  seal(
    { handle, key }: { readonly handle: Handle; readonly key: SubjectKey },
    field: SealedField,
    text: string,
  ): Buffer {
    const handleBytes = Buffer.from(handle, "hex");
    const digest = this.#digest(field, text, handleBytes);
    const head = Buffer.allocUnsafe(NONCE_END);
    digest.copy(head, 0, 0, HEAD_BYTES);
    handleBytes.copy(head, HEAD_BYTES);
    digest.copy(head, BOUND_BYTES, HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
    const [ciphertext, tag] = encrypt(text, {
      key: key.values,
      nonce: head.subarray(BOUND_BYTES),
      associated: this.#associated(field, head),
    });
    return Buffer.concat([head, ciphertext, tag]);
  }

  /** The text, or undefined when the bytes are not what was sealed for this field under this key. */
  open(key: SubjectKey, field: SealedField, sealed: Buffer): string | undefined {
    if (!isWhole(sealed)) {
      return undefined;
    }
    const plain = decrypt(sealed.subarray(NONCE_END), {
      key: key.values,
      nonce: sealed.subarray(BOUND_BYTES, NONCE_END),
      associated: this.#associated(field, sealed),
    });
    return plain?.toString("utf8");
  }

  #digest(field: SealedField, text: string, handle: Buffer | undefined): Buffer {
    const frame = this.#frame(field);
    return field.equality === "subject" && handle !== undefined
      ? this.#keys.index.digest(frame.subjectIndex, handle, text)
      : this.#keys.index.digest(frame.index, text);
  }

  /** The frame's buffer is used again for each value: nothing asynchronous happens while it is in use. */
  #associated(field: SealedField, sealed: Buffer): Buffer {
    const { associated } = this.#frame(field);
    sealed.copy(associated, associated.length - BOUND_BYTES, 0, BOUND_BYTES);
    return associated;
  }

  #frame(of: SealedField): FieldFrame {
    if (this.#last?.of !== of) {
      const name = `${of.dataset}\n${of.field}`;
      const frame = this.#frames.get(name) ?? this.#newFrame(name, of);
      this.#last = { of, frame };
    }
    return this.#last.frame;
  }

  #newFrame(name: string, { dataset, field }: SealedField): FieldFrame {
    const bound = framed(["waybill sealed value 1", this.#keys.client, dataset, field]);
    const frame = {
      index: framed(["waybill blind index 1", dataset, field]),
      subjectIndex: framed(["waybill subject index 1", dataset, field]),
      associated: Buffer.concat([bound, Buffer.alloc(BOUND_BYTES)]),
    };
    this.#frames.set(name, frame);
    return frame;
  }
}
