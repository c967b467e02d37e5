/**
 * Scopes: a schema with two roles of its own, so that the wall between clients is the database's.
 *
 * - The owner role defines the schema's tables. It can log in, but has no password, so nobody does:
 *   Citus refuses schemas whose owner is NOLOGIN.
 * - The data role reads and writes rows, and can neither alter tables nor log in.
 *
 * The login role is a member of both without inheriting their rights: it sees a client's data only
 * where a transaction takes the role on. Roles belong to the whole cluster, so their names begin
 * with the database's; both end in a word of their own, so the names of no two keys can meet.
 */
import { ConflictError, InvalidInputError } from "../../kernel/index.ts";
import type { Database, Transaction } from "./door.ts";
import { isIdent, quoteIdent } from "./ident.ts";
import { removeLogins } from "./logins.ts";
import { asRole, lockScopes, type NamedScope } from "./scope-roles.ts";

const keyPattern = /^[a-z][a-z0-9-]{0,30}$/;

interface ScopeRow {
  readonly key: string;
  readonly schema_name: string;
  readonly data_role: string;
  readonly owner_role: string;
}

const scopeColumns = "key, schema_name, data_role, owner_role";

/**
 * Makes the schema and the roles of `key`, or returns those that exist. Safe to run again and by two
 * at once.
 * @throws InvalidInputError when `key` is not a client's key, or too long beside the database's name
 * @throws ConflictError when a role or schema of that name exists and is not this scope's
 */
export async function createScope(db: Database, key: string): Promise<NamedScope> {
  if (!keyPattern.test(key)) {
    throw new InvalidInputError("client-key", "a client's key has an unfit form", [
      { at: "client key", message: "must match ^[a-z][a-z0-9-]{0,30}$" },
    ]);
  }
  return await db.control(async (tx) => {
    await lockScopes(tx);
    const existing = await scopeRow(tx, key);
    if (existing !== undefined) {
      return scopeFromRow(existing);
    }
    const scope = await newScope(tx, key);
    await makeRoles(tx, scope);
    await makeSchema(tx, scope);
    await tx.run(
      "insert into scopes (key, schema_name, data_role, owner_role) values ($1, $2, $3, $4)",
      [key, scope.schema, scope.role, scope.owner],
    );
    return scope;
  });
}

/** The scope of `key`, if it was made. */
export async function findScope(db: Database, key: string): Promise<NamedScope | undefined> {
  const row = await db.control((tx) => scopeRow(tx, key), { readOnly: true });
  return row === undefined ? undefined : scopeFromRow(row);
}

/** Every scope, in the order of the keys. */
export async function listScopes(db: Database): Promise<NamedScope[]> {
  const rows = await db.control(
    (tx) => tx.rows<ScopeRow>(`select ${scopeColumns} from scopes order by key`),
    { readOnly: true },
  );
  return rows.map(scopeFromRow);
}

/** Removes the scope of `key` with everything in it. Returns whether there was one. */
export async function dropScope(db: Database, key: string): Promise<boolean> {
  return await db.control(
    async (tx) => {
      await lockScopes(tx);
      const row = await scopeRow(tx, key);
      if (row === undefined) {
        return false;
      }
      const scope = scopeFromRow(row);
      const { schema, role, owner } = scope;
      await removeLogins(tx, scope);
      await asRole(tx, owner, async () => {
        await tx.run(`drop schema ${quoteIdent(schema)} cascade`);
        // What is left are the owner's default privileges, which would keep the role alive.
        await tx.run(`drop owned by ${quoteIdent(owner)}`);
      });
      await tx.run(`drop role ${quoteIdent(role)}, ${quoteIdent(owner)}`);
      await tx.run("delete from scopes where key = $1", [key]);
      return true;
    },
    { statementTimeoutMs: 0 },
  );
}

async function scopeRow(tx: Transaction, key: string): Promise<ScopeRow | undefined> {
  return await tx.optionalRow<ScopeRow>(`select ${scopeColumns} from scopes where key = $1`, [key]);
}

function scopeFromRow(row: ScopeRow): NamedScope {
  return { key: row.key, schema: row.schema_name, role: row.data_role, owner: row.owner_role };
}

async function newScope(tx: Transaction, key: string): Promise<NamedScope> {
  const { database } = await tx.row<{ database: string }>("select current_database() as database");
  const schema = `c_${key.replaceAll("-", "_")}`;
  const scope = {
    key,
    schema,
    role: `${database}_${schema}_data`,
    owner: `${database}_${schema}_owner`,
  };
  if (!isIdent(scope.role) || !isIdent(scope.owner)) {
    throw new InvalidInputError("client-key", "the names of the client's roles would be unfit", [
      {
        at: "client key",
        message: `${scope.owner} must be at most 63 lower-case letters, digits and underscores`,
        hint: "shorten the client's key or the database's name",
      },
    ]);
  }
  return scope;
}

async function makeRoles(tx: Transaction, { role, owner }: NamedScope): Promise<void> {
  const taken = await tx.optionalRow<{ rolname: string }>(
    "select rolname from pg_roles where rolname in ($1, $2) limit 1",
    [role, owner],
  );
  if (taken !== undefined) {
    throw new ConflictError("scope-role-taken", `the role ${taken.rolname} exists already`, {
      hint: "it belongs to another database or was left behind; drop it, or choose another key",
    });
  }
  await tx.run(`create role ${quoteIdent(owner)} login noinherit`);
  await tx.run(`create role ${quoteIdent(role)} nologin noinherit`);
  // Before version 16 a grant has no options: there the login role's own NOINHERIT does the same.
  const { version } = await tx.row<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  );
  const options = version >= 160_000 ? " with inherit false, set true" : "";
  await tx.run(`grant ${quoteIdent(owner)}, ${quoteIdent(role)} to current_user${options}`);
}

async function makeSchema(tx: Transaction, { schema, role, owner }: NamedScope): Promise<void> {
  const quoted = { schema: quoteIdent(schema), role: quoteIdent(role) };
  await tx.run(`create schema ${quoted.schema} authorization ${quoteIdent(owner)}`);
  await asRole(tx, owner, async () => {
    await tx.run(`revoke all on schema ${quoted.schema} from public`);
    await tx.run(`grant usage on schema ${quoted.schema} to ${quoted.role}`);
    const future = `alter default privileges in schema ${quoted.schema}`;
    await tx.run(`${future} grant select, insert, update, delete on tables to ${quoted.role}`);
    await tx.run(`${future} grant select, usage, update on sequences to ${quoted.role}`);
    await tx.run("alter default privileges revoke execute on functions from public");
    await tx.run(`${future} grant execute on functions to ${quoted.role}`);
  });
}
