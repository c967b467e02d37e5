/**
 * The one place where things are wired: where the data lies, which database, whose clock, who acts.
 * Everything else takes what it needs as arguments.
 */
import { mkdir } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { resolve } from "node:path";
import { type Clock, must } from "../kernel/index.ts";
import type { Protection } from "../modules/protection/index.ts";
import { systemClock } from "../platform/clock.ts";
import { environmentVariable, readConfig } from "../platform/config.ts";
import {
  checkServer,
  type Database,
  migrateAllScopes,
  migrateControl,
  openDatabase,
  startEmbedded,
} from "../platform/postgres/index.ts";
import { Keys, readKeySettings } from "./protecting.ts";

export interface ContextOptions {
  /** Data directory; default `WAYBILL_DATA`, then `.waybill` in the working directory. */
  readonly data?: string | undefined;
  /** Database URL; default `DATABASE_URL`, then the embedded server in the data directory. */
  readonly database?: string | undefined;
  readonly clock?: Clock | undefined;
}

export interface Context extends AsyncDisposable {
  readonly db: Database;
  readonly databaseUrl: string;
  readonly clock: Clock;
  /** Absolute. */
  readonly dataDir: string;
  /** Who acts, as changes and intakes name them. */
  readonly actor: string;
  /** The protection of a client by its key: opened on first use, once in the life of the context. */
  readonly protect: (client: string) => Promise<Protection>;
  /** What concerns keys themselves: for the commands `keys …`. */
  readonly keys: Keys;
  /** The firm that runs Waybill, as its waybills name it: `WAYBILL_OPERATOR`, or this machine's name. */
  readonly operator: string;
}

/** The absolute path of the data directory, by the rule of {@link ContextOptions.data}. */
export function dataDirectory(option: string | undefined): string {
  return resolve(option ?? readConfig().dataDir ?? ".waybill");
}

/**
 * Opens everything: starts the embedded server when no other database is named, brings the schemas up
 * to date, and refuses a server or a login that is not safe.
 */
export async function openContext(options: ContextOptions = {}): Promise<Context> {
  const config = readConfig();
  const dataDir = dataDirectory(options.data);
  const url = options.database ?? config.databaseUrl;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await using stack = new AsyncDisposableStack();
  const embedded = url === undefined ? await startEmbedded({ dataDir }) : undefined;
  stack.defer(() => embedded?.stop());
  const databaseUrl = url ?? must(embedded, "without another database there is our own").url;
  const db = stack.use(await openDatabase({ url: databaseUrl }));
  await checkServer(db);
  await migrateControl(db);
  await migrateAllScopes(db);
  const clock = options.clock ?? systemClock;
  const settings = readKeySettings();
  const further = embedded?.database;
  const keys = stack.use(new Keys({ databaseUrl, further, dataDir, clock, settings }));
  const owned = stack.move();
  return {
    db,
    databaseUrl,
    clock,
    keys,
    protect: (client) => keys.protect(client),
    dataDir,
    actor: `cli:${userInfo().username}`,
    operator: environmentVariable("WAYBILL_OPERATOR") ?? hostname(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
