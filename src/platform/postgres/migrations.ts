/**
 * Migrations: plain SQL files, `0001_name.sql`, each applied once, in one transaction, in the order
 * of their names. The bookkeeping row goes first, so that two at once cannot both apply a file even
 * if the lock were lost. A file that was applied never changes: its SHA-256 is kept and compared.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RefusedError } from "../../kernel/index.ts";
import { controlSchema } from "./database.ts";
import type { Database, Scope, Transaction, Work } from "./door.ts";
import { quoteIdent } from "./ident.ts";
import { listScopes } from "./scopes.ts";

const migrationsFolder = fileURLToPath(new URL("../../../migrations", import.meta.url));
const fileName = /^\d{4}_[a-z0-9_]+\.sql$/;

/** A migration as it lies in the folder. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly sha256: Buffer;
}

/** Runs one migration's transaction: as the login on the control schema, or as a scope's owner. */
type InTransaction = <T>(work: Work<T>) => Promise<T>;

interface Target {
  readonly inTransaction: InTransaction;
  /** The bookkeeping table, found by the transaction's search path. */
  readonly table: string;
  /** What the lock is taken on, and what messages call the place. */
  readonly schema: string;
}

/** Brings the control plane up to date. Returns the names of the files applied now. */
export async function migrateControl(db: Database): Promise<string[]> {
  const migrations = await readMigrations(join(migrationsFolder, "control"));
  await db.control(async (tx) => {
    await lock(tx, controlSchema);
    await tx.run(`create schema if not exists ${quoteIdent(controlSchema)}`);
    await tx.run(`revoke all on schema ${quoteIdent(controlSchema)} from public`);
  });
  return await migrate(migrations, {
    inTransaction: (work) => db.control(work, { statementTimeoutMs: 0, lockTimeoutMs: 0 }),
    table: "migrations",
    schema: controlSchema,
  });
}

/** What a scope's schema holds: a client's data, or the keys to it in a database of their own. */
export type ScopeContents = "client" | "keys";

/** Brings one scope's schema up to date, as its owner. Returns the names of the files applied now. */
export async function migrateScope(
  db: Database,
  scope: Scope,
  contents: ScopeContents = "client",
): Promise<string[]> {
  const migrations = await readMigrations(join(migrationsFolder, contents));
  return await applyToScope(db, scope, migrations);
}

/** Brings every scope up to date, one after another. Returns the schemas in which something changed. */
export async function migrateAllScopes(db: Database): Promise<string[]> {
  const migrations = await readMigrations(join(migrationsFolder, "client"));
  const changed: string[] = [];
  for (const scope of await listScopes(db)) {
    const applied = await applyToScope(db, scope, migrations);
    if (applied.length > 0) {
      changed.push(scope.schema);
    }
  }
  return changed;
}

/** Applies the given migrations to one scope. For {@link migrateScope}, and for tests of this file. */
export async function applyToScope(
  db: Database,
  scope: Scope,
  migrations: readonly Migration[],
): Promise<string[]> {
  return await migrate(migrations, {
    inTransaction: (work) => db.defining(scope, work, { statementTimeoutMs: 0, lockTimeoutMs: 0 }),
    table: "_migrations",
    schema: scope.schema,
  });
}

/**
 * The migrations in a folder, in order.
 * @throws RefusedError when a file has no number or two have the same
 */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  const numbers = new Set(names.map((name) => name.slice(0, 4)));
  const unfit = names.find((name) => !fileName.test(name));
  if (unfit !== undefined || numbers.size < names.length) {
    throw new RefusedError("migration-name", `the migrations in ${folder} cannot be ordered`, [
      {
        at: unfit ?? folder,
        message: "every file needs a number of its own, as in 0001_name.sql",
      },
    ]);
  }
  return await Promise.all(
    names.map(async (name) => migrationFrom(name, await readFile(join(folder, name), "utf8"))),
  );
}

/** A migration with the checksum of its text. */
export function migrationFrom(name: string, sql: string): Migration {
  return { name, sql, sha256: createHash("sha256").update(sql).digest() };
}

async function migrate(migrations: readonly Migration[], target: Target): Promise<string[]> {
  const applied = await target.inTransaction(async (tx) => {
    await lock(tx, target.schema);
    await tx.run(
      `create table if not exists ${quoteIdent(target.table)} (
         name        text primary key,
         sha256      bytea not null,
         applied_at  timestamptz not null default now()
       )`,
    );
    return await appliedMigrations(tx, target);
  });
  refuseUnknown(applied, migrations, target);
  const now: string[] = [];
  for (const migration of migrations) {
    refuseChanged(applied, migration, target);
    if (!applied.has(migration.name) && (await apply(migration, target))) {
      now.push(migration.name);
    }
  }
  return now;
}

async function apply(migration: Migration, target: Target): Promise<boolean> {
  return await target.inTransaction(async (tx) => {
    await lock(tx, target.schema);
    const inserted = await tx.run(
      `insert into ${quoteIdent(target.table)} (name, sha256) values ($1, $2) on conflict do nothing`,
      [migration.name, migration.sha256],
    );
    if (inserted === 1) {
      await tx.run(migration.sql);
    }
    return inserted === 1;
  });
}

async function lock(tx: Transaction, schema: string): Promise<void> {
  await tx.run("select pg_advisory_xact_lock(hashtext('waybill.migrations'), hashtext($1))", [
    schema,
  ]);
}

async function appliedMigrations(tx: Transaction, target: Target): Promise<Map<string, Buffer>> {
  const rows = await tx.rows<{ name: string; sha256: Buffer }>(
    `select name, sha256 from ${quoteIdent(target.table)}`,
  );
  return new Map(rows.map((row) => [row.name, row.sha256]));
}

function refuseChanged(
  applied: ReadonlyMap<string, Buffer>,
  migration: Migration,
  target: Target,
): void {
  const before = applied.get(migration.name);
  if (before !== undefined && !before.equals(migration.sha256)) {
    throw new RefusedError(
      "migration-changed",
      `the migration ${migration.name} was changed after it had been applied to ${target.schema}`,
      [],
      { hint: "restore the file as it was, and put the change into a new migration" },
    );
  }
}

/** An older Waybill must not work on a schema that a newer one has changed. */
function refuseUnknown(
  applied: ReadonlyMap<string, Buffer>,
  migrations: readonly Migration[],
  target: Target,
): void {
  const known = new Set(migrations.map((migration) => migration.name));
  const unknown = [...applied.keys()].find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw new RefusedError(
      "migration-unknown",
      `${target.schema} has the migration ${unknown}, which this version of Waybill does not know`,
      [],
      { hint: "run the version of Waybill that applied it, or a newer one" },
    );
  }
}
