/** A database of its own for a test, on the run's PostgreSQL, as the login role that is no superuser. */
import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";
import {
  createScope,
  listScopes,
  migrateScope,
  openDatabase,
  type Database,
  type NamedScope,
} from "../../src/platform/postgres/index.ts";
import { readyKey, templateName } from "./template-name.ts";

export interface TestDatabase extends AsyncDisposable {
  readonly db: Database;
  /** For what opens a connection itself. All of them must be closed before the end of the test. */
  readonly url: string;
}

/**
 * Clones the template. Use with `await using`: at the end the database goes with its roles.
 * @throws Error at the end when a connection was left open
 */
export async function testDatabase(options: { poolSize?: number } = {}): Promise<TestDatabase> {
  const name = `t_${randomBytes(5).toString("hex")}`;
  // Copying files costs a third of writing them to the log as well, which is only for what must last.
  await maintain((client) =>
    client.query(`create database ${name} template ${templateName} strategy file_copy`),
  );
  const url = new URL(inject("postgresUrl"));
  url.pathname = name;
  const db = await openDatabase({
    url: url.href,
    poolSize: options.poolSize ?? 4,
    applicationName: "test",
  });
  return {
    db,
    url: url.href,
    async [Symbol.asyncDispose]() {
      const scopes = await listScopes(db);
      await db[Symbol.asyncDispose]();
      const leaked = await maintain((client) => remove(client, name, scopes));
      if (leaked.length > 0) {
        throw new Error(`the test left connections open: ${leaked.join(", ")}`);
      }
    },
  };
}

/**
 * Makes a client's scope, with the tables that every client has. The first of a database takes what the
 * template has ready, for 0.01 s of processor time: to create the tables takes 0.15 s.
 */
export async function testScope(db: Database, key = "acme"): Promise<NamedScope> {
  const ready = await takeReady(db, key);
  if (ready !== undefined) {
    return ready;
  }
  const scope = await createScope(db, key);
  await migrateScope(db, scope);
  return scope;
}

/** Its roles are the template's: what they may, they may in one database each. */
const readyScope: NamedScope = {
  key: readyKey,
  schema: `c_${readyKey}`,
  role: `${templateName}_c_${readyKey}_data`,
  owner: `${templateName}_c_${readyKey}_owner`,
};

async function takeReady(db: Database, key: string): Promise<NamedScope | undefined> {
  const scope = { ...readyScope, key, schema: `c_${key.replaceAll("-", "_")}` };
  const { schema, role, owner } = scope;
  return await db.control(async (tx) => {
    const { database, isThere } = await tx.row<{ database: string; isThere: boolean }>(
      `select current_database() as database,
              exists (select from pg_namespace where nspname = $1) as "isThere"`,
      [readyScope.schema],
    );
    if (!isThere) {
      return undefined;
    }
    await tx.run(`grant create on database ${database} to ${owner}`);
    await tx.run(`set local role ${owner}`);
    await tx.run(`alter schema ${readyScope.schema} rename to ${schema}`);
    await tx.run("reset role");
    await tx.run(`revoke create on database ${database} from ${owner}`);
    await tx.run(
      "insert into scopes (key, schema_name, data_role, owner_role) values ($1, $2, $3, $4)",
      [key, schema, role, owner],
    );
    return scope;
  });
}

/** Drops database and roles. Returns the names of connections that were still open. */
async function remove(
  client: Client,
  name: string,
  scopes: readonly NamedScope[],
): Promise<string[]> {
  const leaked = await openConnections(client, name);
  // By force only where a test left a connection: an autovacuum worker of the superuser may not be ended
  // by this role, but a plain drop waits until it has given way.
  await client.query(`drop database ${name}${leaked.length === 0 ? "" : " with (force)"}`);
  for (const { role, owner } of scopes.filter((scope) => scope.owner !== readyScope.owner)) {
    await client.query(`drop role if exists ${role}, ${owner}`);
  }
  return leaked;
}

/** A connection that was closed leaves the list a moment later: only what stays is a leak. */
async function openConnections(client: Client, name: string): Promise<string[]> {
  for (let attempt = 0; ; attempt += 1) {
    const { rows } = await client.query<{ application_name: string }>(
      "select application_name from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
      [name],
    );
    if (rows.length === 0 || attempt === 20) {
      return rows.map((row) => row.application_name);
    }
    await client.query("select pg_sleep(0.05)");
  }
}

async function maintain<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: inject("postgresUrl") });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
