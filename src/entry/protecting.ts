/** Where keys lie, wired: the key database, the key-encryption keys and the journal of destroyed keys. */
import { join } from "node:path";
import { type Clock, InvalidInputError, RefusedError } from "../kernel/index.ts";
import {
  fileKeyring,
  JournalFile,
  type KeyEncryption,
  keyEncryptions,
  type KeyPlace,
  openProtection,
  type Protection,
  tokenKeyring,
} from "../modules/protection/index.ts";
import { environmentVariable } from "../platform/config.ts";
import { openToken } from "../platform/crypto/index.ts";
import {
  checkServer,
  createScope,
  type Database,
  furtherDatabase,
  migrateControl,
  migrateScope,
  openDatabase,
} from "../platform/postgres/index.ts";

/** What the way to the keys begins with. */
export interface KeyOptions {
  /** The database of the data; never the one of the keys. */
  readonly databaseUrl: string;
  /** Makes a further database on the embedded server; undefined where the server is the operator's. */
  readonly further: ((name: string) => Promise<string>) | undefined;
  /** Absolute. */
  readonly dataDir: string;
  readonly clock: Clock;
}

/** Opens what concerns keys when it is first asked for: clients without sealed fields need none of it. */
export class Keys implements AsyncDisposable {
  readonly #options: KeyOptions;
  readonly #protections = new Map<string, Promise<Protection>>();
  #database: Promise<Database> | undefined;

  constructor(options: KeyOptions) {
    this.#options = options;
  }

  /** The protection of a client, opened once. */
  async protect(client: string): Promise<Protection> {
    const known = this.#protections.get(client);
    const opened = known ?? this.place(client).then(openProtection);
    this.#protections.set(client, opened);
    return await opened.catch((error: unknown) => {
      this.#protections.delete(client);
      throw error;
    });
  }

  /** Where the keys of a client lie; its schema in the key database is made when it is missing. */
  async place(client: string): Promise<KeyPlace> {
    const db = await this.#open();
    const scope = await createScope(db, client);
    await migrateScope(db, scope, "keys");
    const { dataDir, clock } = this.#options;
    return {
      db,
      scope,
      client,
      encryption: await keeping(dataDir),
      journal: new JournalFile(join(dataDir, "keys", "destroyed", client)),
      clock,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const db = await this.#database?.catch(() => undefined);
    await db?.[Symbol.asyncDispose]();
  }

  async #open(): Promise<Database> {
    this.#database ??= openKeyDatabase(this.#options);
    return await this.#database.catch((error: unknown) => {
      this.#database = undefined;
      throw error;
    });
  }
}

/**
 * With `WAYBILL_PKCS11_MODULE` new keys are made in a token, and those in files stay usable until they are
 * rotated. `WAYBILL_KEYRING` names another folder for files than that of the data, best on another disk.
 */
async function keeping(dataDir: string): Promise<KeyEncryption> {
  const folder = environmentVariable("WAYBILL_KEYRING") ?? join(dataDir, "keys", "encryption");
  const files = fileKeyring(folder);
  const module = environmentVariable("WAYBILL_PKCS11_MODULE");
  if (module === undefined) {
    return keyEncryptions([files]);
  }
  const token = environmentVariable("WAYBILL_PKCS11_TOKEN");
  const pin = environmentVariable("WAYBILL_PKCS11_PIN");
  if (token === undefined || pin === undefined) {
    throw new InvalidInputError("environment", "the environment cannot be used", [
      {
        at: "WAYBILL_PKCS11_MODULE",
        message: "the module's library is named, but not the token in it or the PIN of its user",
        hint: "set WAYBILL_PKCS11_TOKEN to the token's label and WAYBILL_PKCS11_PIN",
      },
    ]);
  }
  return keyEncryptions([tokenKeyring(await openToken({ module, token, pin })), files]);
}

/** `WAYBILL_KEYS_URL`, or beside the database of the data one with its name and `_keys`. */
async function openKeyDatabase({ databaseUrl, further }: KeyOptions): Promise<Database> {
  const data = new URL(databaseUrl);
  const name = `${data.pathname.slice(1)}_keys`;
  const url =
    environmentVariable("WAYBILL_KEYS_URL") ??
    (await (further ?? ((one: string) => furtherDatabase(databaseUrl, one)))(name));
  const keys = new URL(url);
  if (keys.host === data.host && keys.pathname === data.pathname) {
    throw new RefusedError("keys-beside-data", "the key database is the database of the data", [], {
      hint: "name another one in WAYBILL_KEYS_URL: keys and data must not lie in one backup",
    });
  }
  const db = await openDatabase({ url, applicationName: "waybill keys" });
  try {
    await checkServer(db);
    await migrateControl(db);
  } catch (error) {
    await db[Symbol.asyncDispose]();
    throw error;
  }
  return db;
}
