/**
 * Logins for people and programs outside: a role that owns nothing, may change nothing and sees one
 * schema, in which the scope's owner puts views. It is a member of no other role and has no way to one.
 */
import { ConflictError, InvalidInputError } from "../../kernel/index.ts";
import type { Database, Scope, Transaction } from "./door.ts";
import { isIdent, quoteIdent } from "./ident.ts";
import { withLiterals } from "./literals.ts";
import { asRole, lockScopes, type NamedScope } from "./scope-roles.ts";

export interface Login {
  readonly login: string;
  /** The schema that it sees; owned by the scope's owner. */
  readonly schema: string;
}

export interface LoginRequest {
  /** What it is called within the scope; the schema's name, and the login's unless that is given. */
  readonly name: string;
  readonly login?: string | undefined;
  /** What the server keeps of the password. */
  readonly verifier: string;
}

/**
 * What a session of a login begins with, so that a careless query of a reporting tool cannot take the
 * server from others. Whoever has the login can set these otherwise; the number of connections not.
 */
const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  default_transaction_read_only: "on",
  statement_timeout: "60s",
  lock_timeout: "5s",
  idle_in_transaction_session_timeout: "60s",
};
const MOST_CONNECTIONS = 5;

/**
 * Makes a login and its schema, empty.
 * @throws InvalidInputError `login-name` when a name would be unfit
 * @throws ConflictError `login-taken` when there is such a role or schema
 */
export async function createLogin(
  db: Database,
  scope: NamedScope,
  { name, login: asked, verifier }: LoginRequest,
): Promise<Login> {
  return await db.control(async (tx) => {
    await lockScopes(tx);
    const { database } = await tx.row<{ database: string }>(
      "select current_database() as database",
    );
    const schema = `v${scope.schema.slice(1)}__${name}`;
    const login = asked ?? `${database}_${schema}`;
    requireFit(login, schema);
    await requireFree(tx, login, schema);
    const role = quoteIdent(login);
    const attributes = `login noinherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit ${MOST_CONNECTIONS}`;
    await tx.run(
      await withLiterals(tx, `create role ${role} ${attributes} password $1`, [verifier]),
    );
    for (const [setting, value] of Object.entries(SESSION_SETTINGS)) {
      await tx.run(await withLiterals(tx, `alter role ${role} set ${setting} = $1`, [value]));
    }
    await tx.run(`alter role ${role} set search_path = ${quoteIdent(schema)}`);
    await tx.run(`create schema ${quoteIdent(schema)} authorization ${quoteIdent(scope.owner)}`);
    await asRole(tx, scope.owner, async () => {
      await tx.run(`revoke all on schema ${quoteIdent(schema)} from public`);
      await tx.run(`grant usage on schema ${quoteIdent(schema)} to ${role}`);
    });
    await tx.run("insert into logins (login, key, schema_name) values ($1, $2, $3)", [
      login,
      scope.key,
      schema,
    ]);
    return { login, schema };
  });
}

/** Takes a login back, with its schema and everything in it. Returns whether there was one. */
export async function dropLogin(db: Database, scope: NamedScope, login: string): Promise<boolean> {
  return await db.control(async (tx) => {
    await lockScopes(tx);
    const [found] = await loginsOf(tx, scope.key, login);
    if (found === undefined) {
      return false;
    }
    await removeLogin(tx, scope, found);
    return true;
  });
}

/** The logins of a scope, by name. */
export async function listLogins(db: Database, key: string): Promise<Login[]> {
  return await db.control((tx) => loginsOf(tx, key), { readOnly: true });
}

/** Removes every login of a scope, in the transaction that removes the scope. */
export async function removeLogins(tx: Transaction, scope: NamedScope): Promise<void> {
  for (const login of await loginsOf(tx, scope.key)) {
    await removeLogin(tx, scope, login);
  }
}

async function removeLogin(
  tx: Transaction,
  { owner }: Scope,
  { login, schema }: Login,
): Promise<void> {
  await asRole(tx, owner, async () => {
    await tx.run(`drop schema if exists ${quoteIdent(schema)} cascade`);
  });
  await tx.run(`drop role if exists ${quoteIdent(login)}`);
  await tx.run("delete from logins where login = $1", [login]);
}

async function loginsOf(tx: Transaction, key: string, login?: string): Promise<Login[]> {
  return await tx.rows<Login>(
    `select login, schema_name as schema from logins
      where key = $1 and ($2::text is null or login = $2) order by login`,
    [key, login ?? null],
  );
}

function requireFit(login: string, schema: string): void {
  const unfit = [login, schema].find((name) => !isIdent(name));
  if (unfit !== undefined) {
    throw new InvalidInputError(
      "login-name",
      "the name of the login or its schema would be unfit",
      [
        {
          at: unfit,
          message: "must be at most 63 lower-case letters, digits and underscores",
          hint: "choose a shorter name",
        },
      ],
    );
  }
}

async function requireFree(tx: Transaction, login: string, schema: string): Promise<void> {
  const { roles, schemas } = await tx.row<{ roles: boolean; schemas: boolean }>(
    `select exists (select from pg_roles where rolname = $1) as roles,
            exists (select from pg_namespace where nspname = $2) as schemas`,
    [login, schema],
  );
  if (roles || schemas) {
    const what = roles ? `role ${login}` : `schema ${schema}`;
    throw new ConflictError("login-taken", `there is a ${what} already`, {
      hint: "choose another name, or take the old one back first",
    });
  }
}
