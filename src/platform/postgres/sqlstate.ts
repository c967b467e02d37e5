/**
 * The one table from PostgreSQL's SQLSTATE codes to Waybill's errors
 * (https://www.postgresql.org/docs/18/errcodes-appendix.html).
 *
 * A server error can hold values of records in its message, `detail`, `where` and `internalQuery`
 * ("Key (email)=(…) already exists"). Nothing of these leaves this file, and the original error is
 * never kept as a cause: what escapes is the SQLSTATE, the names the server reports in fields of
 * their own, and the message only of classes whose messages are made of names.
 */
import {
  CancelledError,
  ConflictError,
  ForbiddenError,
  TimeoutError,
  UnavailableError,
  WaybillError,
} from "../../kernel/index.ts";
import { DatabaseError as ServerError } from "pg";

/** A statement failed in a way that no other kind of error describes: a bug, or a constraint that a caller may expect. */
export class StatementError extends Error {
  override readonly name = "StatementError";
  readonly sqlstate: string;
  readonly constraint: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly routine: string | undefined;
  /** 1-based character in the statement's text, where the server says so. */
  readonly position: number | undefined;

  constructor(message: string, parts: Omit<StatementError, keyof Error>) {
    super(message);
    this.sqlstate = parts.sqlstate;
    this.constraint = parts.constraint;
    this.table = parts.table;
    this.column = parts.column;
    this.routine = parts.routine;
    this.position = parts.position;
  }
}

/**
 * Features (0A), transaction state (25), dependent objects (2B), schema names (3F), syntax and names
 * (42), object state (55): their messages speak of statements and names, which are ours.
 */
const messageHoldsNoValues = /^(?:0A|25|2B|3F|42|55)/;

/** Codes of Node.js for a connection that was lost or never came about. */
const lostConnection = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
]);

/** The messages of `pg` itself, which has no codes for them. */
const lostConnectionMessage =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client was closed|Client has encountered a connection error|Client network socket disconnected)/;

/** A broken `unique` or primary key constraint, by name where one is given. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return (
    error instanceof StatementError &&
    error.sqlstate === "23505" &&
    (constraint === undefined || error.constraint === constraint)
  );
}

/** A serialisation failure or deadlock: the same transaction, run again, can succeed. */
export function isRetryable(error: unknown): boolean {
  return error instanceof ConflictError && error.details["retryable"] === true;
}

/** What decides between two meanings of one code. */
export interface ErrorContext {
  /** Somebody asked for the end: 57014 is a cancellation, else the statement's time was up. */
  readonly cancelled: boolean;
  /** The transaction was opened read only: 25006 is our bug, else the server is a standby. */
  readonly readOnly: boolean;
}

/** Makes of whatever the driver threw an error that is fit to travel. Errors of our own pass unchanged. */
export function escapingError(error: unknown, context: ErrorContext): unknown {
  if (error instanceof ServerError) {
    return fromServer(error, context);
  }
  if (error instanceof Error && !(error instanceof WaybillError)) {
    return isConnectionLoss(error) ? connectionLost(error) : error;
  }
  return error;
}

function isConnectionLoss(error: Error): boolean {
  const code: unknown = Reflect.get(error, "code");
  return (
    (typeof code === "string" && lostConnection.has(code)) ||
    lostConnectionMessage.test(error.message)
  );
}

function connectionLost(error: Error): UnavailableError {
  return new UnavailableError("database-unreachable", "the database does not answer", {
    hint: "check that PostgreSQL runs and that DATABASE_URL names its host and port",
    details: { cause: String(Reflect.get(error, "code") ?? error.name) },
  });
}

type Mapping = (
  options: { details: Readonly<Record<string, string>> },
  context: ErrorContext,
) => Error;

const deadlockOrSerialisation: Mapping = ({ details }) =>
  new ConflictError("transaction-conflict", "another transaction came in between", {
    hint: "try again",
    details: { ...details, retryable: true },
  });

const refusedLogin: Mapping = (options) =>
  new UnavailableError("database-login", "the database refused the login", {
    ...options,
    hint: "check user and password in DATABASE_URL",
  });

const transactionTimeout: Mapping = (options) =>
  new TimeoutError("transaction-timeout", "a transaction took longer than its limit", options);

const mappings: ReadonlyMap<string, Mapping> = new Map<string, Mapping>([
  [
    "57014",
    (options, { cancelled }) =>
      cancelled
        ? new CancelledError("statement-cancelled", "the statement was cancelled", options)
        : new TimeoutError("statement-timeout", "a statement took longer than its limit", {
            ...options,
            hint: "narrow the request, or try again when the database is less busy",
          }),
  ],
  ["25P03", transactionTimeout],
  ["25P04", transactionTimeout],
  [
    "55P03",
    (options) =>
      new TimeoutError("lock-timeout", "waited too long for a lock of another transaction", {
        ...options,
        hint: "try again; if it stays so, look for a long transaction in pg_stat_activity",
      }),
  ],
  ["40001", deadlockOrSerialisation],
  ["40P01", deadlockOrSerialisation],
  [
    "42501",
    (options) =>
      new ForbiddenError("database-permission", "the database role may not do this", options),
  ],
  [
    "53100",
    (options) =>
      new UnavailableError("disk-full", "the database's disk is full", {
        ...options,
        hint: "free space on the database's disk; nothing that was accepted is lost",
      }),
  ],
  [
    "53300",
    (options) =>
      new UnavailableError("too-many-connections", "the database takes no more connections", {
        ...options,
        hint: "lower the pool sizes of the processes, or raise max_connections",
      }),
  ],
  ["28P01", refusedLogin],
  ["28000", refusedLogin],
  [
    "3D000",
    (options) =>
      new UnavailableError("database-missing", "the database does not exist", {
        ...options,
        hint: "create it, owned by the login role, or mend the name in DATABASE_URL",
      }),
  ],
]);

function fromServer(error: ServerError, context: ErrorContext): Error {
  const sqlstate = error.code ?? "XX000";
  const said = messageHoldsNoValues.test(sqlstate) ? { said: error.message } : {};
  const options = { details: { sqlstate, ...said } };
  if (sqlstate === "25006" && !context.readOnly) {
    return new UnavailableError("database-read-only", "the database accepts no writes", {
      ...options,
      hint: "the server is a standby or is set read only; point DATABASE_URL at the primary",
    });
  }
  const mapping = mappings.get(sqlstate);
  return mapping === undefined ? fromClass(error, sqlstate) : mapping(options, context);
}

function fromClass(error: ServerError, sqlstate: string): Error {
  if (/^(?:08|53|57P0|58)/.test(sqlstate)) {
    return new UnavailableError("database-unavailable", "the database cannot go on at present", {
      hint: "look at the server's log; try again when it is mended",
      details: { sqlstate },
    });
  }
  const parts = [`SQLSTATE ${sqlstate}`];
  if (error.constraint !== undefined) {
    parts.push(`constraint ${error.constraint}`);
  }
  if (error.table !== undefined) {
    parts.push(`table ${error.table}`);
  }
  if (error.column !== undefined) {
    parts.push(`column ${error.column}`);
  }
  const said = messageHoldsNoValues.test(sqlstate) ? `: ${error.message}` : "";
  return new StatementError(`the database refused a statement (${parts.join(", ")})${said}`, {
    sqlstate,
    constraint: error.constraint,
    table: error.table,
    column: error.column,
    routine: error.routine,
    position: error.position === undefined ? undefined : Number(error.position),
  });
}
