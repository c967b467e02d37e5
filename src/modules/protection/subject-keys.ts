/** Finds the keys of a batch of subjects, and makes those that are missing. */
import { must } from "../../kernel/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import type { HeldKey } from "./held-keys.ts";
import type { Keyring } from "./keyring.ts";
import type { Handle } from "./protection.ts";
import { SubjectKey } from "./sealing/subject-key.ts";
import { everDestroyed, forbiddenAmong } from "./store/journal-lines.ts";
import { readState } from "./store/secrets.ts";
import { addKeys, findKeys } from "./store/subject-keys.ts";

type HeldKeys = Map<Handle, HeldKey>;

/** The keys of the handles that have one; whether it was ever destroyed for all of them. */
export async function findKeysOf(keyring: Keyring, handles: readonly Handle[]): Promise<HeldKeys> {
  const { db, scope } = keyring.place;
  return await db.scoped(
    scope,
    async (tx) => {
      const keys = await held(keyring, tx, handles);
      const destroyed = new Set(await everDestroyed(tx, handles));
      return new Map(
        handles.map((handle) => [
          handle,
          { key: keys.get(handle)?.key, isDestroyed: destroyed.has(handle) },
        ]),
      );
    },
    { readOnly: true },
  );
}

/**
 * The keys of all handles, made where there are none, except for those that may have none. Batches that
 * need the same new key at once end with the same one.
 */
export async function findOrMakeKeysOf(
  keyring: Keyring,
  handles: readonly Handle[],
): Promise<HeldKeys> {
  const { db, scope } = keyring.place;
  const found = await db.scoped(scope, (tx) => held(keyring, tx, handles), { readOnly: true });
  const missing = handles.filter((handle) => !found.has(handle));
  if (missing.length === 0) {
    return found;
  }
  const made = await db.scoped(scope, (tx) => make(keyring, tx, missing));
  return new Map([...found, ...made]);
}

/** Holds the state row for share: meanwhile nobody destroys keys or changes the master. */
async function make(
  keyring: Keyring,
  tx: Transaction,
  handles: readonly Handle[],
): Promise<HeldKeys> {
  const { master } = await readState(tx, "share");
  const forbidden = new Set(await forbiddenAmong(tx, handles));
  const allowed = handles.filter((handle) => !forbidden.has(handle));
  const fresh = await keyring.freshKeys(tx, master, allowed);
  const added = new Set(await addKeys(tx, fresh, master));
  const others = allowed.filter((handle) => !added.has(handle));
  const made: HeldKeys = others.length === 0 ? new Map() : await held(keyring, tx, others);
  for (const { handle, key } of fresh) {
    if (added.has(handle)) {
      made.set(handle, { key: new SubjectKey(key), isDestroyed: false });
    }
  }
  for (const handle of forbidden) {
    made.set(handle, { key: undefined, isDestroyed: true });
  }
  return made;
}

async function held(
  keyring: Keyring,
  tx: Transaction,
  handles: readonly Handle[],
): Promise<HeldKeys> {
  const rows = await findKeys(tx, handles);
  const keys = await keyring.unwrap(tx, rows);
  return new Map(
    rows.map(({ handle }, index) => {
      const key = new SubjectKey(must(keys[index], "one key for each row"));
      return [handle, { key, isDestroyed: false }];
    }),
  );
}
