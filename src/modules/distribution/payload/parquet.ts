/**
 * Parquet through DuckDB: records are staged as lines of JSON text forms, which DuckDB casts to the
 * contract's types and writes. Reading casts back to text forms, so both directions meet in one shape.
 */
import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from "@duckdb/node-api";
import { assert, unreachable } from "../../../kernel/index.ts";
import type { FieldType } from "../../contracts/index.ts";
import { throwIfCancelled } from "./pack.ts";
import { onDisk } from "./payload-file.ts";
import type { ProjectedField, RecordValues, TextForm } from "./record.ts";

/** Rows in one row group: small enough that writing stays within {@link MEMORY_LIMIT}. */
const ROW_GROUP = 50_000;
const MEMORY_LIMIT = "160MB";
/** Longest record DuckDB takes from the staged file. */
const LONGEST_RECORD = 64 * 1024 * 1024;

/** A column of the file to be written. */
export interface ParquetColumn {
  readonly name: string;
  readonly type: FieldType;
}

export interface ParquetRequest {
  /** Lines of canonical records, see `CanonicalRecord`. */
  readonly staged: string;
  /** The file to write. */
  readonly path: string;
  readonly columns: readonly ParquetColumn[];
  readonly signal?: AbortSignal | undefined;
}

/** Writes the staged records, in their order, as Parquet with typed columns, compressed with zstd. */
export async function writeParquet({
  staged,
  path,
  columns,
  signal,
}: ParquetRequest): Promise<void> {
  const shape = columns.map(({ name, type }) => `${literal(name)}: ${literal(stagedType(type))}`);
  const selected = columns.map(
    ({ name, type }) => `cast(${identifier(name)} as ${duckType(type)}) as ${identifier(name)}`,
  );
  const source = `read_json(${literal(staged)}, format = 'newline_delimited', columns = {${shape.join(", ")}}, maximum_object_size = ${LONGEST_RECORD})`;
  const statement = `copy (select ${selected.join(", ")} from ${source}) to ${literal(path)} (format parquet, compression zstd, row_group_size ${ROW_GROUP})`;
  const write = async (connection: DuckDBConnection): Promise<void> => {
    const interrupt = () => connection.interrupt();
    signal?.addEventListener("abort", interrupt);
    try {
      await connection.run(statement);
    } catch (error) {
      throwIfCancelled(signal);
      throw asDiskError(error);
    } finally {
      signal?.removeEventListener("abort", interrupt);
    }
  };
  await onDisk(path, () => withDuckDb(write));
}

/** DuckDB gives the system's words, not its code. */
const DISK_WORDS: readonly (readonly [words: string, code: string])[] = [
  ["No space left on device", "ENOSPC"],
  ["Disk quota exceeded", "EDQUOT"],
  ["Input/output error", "EIO"],
];

function asDiskError(error: unknown): unknown {
  const message = error instanceof Error ? error.message : "";
  const [, code] = DISK_WORDS.find(([words]) => message.includes(words)) ?? [];
  return code === undefined ? error : Object.assign(new Error("writing Parquet failed"), { code });
}

/** What a Parquet payload holds. */
export interface ParquetContent {
  readonly names: readonly string[];
  readonly records: AsyncIterable<RecordValues>;
}

/** Reads a Parquet file's records in text forms. Its columns are given by `names`. */
export async function readParquet(
  path: string,
  fields: readonly ProjectedField[],
): Promise<ParquetContent> {
  const instance = await openDuckDb();
  const connection = await instance.connect();
  const close = () => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    const described = await connection.runAndReadAll(
      `select column_name from (describe from read_parquet(${literal(path)}))`,
    );
    const names = described.getRows().map(([name]) => textOf(name ?? null));
    return { names, records: readRecords({ connection, path, fields, close }) };
  } catch (error) {
    close();
    throw error;
  }
}

interface OpenParquet {
  readonly connection: DuckDBConnection;
  readonly path: string;
  readonly fields: readonly ProjectedField[];
  readonly close: () => void;
}

async function* readRecords({
  connection,
  path,
  fields,
  close,
}: OpenParquet): AsyncIterable<RecordValues> {
  try {
    const selected = fields.map((field) => `${textExpression(field)} as ${identifier(field.name)}`);
    const result = await connection.stream(
      `select ${selected.join(", ")} from read_parquet(${literal(path)})`,
    );
    const lists = fields.map(({ type }) => type === "text-list");
    for (
      let chunk = await result.fetchChunk();
      chunk && chunk.rowCount > 0;
      chunk = await result.fetchChunk()
    ) {
      for (const row of chunk.getRows()) {
        yield row.map((value, position) => textFormOf(value, lists[position] === true));
      }
    }
  } finally {
    close();
  }
}

function textFormOf(value: DuckDBValue, isList: boolean): TextForm {
  if (value === null) {
    return null;
  }
  const text = textOf(value);
  if (!isList) {
    return text;
  }
  const list: unknown = JSON.parse(text);
  assert(Array.isArray(list), () => "a list column is read as a JSON array");
  return list.map(String);
}

function textOf(value: DuckDBValue): string {
  assert(typeof value === "string", () => "every column is read as text");
  return value;
}

function textExpression({ name, type }: ProjectedField): string {
  const column = identifier(name);
  switch (type) {
    case "timestamp":
      return `strftime(make_timestamp(epoch_us(${column})), '%Y-%m-%dT%H:%M:%S.%fZ')`;
    case "text-list":
      return `cast(to_json(${column}) as varchar)`;
    case "date":
      return `strftime(${column}, '%Y-%m-%d')`;
    case "text":
    case "enum":
    case "integer":
    case "decimal":
    case "boolean":
      return `cast(${column} as varchar)`;
    default:
      return unreachable(type);
  }
}

function stagedType(type: FieldType): string {
  return type.kind === "text-list" ? "varchar[]" : "varchar";
}

function duckType(type: FieldType): string {
  switch (type.kind) {
    case "text":
    case "enum":
      return "varchar";
    case "integer":
      return "bigint";
    case "decimal":
      return `decimal(${type.precision}, ${type.scale})`;
    case "boolean":
      return "boolean";
    case "date":
      return "date";
    case "timestamp":
      return "timestamptz";
    case "text-list":
      return "varchar[]";
    default:
      return unreachable(type);
  }
}

async function withDuckDb<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await openDuckDb();
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** In memory; one thread, since the rest of the delivery waits on the disk and others need the machine. */
async function openDuckDb(): Promise<DuckDBInstance> {
  return await DuckDBInstance.create(":memory:", { threads: "1", memory_limit: MEMORY_LIMIT });
}

/** A SQL text literal: `copy` and table functions take no parameters for paths. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
