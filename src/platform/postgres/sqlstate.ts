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
 * Syntax and names (42), features (0A), transaction state (25), schema names (3F), object state
 * (55): their messages speak of statements and names, which are ours.
 */
const messageHoldsNoValues = /^(?:42|0A|25|3F|55)/;

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

function fromServer(error: ServerError, context: ErrorContext): Error {
  const sqlstate = error.code ?? "XX000";
  const details = { sqlstate };
  switch (sqlstate) {
    case "57014":
      return context.cancelled
        ? new CancelledError("statement-cancelled", "the statement was cancelled", { details })
        : new TimeoutError("statement-timeout", "a statement took longer than its limit", {
            hint: "narrow the request, or try again when the database is less busy",
            details,
          });
    case "25P03":
    case "25P04":
      return new TimeoutError("transaction-timeout", "a transaction took longer than its limit", {
        details,
      });
    case "55P03":
      return new TimeoutError("lock-timeout", "waited too long for a lock of another transaction", {
        hint: "try again; if it stays so, look for a long transaction in pg_stat_activity",
        details,
      });
    case "40001":
    case "40P01":
      return new ConflictError("transaction-conflict", "another transaction came in between", {
        hint: "try again",
        details: { sqlstate, retryable: true },
      });
    case "42501":
      return new ForbiddenError("database-permission", "the database role may not do this", {
        details,
      });
    case "53100":
      return new UnavailableError("disk-full", "the database's disk is full", {
        hint: "free space on the disk of the data directory; nothing that was accepted is lost",
        details,
      });
    case "53300":
      return new UnavailableError(
        "too-many-connections",
        "the database takes no more connections",
        {
          hint: "lower the pool sizes of the processes, or raise max_connections",
          details,
        },
      );
    case "25006":
      return context.readOnly ? fromClass(error, sqlstate) : standbyRefusedWrites(details);
    case "28P01":
    case "28000":
      return new UnavailableError("database-login", "the database refused the login", {
        hint: "check user and password in DATABASE_URL",
        details,
      });
    case "3D000":
      return new UnavailableError("database-missing", "the database does not exist", {
        hint: "create it, owned by the login role, or mend the name in DATABASE_URL",
        details,
      });
    default:
      return fromClass(error, sqlstate);
  }
}

function standbyRefusedWrites(details: { readonly sqlstate: string }): UnavailableError {
  return new UnavailableError("database-read-only", "the database accepts no writes", {
    hint: "the server is a standby or is set read only; point DATABASE_URL at the primary",
    details,
  });
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
