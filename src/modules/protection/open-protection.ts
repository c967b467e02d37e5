/**
 * Protection over a key database. Keys of subjects are fetched for each batch and held no longer than
 * it: then a destroyed key is gone everywhere with the next batch, and no cache has to hear of it. What
 * that costs is measured in docs/benchmarks.md.
 */
import { destroyKeys, reviveKeys, settleJournal } from "./destruction.ts";
import { type HeldKey, heldOpener, heldSealer } from "./held-keys.ts";
import { type KeyPlace, Keyring } from "./keyring.ts";
import type { Handle, Opener, Protection, Sealer } from "./protection.ts";
import { handleOf, keyedHash } from "./sealing/client-keys.ts";
import { asBuffer, handleIn } from "./sealing/layout.ts";
import { SealedValues } from "./sealing/sealed-value.ts";
import { findKeysOf, findOrMakeKeysOf } from "./subject-keys.ts";

/** Handles of one statement: a few milliseconds, and parameters of a few hundred kilobytes. */
const HANDLES_AT_ONCE = 10_000;

type KeysOf = (keyring: Keyring, portion: readonly Handle[]) => Promise<Map<Handle, HeldKey>>;

/**
 * Opens the protection of a client, whose own keys are made when there are none. Carries out what the
 * journal of destroyed keys says and the key database has not followed yet.
 * @throws RefusedError `key-missing` or `key-wrong`, with the id of the key and what to restore
 */
export async function openProtection(place: KeyPlace): Promise<Protection> {
  const keyring = await Keyring.open(place);
  await settleJournal(place);
  return new KeyedProtection(keyring);
}

class KeyedProtection implements Protection {
  readonly client: string;
  readonly #keyring: Keyring;
  readonly #values: SealedValues;

  constructor(keyring: Keyring) {
    this.client = keyring.place.client;
    this.#keyring = keyring;
    this.#values = new SealedValues(keyring.keys);
  }

  readonly handleOf: Protection["handleOf"] = (owner) => handleOf(this.#keyring.keys, owner);

  readonly blindIndex: Protection["blindIndex"] = (field, text) =>
    this.#values.blindIndex(field, text);

  readonly keyedHash: Protection["keyedHash"] = (purpose, bytes) =>
    keyedHash(this.#keyring.keys, purpose, bytes);

  readonly sealer = async (handles: Iterable<Handle>): Promise<Sealer> => {
    return heldSealer(this.#values, this.client, await this.#keys(handles, findOrMakeKeysOf));
  };

  readonly opener = async (sealed: Iterable<Uint8Array | null>): Promise<Opener> => {
    const handles = new Set<Handle>();
    for (const bytes of sealed) {
      const handle = bytes === null ? undefined : handleIn(asBuffer(bytes));
      if (handle !== undefined) {
        handles.add(handle);
      }
    }
    return await this.openerOf(handles);
  };

  readonly openerOf = async (handles: Iterable<Handle>): Promise<Opener> => {
    return heldOpener(this.#values, this.client, await this.#keys(handles, findKeysOf));
  };

  readonly secretsOf: Protection["secretsOf"] = async (handles, purpose) => {
    const keys = await this.#keys(handles, findOrMakeKeysOf);
    return handles.map((handle) => keys.get(handle)?.key?.secret(purpose));
  };

  readonly destroy: Protection["destroy"] = (handles) => destroyKeys(this.#keyring.place, handles);

  readonly revive: Protection["revive"] = (handles) => reviveKeys(this.#keyring.place, handles);

  async #keys(handles: Iterable<Handle>, keysOf: KeysOf): Promise<Map<Handle, HeldKey>> {
    const all = [...new Set(handles)];
    const keys = new Map<Handle, HeldKey>();
    for (let start = 0; start < all.length; start += HANDLES_AT_ONCE) {
      const portion = all.slice(start, start + HANDLES_AT_ONCE);
      for (const [handle, key] of await keysOf(this.#keyring, portion)) {
        keys.set(handle, key);
      }
    }
    return keys;
  }
}
