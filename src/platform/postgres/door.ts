/**
 * The one transaction door. Every statement on a client's data runs between a `begin` and a `commit`
 * that first take on the scope's role and search path with `SET LOCAL`, so that nothing outlives the
 * transaction and the role can see its own schema only, even where our code is wrong.
 */

/** A schema with its two roles. Made by {@link ScopeRegistry} only; names are safe identifiers. */
export interface Scope {
  /** The schema, for example `c_telecom`. */
  readonly schema: string;
  /** The role that data statements run as: can read and write the schema's tables, cannot alter them. */
  readonly role: string;
  /** The LOGIN role (without password) that owns the schema: runs definitions (DDL) only. */
  readonly owner: string;
}

/** Values go to the server as parameters, never as text. */
export type SqlValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Buffer
  | null
  | readonly SqlValue[]
  | { readonly [key: string]: unknown };

export interface TransactionOptions {
  /** `read only` transactions may run on a standby. Default false. */
  readonly readOnly?: boolean | undefined;
  /** `repeatable read` gives one snapshot to all statements. Default `read committed`. */
  readonly isolation?: "read committed" | "repeatable read" | "serializable" | undefined;
  /** Longest time of one statement in milliseconds. Default 30,000; 0 means none (bulk work). */
  readonly statementTimeoutMs?: number | undefined;
  /** Longest time waiting for a lock in milliseconds. Default 10,000; 0 means none. */
  readonly lockTimeoutMs?: number | undefined;
  /** Whether the commit waits until it is on disk. Default true; false for what a crash may take. */
  readonly isDurable?: boolean | undefined;
  /** Aborting rolls back and throws CancelledError, also in the middle of a statement. */
  readonly signal?: AbortSignal | undefined;
  /**
   * For statements that come again and again with other values: those that have values are parsed and
   * planned once on each connection, without looking at the values, and not compiled. Their texts must
   * be few. Default false.
   */
  readonly keepsPlans?: boolean | undefined;
}

/** Hears what transactions tell with `pg_notify`, until it is disposed of. */
export interface Listening extends AsyncDisposable {
  /** The channel that is listened to. */
  readonly channel: string;
}

export interface ListenOptions {
  readonly channel: string;
  /** Called with the text of each notification, once its transaction has committed. */
  readonly onNotice: (text: string) => void;
  /** The connection is new, or there again: what was told in between was missed. */
  readonly onConnected: () => void;
}

/** A transaction that is open. Using it after its end throws InvariantError. */
export interface Transaction {
  /** Runs a statement and returns its rows. `int8` arrives as bigint, `numeric` as string, `date` as `YYYY-MM-DD` string, `timestamptz` as Date. */
  rows<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** The only row. @throws InvariantError when there is none or more than one */
  row<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row>;
  /** The only row, or undefined when there is none. */
  optionalRow<Row>(sql: string, values?: readonly SqlValue[]): Promise<Row | undefined>;
  /** Runs a statement and returns how many rows it touched. */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>;
  /** Streams `COPY … FROM STDIN` (text format chunks). Returns the number of rows. */
  copyIn(
    sql: string,
    chunks: AsyncIterable<Buffer | string> | Iterable<Buffer | string>,
  ): Promise<number>;
  /**
   * Runs `COPY … TO STDOUT` when it is read. A chunk is there until the next one is asked for: its memory is
   * used again. The transaction is busy until all is read.
   */
  copyOut(sql: string): AsyncIterable<Buffer>;
  /** Reads a large result in batches through a server-side cursor. */
  batches<Row>(sql: string, values: readonly SqlValue[], batchSize: number): AsyncIterable<Row[]>;
}

export type Work<T> = (tx: Transaction) => Promise<T>;

/** The database as the rest of the program sees it. */
export interface Database extends AsyncDisposable {
  /** A transaction on the control plane (schema `waybill`): clients, jobs. Holds no client's data. */
  control<T>(work: Work<T>, options?: TransactionOptions): Promise<T>;
  /** A transaction on one scope's data, as that scope's role. */
  scoped<T>(scope: Scope, work: Work<T>, options?: TransactionOptions): Promise<T>;
  /** A transaction that defines things in one scope (DDL), as its owner. */
  defining<T>(scope: Scope, work: Work<T>, options?: TransactionOptions): Promise<T>;
  /** Listens on a connection of its own, which is made again when it breaks. */
  listen(options: ListenOptions): Listening;
}
