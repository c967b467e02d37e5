/** What a client's keys look like, and whether all of them are what they should be. */
import { type KeyPlace, Keyring, unwrapSecrets } from "./keyring.ts";
import { countForbidden } from "./store/journal-lines.ts";
import { readSecrets, readState, type SecretUse, unusedKeys } from "./store/secrets.ts";
import { countKeys, nextKeys } from "./store/subject-keys.ts";

const KEYS_AT_ONCE = 10_000;

/** Nothing secret: ids, versions, counts. */
export interface KeyStatus {
  /** Where key-encryption keys are made now. */
  readonly keeping: string;
  readonly secrets: readonly {
    readonly use: SecretUse;
    readonly version: number;
    readonly keyId: string;
  }[];
  /** Key-encryption keys that were made here and wrap nothing any more. */
  readonly unused: readonly string[];
  /** The version of the master that wraps new keys; 0 before the first. */
  readonly master: number;
  /** How many keys of subjects each version of the master wraps. */
  readonly keys: readonly { readonly master: number; readonly keys: number }[];
  /** Subjects that may have no key. */
  readonly destroyed: number;
  readonly journal: { readonly path: string; readonly lines: number; readonly carriedOut: number };
  /** Whether a rotation was begun and not ended. */
  readonly isRotating: boolean;
}

/** Reads the state of a client's keys without unwrapping any. */
export async function keyStatus(place: KeyPlace): Promise<KeyStatus> {
  const { db, scope, encryption, journal } = place;
  const found = await db.scoped(
    scope,
    async (tx) => ({
      state: await readState(tx, "none"),
      rows: await readSecrets(tx),
      unused: await unusedKeys(tx),
      keys: await countKeys(tx),
      forbidden: await countForbidden(tx),
    }),
    { readOnly: true, isolation: "repeatable read", statementTimeoutMs: 0 },
  );
  const secrets = found.rows.map(({ use, version, keyId }) => ({ use, version, keyId }));
  return {
    keeping: encryption.description,
    secrets,
    unused: found.unused,
    master: found.state.master,
    keys: found.keys,
    destroyed: found.forbidden.forbidden,
    journal: {
      path: journal.path,
      lines: await journal.length(),
      carriedOut: found.state.lines,
    },
    isRotating: secrets.filter(({ use }) => use === "master").length > 1,
  };
}

/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  readonly isSound: boolean;
}

/**
 * Looks at everything: that the client's own keys and the key of every subject unwrap, that no destroyed
 * key is there, that both copies of the journal agree.
 * @throws RefusedError `key-missing`, `key-wrong`, `master-missing` or `subject-key-refused` at the first
 * key that cannot be unwrapped
 */
export async function verifyKeys(place: KeyPlace): Promise<Finding[]> {
  const { db, scope, journal } = place;
  const rows = await db.scoped(scope, readSecrets, { readOnly: true });
  await unwrapSecrets(place, rows);
  const keys = rows.length === 0 ? 0 : await unwrapAll(await Keyring.open(place));
  const { state, forbidden } = await db.scoped(
    scope,
    async (tx) => ({
      state: await readState(tx, "none"),
      forbidden: await countForbidden(tx),
    }),
    { readOnly: true, statementTimeoutMs: 0 },
  );
  const lines = (await journal.after(0)).length;
  return [
    { what: `${rows.length} keys of the client unwrap`, isSound: true },
    { what: `${keys} keys of subjects unwrap`, isSound: true },
    {
      what: `${forbidden.withKey} of ${forbidden.forbidden} destroyed keys are there`,
      isSound: forbidden.withKey === 0,
    },
    {
      what: `${state.lines} of ${lines} lines of the journal were carried out`,
      isSound: state.lines === lines,
    },
  ];
}

async function unwrapAll(keyring: Keyring): Promise<number> {
  const { db, scope } = keyring.place;
  let seen = 0;
  for (let after: string | null = null; ;) {
    const position: string | null = after;
    const rows = await db.scoped(
      scope,
      async (tx) => {
        const portion = await nextKeys(tx, position, KEYS_AT_ONCE);
        await keyring.unwrap(tx, portion);
        return portion;
      },
      { readOnly: true },
    );
    const last = rows.at(-1);
    if (last === undefined) {
      return seen;
    }
    seen += rows.length;
    after = last.handle;
  }
}
