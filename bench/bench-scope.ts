/** A client of its own for a bench, on an embedded PostgreSQL with production settings. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createScope,
  type Database,
  migrateControl,
  migrateScope,
  openDatabase,
  type Scope,
  startEmbedded,
} from "../src/platform/postgres/index.ts";

export interface BenchDatabase extends AsyncDisposable {
  readonly db: Database;
  /** For processes that connect themselves. */
  readonly url: string;
  /** The data directory, for what writes files. */
  readonly dataDir: string;
}

/**
 * Starts a server in a temporary folder; both go at the end.
 * @param settings of the server, over those of production
 */
export async function benchDatabase(
  settings: Readonly<Record<string, string>> = {},
): Promise<BenchDatabase> {
  await using stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "waybill-bench-"));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const embedded = await startEmbedded({ dataDir, settings });
  stack.defer(() => embedded.stop());
  const db = stack.use(await openDatabase({ url: embedded.url }));
  await migrateControl(db);
  const owned = stack.move();
  return { db, url: embedded.url, dataDir, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

export async function benchScope(
  key: string,
): Promise<AsyncDisposable & { readonly db: Database; readonly scope: Scope }> {
  const bench = await benchDatabase();
  const scope = await createScope(bench.db, key);
  await migrateScope(bench.db, scope);
  return { db: bench.db, scope, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
}
