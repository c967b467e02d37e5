/**
 * Key-encryption keys: each client's own, kept outside of every database. They wrap the few keys that
 * wrap all others, so a slow one (a hardware security module) is asked twice in the life of a process.
 */
import { assert, RefusedError, UnavailableError } from "../../../kernel/index.ts";

/** Where key-encryption keys are kept. */
export interface KeyEncryption {
  /** For people: `file keyring in …`, `PKCS#11 token …`. */
  readonly description: string;
  /** Whether a key of this id is kept here. Ids say where: `file:acme/1`, `pkcs11:…`. */
  readonly owns: (keyId: string) => boolean;
  /** Makes the client's next key and returns its id. Never the same twice. */
  readonly create: (client: string) => Promise<string>;
  /** @param place what the wrapped key is; unwrapping needs the same */
  readonly wrap: (keyId: string, place: Uint8Array, key: Uint8Array) => Promise<Buffer>;
  /**
   * @throws RefusedError `key-missing` when the key is not there, `key-wrong` when it is another one than
   * the one that wrapped, each with what to restore
   */
  readonly unwrap: (keyId: string, place: Uint8Array, wrapped: Uint8Array) => Promise<Buffer>;
  /** Destroys a key. Returns whether it was there. */
  readonly remove: (keyId: string) => Promise<boolean>;
}

/**
 * Several keepings as one: new keys are made in the first, and each key is used where it is kept. So a
 * client moves from one to another by a rotation.
 */
export function keyEncryptions(keepings: readonly KeyEncryption[]): KeyEncryption {
  const [first] = keepings;
  assert(first !== undefined, () => "key-encryption keys are kept somewhere");
  const keeping = (keyId: string): KeyEncryption => {
    const found = keepings.find(({ owns }) => owns(keyId));
    if (found === undefined) {
      throw new UnavailableError("key-keeping", `the key ${keyId} is kept where we cannot look`, {
        hint: keyId.startsWith("pkcs11:")
          ? "set WAYBILL_PKCS11_MODULE, WAYBILL_PKCS11_TOKEN and WAYBILL_PKCS11_PIN"
          : "run the version of Waybill that made it",
      });
    }
    return found;
  };
  return {
    description: first.description,
    owns: (keyId) => keepings.some(({ owns }) => owns(keyId)),
    create: (client) => first.create(client),
    wrap: (keyId, place, key) => keeping(keyId).wrap(keyId, place, key),
    unwrap: (keyId, place, wrapped) => keeping(keyId).unwrap(keyId, place, wrapped),
    remove: (keyId) => keeping(keyId).remove(keyId),
  };
}

/** @param restore what to bring back, for example `keys/encryption/acme/1 from a backup` */
export function keyMissing(keyId: string, restore: string): RefusedError {
  return new RefusedError("key-missing", `the key ${keyId} is not there`, [], {
    hint: `restore ${restore}; without it nothing that is sealed for this client can be opened`,
  });
}

/** @param restore as in {@link keyMissing} */
export function keyWrong(keyId: string, restore: string): RefusedError {
  return new RefusedError(
    "key-wrong",
    `the key ${keyId} is not the one that this client's keys were wrapped with`,
    [],
    { hint: `restore ${restore}, or the key database that belongs to this key` },
  );
}
