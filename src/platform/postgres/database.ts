import { setTimeout } from "node:timers/promises";
import { Client, type ClientConfig, Pool, type PoolClient } from "pg";
import { assert, must } from "../../kernel/index.ts";
import { cancelUntilSettled } from "./cancel.ts";
import type {
  Database,
  Listening,
  ListenOptions,
  Scope,
  TransactionOptions,
  Work,
} from "./door.ts";
import { quoteIdent } from "./ident.ts";
import { listenOn } from "./listener.ts";
import { abandonedCopy, cancelled, OpenTransaction } from "./open-transaction.ts";
import { PooledConnection } from "./pooled-connection.ts";
import { ReusingSocket } from "./reusing-socket.ts";
import { escapingError } from "./sqlstate.ts";
import { valueTypes } from "./value-types.ts";

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database` of the login role. */
  readonly url: string;
  /** Most connections at once. Default 10. */
  readonly poolSize?: number | undefined;
  /** How the connections call themselves in `pg_stat_activity`. Default `waybill`. */
  readonly applicationName?: string | undefined;
}

const defaultPoolSize = 10;
const connectTimeoutMs = 10_000;
const idleConnectionMs = 30_000;
const defaultStatementTimeoutMs = 30_000;
const defaultLockTimeoutMs = 10_000;
const rollbackPatienceMs = 1_000;
/** A transaction that asks for nothing this long has lost its owner; the server ends it and frees its locks. */
const idleInTransactionMs = 600_000;

/**
 * Every session speaks in UTC and ISO dates, whatever the server's defaults: text forms of values
 * (COPY, casts) are then the same everywhere. `pg_catalog` only, until a transaction says otherwise.
 * The limits are those of a transaction that asks for none of its own.
 * The server looks every two seconds whether the process behind a long statement still lives: without
 * that, the statement of one that was killed would go on, and keep its locks.
 */
const sessionDefaults = [
  "TimeZone=UTC",
  "DateStyle=ISO",
  "IntervalStyle=iso_8601",
  "client_min_messages=warning",
  "client_connection_check_interval=2000",
  "search_path=pg_catalog",
  `statement_timeout=${defaultStatementTimeoutMs}`,
  `lock_timeout=${defaultLockTimeoutMs}`,
  `idle_in_transaction_session_timeout=${idleInTransactionMs}`,
];

/** The schema of the control plane: clients and jobs, no client's data. */
export const controlSchema = "waybill";

/**
 * Opens the database and makes sure that it answers.
 * @throws UnavailableError when it does not, with what to look at
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const connection = {
    connectionString: options.url,
    application_name: options.applicationName ?? "waybill",
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    types: valueTypes,
    stream: () => new ReusingSocket(),
    options: sessionDefaults.map((setting) => `-c ${setting}`).join(" "),
  };
  const pool = new Pool({
    ...connection,
    max: options.poolSize ?? defaultPoolSize,
    idleTimeoutMillis: idleConnectionMs,
  });
  // An idle connection that breaks leaves the pool by itself; without a listener it would end the process.
  pool.on("error", () => {});
  const database = new PooledDatabase(pool, connection);
  try {
    await database.control((tx) => tx.run("select 1"), { readOnly: true });
  } catch (error) {
    await pool.end();
    throw error;
  }
  return database;
}

class PooledDatabase implements Database {
  readonly #pool: Pool;
  readonly #connection: ClientConfig;
  /** By their clients, of which the pool gives the same ones again and again. */
  readonly #connections = new Map<PoolClient, PooledConnection>();

  constructor(pool: Pool, connection: ClientConfig) {
    this.#pool = pool;
    this.#connection = connection;
    pool.on("connect", (client) => this.#connections.set(client, new PooledConnection(client)));
    pool.on("remove", (client) => this.#connections.delete(client));
  }

  control<T>(work: Work<T>, options: TransactionOptions = {}): Promise<T> {
    return this.#transaction(beginTexts(undefined, controlSchema, options), work, options);
  }

  scoped<T>(scope: Scope, work: Work<T>, options: TransactionOptions = {}): Promise<T> {
    return this.#transaction(beginTexts(scope.role, scope.schema, options), work, options);
  }

  defining<T>(scope: Scope, work: Work<T>, options: TransactionOptions = {}): Promise<T> {
    return this.#transaction(beginTexts(scope.owner, scope.schema, options), work, options);
  }

  listen(options: ListenOptions): Listening {
    return listenOn(() => new Client(this.#connection), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#pool.ended) {
      await Promise.all(this.#connections.values().map((each) => each.isSettled()));
      await this.#pool.end();
    }
  }

  /**
   * Success returns the connection. After any error it is thrown away: a connection in doubt is never
   * worth the risk that another client's transaction inherits it.
   */
  async #transaction<T>(
    begin: readonly string[],
    work: Work<T>,
    options: TransactionOptions,
  ): Promise<T> {
    if (options.signal?.aborted === true) {
      throw cancelled();
    }
    const context = { cancelled: false, readOnly: options.readOnly === true };
    const connection = await this.#take().catch((error: unknown) => {
      throw escapingError(error, context);
    });
    try {
      return await runOn(connection, { begin, work, options });
    } catch (error) {
      connection.discard();
      throw escapingError(error, context);
    }
  }

  async #take(): Promise<PooledConnection> {
    const client = await this.#pool.connect();
    const connection = must(this.#connections.get(client), "the pool told of its connections");
    if (await connection.isSettled()) {
      return connection;
    }
    connection.discard();
    return await this.#take();
  }
}

interface Run<T> {
  readonly begin: readonly string[];
  readonly work: Work<T>;
  readonly options: TransactionOptions;
}

/** Does the work in a transaction, and gives the connection back when all went well. */
async function runOn<T>(
  connection: PooledConnection,
  { begin, work, options }: Run<T>,
): Promise<T> {
  const { signal, readOnly = false, keepsPlans = false } = options;
  const { client, plans } = connection;
  const text = begin.join("; ");
  const nameOf = keepsPlans ? (sql: string): string => plans.nameOf(text, sql) : undefined;
  const tx = new OpenTransaction(connection, { begin, signal, readOnly, nameOf });
  let stopCancelling = (): void => {};
  const cancel = (): void => {
    stopCancelling = cancelUntilSettled(client);
  };
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    const result = await work(tx);
    await tx.end();
    if (signal?.aborted === true) {
      throw cancelled();
    }
    if (tx.abandoned) {
      throw abandonedCopy();
    }
    if (tx.lost) {
      throw tx.failure;
    }
    if (tx.hasBegun && mayOweEnd(options) && tx.failure === undefined) {
      connection.releaseOwing();
    } else {
      await commit(client, tx);
      connection.release();
    }
    return result;
  } catch (error) {
    await rollBack(client, tx);
    throw error;
  } finally {
    signal?.removeEventListener("abort", cancel);
    stopCancelling();
  }
}

/**
 * Whether nothing can come of the end: what a serialisable transaction has read counts only when it could
 * commit. A limit of its own would still hold while what comes next ends the transaction.
 */
function mayOweEnd({ readOnly, isolation, statementTimeoutMs }: TransactionOptions): boolean {
  return readOnly === true && isolation !== "serializable" && statementTimeoutMs === undefined;
}

/** A `commit` after a failed statement rolls back and says so only in its tag. */
async function commit(client: PoolClient, tx: OpenTransaction): Promise<void> {
  if (!tx.hasBegun) {
    return;
  }
  const { command } = await client.query("commit");
  if (command !== "COMMIT") {
    throw tx.failure ?? new Error("the transaction was rolled back although no statement failed");
  }
}

/**
 * Frees the locks before the caller hears of the error. Best effort and bounded: after a lost
 * connection the answer may never come, and closing the connection rolls back as well.
 */
async function rollBack(client: PoolClient, tx: OpenTransaction): Promise<void> {
  if (tx.abandoned) {
    return;
  }
  const patience = new AbortController();
  const rolledBack = tx.end().then(() => (tx.hasBegun ? client.query("rollback") : undefined));
  await Promise.race([
    rolledBack.catch(() => undefined),
    setTimeout(rollbackPatienceMs, undefined, { signal: patience.signal }).catch(() => undefined),
  ]);
  patience.abort();
}

/**
 * Everything a transaction stands on, to be sent with its first statement: nothing here outlives it.
 * `pg_temp` comes last and by name, since it would otherwise come first and could hide the schema's tables.
 */
function beginTexts(
  role: string | undefined,
  schema: string,
  options: TransactionOptions,
): readonly string[] {
  const { isolation = "read committed", readOnly, isDurable, keepsPlans } = options;
  const { statementTimeoutMs, lockTimeoutMs } = options;
  return [
    `begin isolation level ${isolation} ${readOnly === true ? "read only" : "read write"}`,
    ...(role === undefined ? [] : [`set local role ${quoteIdent(role)}`]),
    `set local search_path = ${quoteIdent(schema)}, pg_temp`,
    ...(statementTimeoutMs === undefined
      ? []
      : [`set local statement_timeout = ${wholeMs(statementTimeoutMs)}`]),
    ...(lockTimeoutMs === undefined ? [] : [`set local lock_timeout = ${wholeMs(lockTimeoutMs)}`]),
    ...(keepsPlans === true
      ? ["set local plan_cache_mode = force_generic_plan", "set local jit = off"]
      : []),
    ...(isDurable === false ? ["set local synchronous_commit = off"] : []),
  ];
}

function wholeMs(value: number): number {
  assert(Number.isSafeInteger(value) && value >= 0, () => "a timeout is a whole number from 0 up");
  return value;
}
