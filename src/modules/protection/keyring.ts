/**
 * A client's own keys, unwrapped once in the life of a process: the lasting ones, and each version of
 * the master that still wraps keys of subjects.
 */
import { randomBytes, type KeyObject } from "node:crypto";
import { type Clock, must, RefusedError } from "../../kernel/index.ts";
import type { Database, Scope, Transaction } from "../../platform/postgres/index.ts";
import type { KeyEncryption } from "./encryption/key-encryption.ts";
import type { JournalFile } from "./journal/journal-file.ts";
import type { Handle } from "./protection.ts";
import { KEY_BYTES, secretKey } from "./sealing/aead.ts";
import { type ClientKeys, clientKeys } from "./sealing/client-keys.ts";
import { framed } from "./sealing/framing.ts";
import { SubjectWraps } from "./sealing/subject-wraps.ts";
import {
  noteKey,
  readSecrets,
  readState,
  type SecretRow,
  type SecretUse,
  setMaster,
  writeSecret,
} from "./store/secrets.ts";
import type { SubjectKeyRow } from "./store/subject-keys.ts";

/** Where one client's keys lie. */
export interface KeyPlace {
  /** The key database, never the one that holds the data. */
  readonly db: Database;
  readonly scope: Scope;
  readonly client: string;
  readonly encryption: KeyEncryption;
  /** The journal of destroyed keys, outside of the key database. */
  readonly journal: JournalFile;
  readonly clock: Clock;
}

/** One of the client's own keys, unwrapped. */
export interface Secret {
  readonly use: SecretUse;
  readonly version: number;
  readonly bytes: Buffer;
}

export class Keyring {
  readonly place: KeyPlace;
  /** The keys that stay the same for ever. */
  readonly keys: ClientKeys;
  readonly #wraps: SubjectWraps;
  readonly #masters = new Map<number, KeyObject>();

  private constructor(place: KeyPlace, secrets: readonly Secret[]) {
    const lasting = must(
      secrets.find(({ use }) => use === "lasting"),
      "a client's keys are made together",
    );
    this.place = place;
    this.keys = clientKeys(place.client, lasting.bytes);
    this.#wraps = new SubjectWraps(place.client);
    this.#remember(secrets);
  }

  /**
   * Unwraps the client's keys, which are made when there are none.
   * @throws RefusedError `key-missing` or `key-wrong`, with the id of the key and what to restore
   */
  static async open(place: KeyPlace): Promise<Keyring> {
    const { db, scope } = place;
    const found = await db.scoped(scope, readSecrets, { readOnly: true });
    const rows = found.length > 0 ? found : await db.scoped(scope, (tx) => makeSecrets(tx, place));
    return new Keyring(place, await unwrapSecrets(place, rows));
  }

  /** Fresh keys for the handles, wrapped by the newest master. The caller holds the state row. */
  async freshKeys(
    tx: Transaction,
    version: number,
    handles: readonly Handle[],
  ): Promise<{ readonly handle: Handle; readonly key: Buffer; readonly wrapped: Buffer }[]> {
    const master = await this.#master(tx, version);
    const random = randomBytes(handles.length * KEY_BYTES);
    return handles.map((handle, index) => {
      const key = random.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES);
      return { handle, key, wrapped: this.#wraps.wrap(master, handle, key) };
    });
  }

  /**
   * The keys of rows, in their order.
   * @throws RefusedError `subject-key-refused` when one was not wrapped for its handle
   */
  async unwrap(tx: Transaction, rows: readonly SubjectKeyRow[]): Promise<Buffer[]> {
    for (const version of new Set(rows.map(({ master }) => master))) {
      await this.#master(tx, version);
    }
    return rows.map((row) => {
      const master = must(this.#masters.get(row.master), "the masters of all rows are known");
      const key = this.#wraps.unwrap(master, row.handle, row.wrapped);
      if (key === undefined) {
        throw subjectKeyRefused(row.handle);
      }
      return key;
    });
  }

  /** The same keys, wrapped by another master. */
  async rewrap(
    tx: Transaction,
    rows: readonly SubjectKeyRow[],
    version: number,
  ): Promise<SubjectKeyRow[]> {
    const keys = await this.unwrap(tx, rows);
    const master = await this.#master(tx, version);
    return rows.map(({ handle }, index) => {
      const key = must(keys[index], "one key for each row");
      return { handle, master: version, wrapped: this.#wraps.wrap(master, handle, key) };
    });
  }

  /** A version that this process does not know yet was made by a rotation elsewhere. */
  async #master(tx: Transaction, version: number): Promise<KeyObject> {
    if (!this.#masters.has(version)) {
      this.#remember(await unwrapSecrets(this.place, await readSecrets(tx)));
    }
    const master = this.#masters.get(version);
    if (master === undefined) {
      throw new RefusedError(
        "master-missing",
        `version ${version} of the master key of ${this.place.client} is not in the key database`,
        [],
        { hint: "restore the key database as a whole; keys and masters belong together" },
      );
    }
    return master;
  }

  #remember(secrets: readonly Secret[]): void {
    for (const { use, version, bytes } of secrets) {
      if (use === "master") {
        this.#masters.set(version, secretKey(bytes));
      }
    }
  }
}

/** A secret wrapped by a key-encryption key, as a row. */
export async function wrapSecret(
  { encryption, client }: KeyPlace,
  secret: Secret,
  keyId: string,
): Promise<SecretRow> {
  const { use, version, bytes } = secret;
  const wrapped = await encryption.wrap(keyId, secretPlace(client, secret), bytes);
  return { use, version, keyId, wrapped };
}

/** One after the other: a hardware module has one session. */
export async function unwrapSecrets(
  { encryption, client }: KeyPlace,
  rows: readonly SecretRow[],
): Promise<Secret[]> {
  const secrets: Secret[] = [];
  for (const row of rows) {
    const bytes = await encryption.unwrap(row.keyId, secretPlace(client, row), row.wrapped);
    secrets.push({ use: row.use, version: row.version, bytes });
  }
  return secrets;
}

function secretPlace(
  client: string,
  { use, version }: Pick<Secret, "use" | "version">,
): Uint8Array {
  return framed(["waybill client secret 1", client, use, `${version}`]);
}

/**
 * Makes the client's next key-encryption key. One that is made for a transaction that fails is known to
 * nobody and opens nothing.
 */
export async function makeKey(tx: Transaction, { encryption, client }: KeyPlace): Promise<string> {
  const keyId = await encryption.create(client);
  await noteKey(tx, keyId);
  return keyId;
}

/** Two processes that come first at once follow one another: the second finds what the first has made. */
async function makeSecrets(tx: Transaction, place: KeyPlace): Promise<SecretRow[]> {
  await readState(tx, "update");
  const existing = await readSecrets(tx);
  if (existing.length > 0) {
    return existing;
  }
  const keyId = await makeKey(tx, place);
  const rows: SecretRow[] = [];
  for (const use of ["lasting", "master"] as const) {
    const row = await wrapSecret(place, { use, version: 1, bytes: randomBytes(KEY_BYTES) }, keyId);
    await writeSecret(tx, row);
    rows.push(row);
  }
  await setMaster(tx, 1);
  return rows;
}

function subjectKeyRefused(handle: Handle): RefusedError {
  return new RefusedError(
    "subject-key-refused",
    `the key of ${handle} is not what was stored for it`,
    [],
    { hint: "the key database was changed or damaged; restore it, then: waybill keys verify" },
  );
}
