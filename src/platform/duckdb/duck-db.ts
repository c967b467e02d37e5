import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type {
  DuckDBAppender,
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  DuckDBValue,
} from "@duckdb/node-api";
import { assert } from "../../kernel/index.ts";
import type { ColumnKinds, Columns, ColumnValues } from "./columns.ts";
import { interruptible, stopped, withoutValues } from "./interruptible.ts";
import { type Statement, statementOn } from "./statement.ts";

export interface DuckDbOptions {
  /** The most memory in MB; what does not fit goes to the disk. Default 1,024. */
  readonly memoryMb?: number | undefined;
  /** Default 2. */
  readonly threads?: number | undefined;
  /** Where to make the folder for what does not fit into the memory. Default the system's. */
  readonly tempParent?: string | undefined;
}

/** Values of a query's parameters, and how it is stopped. */
export interface QueryOptions {
  readonly values?: DuckDBValue[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The library, which takes 0.1 s of processor time to load: whoever opens no database does without it. */
const library = () => import("@duckdb/node-api");
const columnCode = () => import("./columns.ts");

/** DuckDB's vectors hold so many rows. */
const CHUNK_ROWS = 2_048;
/**
 * A log so long that no checkpoint is made: nothing is ever recovered from memory, and rewriting its tables
 * took 2 of the 32 s in which a million records are linked, for a tenth less memory.
 */
const NEVER = "1TB";
/** After so many chunks an append lets others of this process run, so that it can be stopped. */
const CHUNKS_PER_TURN = 32;

/**
 * A database in memory, gone when it is disposed of, with its files.
 *
 * There is no seed to set: DuckDB's `random()` gives other numbers with another count of threads. What
 * must be repeatable samples by `hash(id, seed)`.
 */
export class DuckDb implements AsyncDisposable {
  /** A folder of this database for files on the way in; it goes when the database does. */
  readonly tempFolder: string;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, tempFolder: string) {
    this.#instance = instance;
    this.#connection = connection;
    this.tempFolder = tempFolder;
  }

  /**
   * Opens an empty database. It never loads extensions from the network and never reads the user's
   * settings or secrets.
   */
  static async open(options: DuckDbOptions = {}): Promise<DuckDb> {
    const { memoryMb = 1_024, threads = 2, tempParent = tmpdir() } = options;
    const { DuckDBInstance } = await library();
    const tempFolder = await mkdtemp(join(tempParent, "waybill-duckdb-"));
    try {
      const instance = await DuckDBInstance.create(":memory:", {
        memory_limit: `${memoryMb}MB`,
        threads: String(threads),
        temp_directory: tempFolder,
        checkpoint_threshold: NEVER,
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

  /** Prepares a statement that is run often, on a connection of its own. */
  async statement(sql: string): Promise<Statement> {
    return await statementOn(await this.#instance.connect(), sql);
  }

  /** Runs a statement and returns its rows as objects. */
  async rows<Row>(sql: string, values: DuckDBValue[] = [], signal?: AbortSignal): Promise<Row[]> {
    const reader = await this.#interruptible(signal, () =>
      this.#connection.runAndReadAll(sql, values),
    );
    return parsedRows<Row>(reader.getRowObjectsJS());
  }

  /**
   * Runs a query and gives its rows in the batches DuckDB makes (2,048 rows), without holding all. The
   * database can be used meanwhile.
   */
  async *batches<Row>(
    sql: string,
    values: DuckDBValue[] = [],
    signal?: AbortSignal,
  ): AsyncGenerator<Row[]> {
    const { JSDuckDBValueConverter } = await library();
    for await (const { chunk, names } of this.#chunks(sql, { values, signal })) {
      const rows = chunk.convertRows(JSDuckDBValueConverter);
      yield parsedRows<Row>(
        rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]]))),
      );
    }
  }

  /**
   * Runs a query and gives the columns that are asked for in batches of at least `rows` rows, but for
   * the last. The database can be used meanwhile.
   * @throws InvariantError when a column is not there or not of its kind
   */
  async *columnBatches<const Kinds extends ColumnKinds>(
    sql: string,
    kinds: Kinds,
    options: QueryOptions & { readonly rows?: number | undefined } = {},
  ): AsyncGenerator<Columns<Kinds>> {
    const { rows = CHUNK_ROWS, ...query } = options;
    const { columnReader } = await columnCode();
    const readers = Object.entries(kinds).map(
      ([name, kind]) => [name, columnReader(kind, name)] as const,
    );
    const taken = (): Columns<Kinds> =>
      parsedColumns(Object.fromEntries(readers.map(([name, reader]) => [name, reader.take()])));
    let held = 0;
    for await (const { chunk, names } of this.#chunks(sql, query)) {
      for (const [name, reader] of readers) {
        const index = names.indexOf(name);
        assert(index >= 0, () => `the query has no column ${name}`);
        reader.read(chunk.getColumnVector(index), chunk.rowCount);
      }
      held += chunk.rowCount;
      if (held >= rows) {
        yield taken();
        held = 0;
      }
    }
    if (held > 0) {
      yield taken();
    }
  }

  /**
   * Runs a query and gives the columns that are asked for, whole.
   * @throws InvariantError when a column is not there or not of its kind
   */
  async columns<const Kinds extends ColumnKinds>(
    sql: string,
    kinds: Kinds,
    options: QueryOptions = {},
  ): Promise<Columns<Kinds>> {
    const whole = { ...options, rows: Number.POSITIVE_INFINITY };
    for await (const columns of this.columnBatches(sql, kinds, whole)) {
      return columns;
    }
    const { columnReader } = await columnCode();
    return parsedColumns(
      Object.fromEntries(
        Object.entries(kinds).map(([name, kind]) => [name, columnReader(kind, name).take()]),
      ),
    );
  }

  /**
   * Appends rows to a table. `columns` are all columns of the table in its order, equally long. An
   * append that is stopped or fails adds some rows or none: drop the table then.
   */
  async append(
    table: string,
    columns: readonly ColumnValues[],
    signal?: AbortSignal,
  ): Promise<void> {
    await this.appendBatches(table, [columns], signal);
  }

  /**
   * Appends batches of rows to a table as {@link append} does. Rows are handed over in hundreds of
   * thousands, which DuckDB makes part of the table as they are; fewer at a time it copies once more.
   */
  async appendBatches(
    table: string,
    batches: Iterable<readonly ColumnValues[]> | AsyncIterable<readonly ColumnValues[]>,
    signal?: AbortSignal,
  ): Promise<void> {
    const appender = await withoutValues(() => this.#connection.createAppender(table));
    try {
      for await (const columns of batches) {
        const length = columns[0]?.length ?? 0;
        assert(
          columns.every((column) => column.length === length),
          () => `the columns for ${table} differ in length`,
        );
        await withoutValues(() => appendChunks(appender, columns, signal));
      }
      await withoutValues(() => Promise.resolve(appender.flushSync()));
    } catch (error) {
      appender.clear();
      throw error;
    } finally {
      appender.closeSync();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.closeSync();
    this.#instance.closeSync();
    await rm(this.tempFolder, { recursive: true, force: true });
  }

  /**
   * A connection of its own keeps the stream alive while other statements run. Temporary tables and
   * settings of a session are not seen there.
   */
  async *#chunks(
    sql: string,
    { values, signal }: QueryOptions,
  ): AsyncGenerator<{ readonly chunk: DuckDBDataChunk; readonly names: readonly string[] }> {
    const connection = await this.#instance.connect();
    try {
      const result = await interruptible(connection, signal, () => connection.stream(sql, values));
      const names = result.deduplicatedColumnNames();
      for (;;) {
        const chunk = await interruptible(connection, signal, () => result.fetchChunk());
        if (chunk === null || chunk.rowCount === 0) {
          return;
        }
        yield { chunk, names };
      }
    } finally {
      connection.closeSync();
    }
  }

  #interruptible<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    return interruptible(this.#connection, signal, work);
  }
}

async function appendChunks(
  appender: DuckDBAppender,
  columns: readonly ColumnValues[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const length = columns[0]?.length ?? 0;
  const { DuckDBDataChunk } = await library();
  const { writeVector } = await columnCode();
  const types = columns.map((_, index) => appender.columnType(index));
  const chunk = DuckDBDataChunk.create(types, CHUNK_ROWS);
  for (let from = 0, chunks = 1; from < length; from += CHUNK_ROWS, chunks += 1) {
    const rows = Math.min(CHUNK_ROWS, length - from);
    chunk.reset();
    chunk.rowCount = rows;
    for (const [index, values] of columns.entries()) {
      writeVector(chunk.getColumnVector(index), values, { from, rows });
    }
    appender.appendDataChunk(chunk);
    if (chunks % CHUNKS_PER_TURN === 0) {
      await setImmediate();
    }
    if (signal?.aborted === true) {
      throw stopped();
    }
  }
}

/** The boundary to DuckDB: what a query returns is what its caller says it returns. */
function parsedRows<Row>(rows: unknown[]): Row[] {
  return rows as Row[];
}

function parsedColumns<Kinds extends ColumnKinds>(columns: unknown): Columns<Kinds> {
  return columns as Columns<Kinds>;
}
