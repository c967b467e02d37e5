/**
 * What the rest of the program sees of protection: values of a client's sensitive fields are sealed
 * before they rest anywhere, each under the key of the person it is about. Whoever has the rows alone
 * has nothing, and destroying a person's key destroys every copy of the value, backups included.
 *
 * The bytes of everything here are written down in docs/protection.md.
 */

/**
 * Names the key of one data subject: 32 lower-case hexadecimal digits, a keyed hash of what the key
 * belongs to ({@link Protection.handleOf}). Says nothing to those who lack the client's keys.
 */
export type Handle = string;

/** A field whose values are sealed. */
export interface SealedField {
  readonly dataset: string;
  readonly field: string;
  /**
   * Within what equal values look equal in the stored bytes. `field` (the default): everywhere in the
   * field, so that a value can be looked up, compared and linked. `subject`: only under one handle;
   * for fields of few possible values, whose frequencies alone would tell what they are.
   */
  readonly equality?: "field" | "subject" | undefined;
}

/** Stands for a value whose key was destroyed: it was there once, and nobody can read it again. */
export const shredded: unique symbol = Symbol("shredded");
export type Shredded = typeof shredded;

/** Seals values under keys that are at hand. */
export interface Sealer {
  /**
   * One value in the layout of a sealed column. The same value of the same field under the same handle
   * gives the same bytes.
   * @param handle one of those the sealer was made for
   * @param text the value's text form (docs/waybill.md, section 3)
   */
  readonly seal: (handle: Handle, field: SealedField, text: string) => Buffer;
  /**
   * A whole document under a handle. Sealed twice it gives different bytes.
   * @param context what the document is, for example `quarantine`; opening needs the same
   */
  readonly sealBytes: (handle: Handle, context: string, bytes: Uint8Array) => Buffer;
  /**
   * Whether the key of this handle was destroyed before. What is sealed under it all the same is sealed
   * under a key that nobody keeps: it can never be opened.
   */
  readonly isDestroyed: (handle: Handle) => boolean;
}

/** Opens values under keys that are at hand. */
export interface Opener {
  /**
   * The text of one sealed value.
   * @param sealed one of those the opener was made for
   * @throws RefusedError `sealed-value-refused` when the bytes are not what was sealed for this field
   */
  readonly open: (field: SealedField, sealed: Uint8Array) => string | Shredded;
  /**
   * The bytes of one document.
   * @throws RefusedError `sealed-value-refused` when the bytes are not what was sealed in this context
   */
  readonly openBytes: (context: string, sealed: Uint8Array) => Buffer | Shredded;
}

/** What a call to {@link Protection.destroy} did. */
export interface Destruction {
  /** Keys that existed and are gone now. */
  readonly destroyed: number;
  /** Handles that had no key, or whose key was destroyed before. */
  readonly absent: number;
}

/** The protection of one client's values. Keys of subjects are held for one batch only. */
export interface Protection {
  readonly client: string;
  /**
   * The handle of what a key belongs to. Pure.
   * @param owner its parts, for example `["customers", "crm", "4711"]`: dataset, source and key
   */
  readonly handleOf: (owner: readonly string[]) => Handle;
  /**
   * The 16 bytes that a sealed value of the field with this text begins with. Pure; for look-ups.
   * @throws InvariantError when values of the field are equal within one subject only
   */
  readonly blindIndex: (field: SealedField, text: string) => Buffer;
  /** 32 bytes that stand for `bytes` and tell nothing without the client's keys. Pure. */
  readonly keyedHash: (purpose: string, bytes: string | Uint8Array) => Buffer;
  /** Finds the keys of the handles, or makes them, in one round trip. */
  readonly sealer: (handles: Iterable<Handle>) => Promise<Sealer>;
  /** Finds the keys of sealed values or documents, in one round trip; nulls are passed over. */
  readonly opener: (sealed: Iterable<Uint8Array | null>) => Promise<Opener>;
  /** The same for values of handles that are known already. */
  readonly openerOf: (handles: Iterable<Handle>) => Promise<Opener>;
  /**
   * Secrets of 32 bytes, one for each handle in the given order, made with their keys where there are
   * none; undefined where the key was destroyed. They are derived from the keys and go with them.
   * @param purpose keeps the secrets of different uses apart
   */
  readonly secretsOf: (
    handles: readonly Handle[],
    purpose: string,
  ) => Promise<(Buffer | undefined)[]>;
  /**
   * Destroys the keys of the handles for good, those in restored backups included. Safe to repeat. When
   * it returns, no process can open a value under them from its next batch on.
   */
  readonly destroy: (handles: Iterable<Handle>) => Promise<Destruction>;
  /** Lets handles have keys again, for example when an erased person comes back. What was shredded stays so. */
  readonly revive: (handles: Iterable<Handle>) => Promise<number>;
}
