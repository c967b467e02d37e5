/** A second database on the operator's server, made on first use where the login may. */
import { Client, DatabaseError as ServerError } from "pg";
import { UnavailableError } from "../../kernel/index.ts";
import { quoteIdent } from "./ident.ts";

const connectTimeoutMs = 10_000;
/** SQLSTATEs: the database is there already; somebody else makes it at this very moment. */
const alreadyThere = new Set(["42P04", "23505"]);
/** SQLSTATE: the login may not create databases. */
const mayNot = "42501";

/**
 * The URL of the database `name` on the server of `url`, which is made when it is missing.
 * @throws UnavailableError `database-missing` when the login may not make it, with what to type
 */
export async function furtherDatabase(url: string, name: string): Promise<string> {
  const quoted = quoteIdent(name);
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: "waybill",
  });
  client.on("error", () => {});
  try {
    await client.connect();
    const made = await client.query("select from pg_database where datname = $1", [name]);
    if (made.rowCount === 0) {
      await client.query(`create database ${quoted}`);
    }
  } catch (error) {
    refuseUnlessThere(error, name);
  } finally {
    await client.end().catch(() => undefined);
  }
  const further = new URL(url);
  further.pathname = name;
  return further.href;
}

/** What the server says can hold names of ours only; what the network says, the address of the server. */
function refuseUnlessThere(error: unknown, name: string): void {
  const code = error instanceof ServerError ? error.code : undefined;
  if (code !== undefined && alreadyThere.has(code)) {
    return;
  }
  if (code === mayNot) {
    throw new UnavailableError("database-missing", `there is no database ${name}`, {
      hint: `create it: create database ${name} owner LOGIN; or let the login: alter role LOGIN createdb`,
    });
  }
  throw new UnavailableError("database-unreachable", `the server does not answer for ${name}`, {
    hint: "check that PostgreSQL runs at the address in DATABASE_URL",
  });
}
