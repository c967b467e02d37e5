/** Where keys lie, wired: the key database, the key-encryption keys and the journal of destroyed keys. */
import { join } from "node:path";
import { type Clock, InvalidInputError, RefusedError, UnavailableError } from "../kernel/index.ts";
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
import { openToken, type TokenOptions } from "../platform/crypto/index.ts";
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
  readonly settings: KeySettings;
}

/** What the operator says of keys. */
export interface KeySettings {
  /** `WAYBILL_KEYS_URL`; by default a database beside that of the data, with its name and `_keys`. */
  readonly url?: string | undefined;
  /** `WAYBILL_KEYRING`: the folder of key-encryption keys; by default one in the data directory. */
  readonly keyring?: string | undefined;
  /** With a token new keys are made there, and those in files stay usable until they are rotated. */
  readonly token?: TokenOptions | undefined;
}

/**
 * What the environment says of keys.
 * @throws InvalidInputError when it names a token's library and not the token or the PIN
 */
export function readKeySettings(): KeySettings {
  const module = environmentVariable("WAYBILL_PKCS11_MODULE");
  const token = environmentVariable("WAYBILL_PKCS11_TOKEN");
  const pin = environmentVariable("WAYBILL_PKCS11_PIN");
  if (module !== undefined && (token === undefined || pin === undefined)) {
    throw new InvalidInputError("environment", "the environment cannot be used", [
      {
        at: "WAYBILL_PKCS11_MODULE",
        message: "the module's library is named, but not the token in it or the PIN of its user",
        hint: "set WAYBILL_PKCS11_TOKEN to the token's label and WAYBILL_PKCS11_PIN",
      },
    ]);
  }
  return {
    url: environmentVariable("WAYBILL_KEYS_URL"),
    keyring: environmentVariable("WAYBILL_KEYRING"),
    token:
      module === undefined || token === undefined || pin === undefined
        ? undefined
        : { module, token, pin },
  };
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
    const { dataDir, clock, settings } = this.#options;
    return {
      db,
      scope,
      client,
      encryption: await keeping(dataDir, settings),
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

async function keeping(dataDir: string, { keyring, token }: KeySettings): Promise<KeyEncryption> {
  const files = fileKeyring(keyring ?? join(dataDir, "keys", "encryption"));
  return keyEncryptions(
    token === undefined ? [files] : [tokenKeyring(await openToken(token)), files],
  );
}

async function openKeyDatabase(options: KeyOptions): Promise<Database> {
  const url = await keysUrl(options);
  const [keys, data] = [new URL(url), new URL(options.databaseUrl)];
  if (keys.host === data.host && keys.pathname === data.pathname) {
    throw new RefusedError("keys-beside-data", "the key database is the database of the data", [], {
      hint: "name another one in WAYBILL_KEYS_URL: keys and data must not lie in one backup",
    });
  }
  const db = await openDatabase({ url, applicationName: "waybill keys" }).catch(keysUnavailable);
  try {
    await checkServer(db);
    await migrateControl(db);
  } catch (error) {
    await db[Symbol.asyncDispose]();
    throw error;
  }
  return db;
}

async function keysUrl({ databaseUrl, further, settings }: KeyOptions): Promise<string> {
  if (settings.url !== undefined) {
    return settings.url;
  }
  const name = `${new URL(databaseUrl).pathname.slice(1)}_keys`;
  return await (further === undefined ? furtherDatabase(databaseUrl, name) : further(name));
}

/** Of two databases it is said which one does not answer. */
function keysUnavailable(error: unknown): never {
  if (error instanceof UnavailableError) {
    throw new UnavailableError("keys-unavailable", `the key database: ${error.message}`, {
      hint: "check WAYBILL_KEYS_URL; nothing that is sealed can be read or written without it",
    });
  }
  throw error;
}
