import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from "@duckdb/node-api";
import { CancelledError, UnavailableError } from "../../kernel/index.ts";

export interface DuckDbOptions {
  /** The most memory in MB; what does not fit goes to the disk. Default 1,024. */
  readonly memoryMb?: number | undefined;
  /** Default 2. */
  readonly threads?: number | undefined;
  /** Where to make the folder for what does not fit into the memory. Default the system's. */
  readonly tempParent?: string | undefined;
}

/** A database in memory, gone when it is disposed of, with its files. */
export class DuckDb implements AsyncDisposable {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #tempFolder: string;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, tempFolder: string) {
    this.#instance = instance;
    this.#connection = connection;
    this.#tempFolder = tempFolder;
  }

  /**
   * Opens an empty database. It never loads extensions from the network and never reads the user's
   * settings or secrets.
   */
  static async open(options: DuckDbOptions = {}): Promise<DuckDb> {
    const { memoryMb = 1_024, threads = 2, tempParent = tmpdir() } = options;
    const tempFolder = await mkdtemp(join(tempParent, "waybill-duckdb-"));
    try {
      const instance = await DuckDBInstance.create(":memory:", {
        memory_limit: `${memoryMb}MB`,
        threads: String(threads),
        temp_directory: tempFolder,
        autoinstall_known_extensions: "false",
        allow_persistent_secrets: "false",
      });
      return new DuckDb(instance, await instance.connect(), tempFolder);
    } catch (error) {
      await rm(tempFolder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Runs a statement and returns how many rows it changed. */
  async run(sql: string, values: DuckDBValue[] = [], signal?: AbortSignal): Promise<number> {
    const result = await this.#interruptible(signal, () => this.#connection.run(sql, values));
    return result.rowsChanged;
  }

  /** Runs a statement and returns its rows as objects. */
  async rows<Row>(sql: string, values: DuckDBValue[] = [], signal?: AbortSignal): Promise<Row[]> {
    const reader = await this.#interruptible(signal, () =>
      this.#connection.runAndReadAll(sql, values),
    );
    return parsedRows<Row>(reader.getRowObjectsJS());
  }

  /** Runs a query and gives its rows in the batches DuckDB makes (2,048 rows), without holding all. */
  async *batches<Row>(sql: string, values: DuckDBValue[] = []): AsyncGenerator<Row[]> {
    const result = await withoutValues(() => this.#connection.stream(sql, values));
    for await (const rows of result.yieldRowObjectJs()) {
      yield parsedRows<Row>(rows);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.closeSync();
    this.#instance.closeSync();
    await rm(this.#tempFolder, { recursive: true, force: true });
  }

  async #interruptible<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const isStopped = (): boolean => signal?.aborted === true;
    if (isStopped()) {
      throw stopped();
    }
    const interrupt = (): void => this.#connection.interrupt();
    signal?.addEventListener("abort", interrupt, { once: true });
    try {
      return await withoutValues(work);
    } catch (error) {
      throw isStopped() ? stopped() : error;
    } finally {
      signal?.removeEventListener("abort", interrupt);
    }
  }
}

function stopped(): CancelledError {
  return new CancelledError("analysis-cancelled", "the analysis was stopped");
}

/** The boundary to DuckDB: what a query returns is what its caller says it returns. */
function parsedRows<Row>(rows: unknown[]): Row[] {
  return rows as Row[];
}

/** The kinds of DuckDB's errors are the first words of their messages; the rest may quote values. */
const errorKind = /^(?<kind>[A-Z][A-Za-z ]+ Error): /;

async function withoutValues<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    const kind = errorKind.exec(message)?.groups?.["kind"] ?? "unknown error";
    if (kind === "Out of Memory Error") {
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
