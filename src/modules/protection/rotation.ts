/**
 * Changing a client's keys while everybody works on. First, in one transaction, a new key-encryption key
 * and a new master under it: from then on the old key-encryption key opens nothing that is in use. Then
 * the keys of subjects are wrapped anew in portions, each under whichever master its row names, so that
 * readers never wait and never miss one. At the end the old masters go. Whoever is killed in between has
 * left a whole state, which the next call goes on from.
 */
import { randomBytes } from "node:crypto";
import { CancelledError } from "../../kernel/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import { type KeyPlace, Keyring, makeKey, unwrapSecrets, wrapSecret } from "./keyring.ts";
import { KEY_BYTES } from "./sealing/aead.ts";
import {
  forgetKey,
  readSecrets,
  readState,
  removeMastersBefore,
  setMaster,
  setRewrapped,
  unusedKeys,
  writeSecret,
} from "./store/secrets.ts";
import { hasKeysOfOthers, nextKeys, rewrapKeys } from "./store/subject-keys.ts";

/** Keys of one transaction. The state row is held for the update alone: makers of keys wait ~30 ms. */
const KEYS_AT_ONCE = 5_000;

export interface RotationOptions {
  /** Called after each portion with how many keys were wrapped anew so far. */
  readonly onProgress?: ((rewrapped: number) => void) | undefined;
  /** Stops between two portions; the rotation goes on from there when it is called again. */
  readonly signal?: AbortSignal | undefined;
  /** Keys of one transaction. Default 5,000. */
  readonly keysAtOnce?: number | undefined;
}

export interface Rotation {
  /** The key-encryption key that wraps everything now. */
  readonly keyId: string;
  /** The version of the master that wraps the keys of subjects now. */
  readonly master: number;
  /** Keys of subjects that were wrapped anew by this call. */
  readonly rewrapped: number;
  /** Whether it went on from where an earlier one had stopped. */
  readonly isResumed: boolean;
}

/**
 * Rotates a client's keys to the end, or ends a rotation that was interrupted.
 * @throws RefusedError `key-missing`, `key-wrong` or `subject-key-refused`: then nothing was lost, and
 * the rotation goes on once what it names was restored
 * @throws CancelledError between two portions
 */
export async function rotateKeys(
  place: KeyPlace,
  options: RotationOptions = {},
): Promise<Rotation> {
  const keyring = await Keyring.open(place);
  const { isResumed, master, keyId } = await place.db.scoped(place.scope, (tx) => begin(tx, place));
  let rewrapped = 0;
  for (let isDone = false; !isDone;) {
    refuseStopped(options.signal, place.client);
    const count = await rewrapPortion(keyring, master, options.keysAtOnce ?? KEYS_AT_ONCE);
    rewrapped += count ?? 0;
    options.onProgress?.(rewrapped);
    isDone = count === undefined && (await place.db.scoped(place.scope, (tx) => end(tx, master)));
  }
  return { keyId, master, rewrapped, isResumed };
}

/**
 * Destroys the client's key-encryption keys that wrap nothing any more. What was wrapped by them, also in
 * backups of the key database, is lost with them.
 * @returns their ids
 */
export async function retireKeys(place: KeyPlace): Promise<string[]> {
  const { db, scope, encryption } = place;
  return await db.scoped(scope, async (tx) => {
    await readState(tx, "update");
    const unused = await unusedKeys(tx);
    for (const keyId of unused) {
      await encryption.remove(keyId);
      await forgetKey(tx, keyId);
    }
    return unused;
  });
}

async function begin(
  tx: Transaction,
  place: KeyPlace,
): Promise<{ isResumed: boolean; master: number; keyId: string }> {
  const state = await readState(tx, "update");
  const rows = await readSecrets(tx);
  const masters = rows.filter(({ use }) => use === "master");
  const newest = masters.find(({ version }) => version === state.master);
  if (masters.length > 1 && newest !== undefined) {
    return { isResumed: true, master: state.master, keyId: newest.keyId };
  }
  const keyId = await makeKey(tx, place);
  const master = state.master + 1;
  const fresh = { use: "master", version: master, bytes: randomBytes(KEY_BYTES) } as const;
  for (const secret of [...(await unwrapSecrets(place, rows)), fresh]) {
    await writeSecret(tx, await wrapSecret(place, secret, keyId));
  }
  await setMaster(tx, master);
  await setRewrapped(tx, null);
  return { isResumed: false, master, keyId };
}

/**
 * Reads and wraps without any lock; the update then passes over what was destroyed or made anew
 * meanwhile. @returns how many keys were wrapped anew; undefined when there are no further ones
 */
async function rewrapPortion(
  keyring: Keyring,
  master: number,
  limit: number,
): Promise<number | undefined> {
  const { db, scope } = keyring.place;
  const { last, fresh } = await db.scoped(scope, async (tx) => {
    const { rewrapped } = await readState(tx, "none");
    const rows = await nextKeys(tx, rewrapped, limit);
    const old = rows.filter((row) => row.master !== master);
    return { last: rows.at(-1)?.handle, fresh: await keyring.rewrap(tx, old, master) };
  });
  if (last === undefined) {
    return undefined;
  }
  return await db.scoped(scope, async (tx) => {
    await readState(tx, "update");
    await setRewrapped(tx, last);
    return await rewrapKeys(tx, fresh, master);
  });
}

/**
 * Removes the old masters once they wrap nothing. @returns false when they do after all, as two rotations
 * side by side may leave it: then the portions begin again
 */
async function end(tx: Transaction, master: number): Promise<boolean> {
  await readState(tx, "update");
  await setRewrapped(tx, null);
  if (await hasKeysOfOthers(tx, master)) {
    return false;
  }
  await removeMastersBefore(tx, master);
  return true;
}

function refuseStopped(signal: AbortSignal | undefined, client: string): void {
  if (signal?.aborted === true) {
    throw new CancelledError("rotation-stopped", "the rotation was stopped; nothing is half done", {
      hint: `waybill keys rotate ${client} goes on from there`,
    });
  }
}
