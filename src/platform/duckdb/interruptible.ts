/** How work of DuckDB ends early: stopped by a signal, or by an error that says no value. */
import type { DuckDBConnection } from "@duckdb/node-api";
import {
  CancelledError,
  InvariantError,
  UnavailableError,
  WaybillError,
} from "../../kernel/index.ts";

/**
 * Work of a connection, which is interrupted when the signal is aborted; its errors hold no values.
 * @throws CancelledError when the signal is aborted
 */
export async function interruptible<T>(
  connection: DuckDBConnection,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const isStopped = (): boolean => signal?.aborted === true;
  if (isStopped()) {
    throw stopped();
  }
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener("abort", interrupt, { once: true });
  try {
    return await withoutValues(work);
  } catch (error) {
    throw isStopped() ? stopped() : error;
  } finally {
    signal?.removeEventListener("abort", interrupt);
  }
}

/** What is thrown where a signal was aborted. */
export function stopped(): CancelledError {
  return new CancelledError("analysis-cancelled", "the analysis was stopped");
}

/**
 * The kinds of DuckDB's errors are the first words of their messages, after what was being done; the
 * rest may quote values. The appender names no kind.
 */
const errorKind = /^(?:Failed to (?<work>[a-z ]+): )?(?:(?<kind>[A-Z][A-Za-z ]+ Error): )?/;
/** What the appender says when a block finds no memory. */
const noMemory = /^Failed to append: (?:could not allocate|failed to)/;

/** Work of DuckDB, whose errors hold no value of a record. */
export async function withoutValues<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WaybillError || error instanceof InvariantError) {
      throw error;
    }
    const message = error instanceof Error ? error.message : "";
    const named = errorKind.exec(message)?.groups;
    const kind =
      named?.["kind"] ?? (named?.["work"] === "append" ? "Append Error" : "unknown error");
    if (kind === "Out of Memory Error" || noMemory.test(message)) {
      throw new UnavailableError(
        "analysis-memory",
        "the analysis needs more memory than it may use",
        {
          hint: "give it more memory, or free space in the temporary folder",
        },
      );
    }
    throw new DuckDbError(kind, kindsWithoutValues.has(kind) ? message : kind);
  }
}

/** Messages of these speak of statements and names, which are ours. */
const kindsWithoutValues: ReadonlySet<string> = new Set([
  "Parser Error",
  "Catalog Error",
  "Binder Error",
]);

/** A statement failed in DuckDB. The message holds no value of a record. */
export class DuckDbError extends Error {
  override readonly name = "DuckDbError";
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}
