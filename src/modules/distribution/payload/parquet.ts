/**
 * Parquet through DuckDB: records are staged as lines of JSON text forms, which DuckDB casts to the
 * contract's types and writes. Reading casts back to text forms, so both directions meet in one shape.
 */
import { UnavailableError, assert, unreachable } from "../../../kernel/index.ts";
import { DuckDb, DuckDbError } from "../../../platform/duckdb/index.ts";
import type { FieldType } from "../../contracts/index.ts";
import type { ProjectedField, RecordValues, TextForm } from "./record.ts";

/** Rows in one row group: small enough that writing stays within {@link MODEST}. */
const ROW_GROUP = 50_000;
/** One thread, since the rest of the delivery waits on the disk and others need the machine. */
const MODEST = { memoryMb: 160, threads: 1 };
/** DuckDB reads through buffers of twice the longest record; smaller ones make it slow. */
const LEAST_BUFFER_BYTES = 1024 * 1024;

/** A column of the file to be written. */
export interface ParquetColumn {
  readonly name: string;
  readonly type: FieldType;
}

export interface ParquetRequest {
  /** Lines of canonical records, see `CanonicalRecord`. */
  readonly staged: string;
  /** No staged line is longer, in bytes. */
  readonly longestRecord: number;
  /** The file to write. */
  readonly path: string;
  readonly columns: readonly ParquetColumn[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes the staged records, in their order, as Parquet with typed columns, compressed with zstd.
 * @throws UnavailableError when the disk does not take the file
 * @throws CancelledError when the signal is aborted
 */
export async function writeParquet(request: ParquetRequest): Promise<void> {
  const { staged, path, columns, signal } = request;
  const longest = Math.max(LEAST_BUFFER_BYTES, request.longestRecord);
  const shape = columns.map(({ name, type }) => `${literal(name)}: ${literal(stagedType(type))}`);
  const selected = columns.map(({ name, type }) => {
    return `cast(${identifier(name)} as ${duckType(type)}) as ${identifier(name)}`;
  });
  const source = `read_json(${literal(staged)}, format = 'newline_delimited', columns = {${shape.join(", ")}}, maximum_object_size = ${longest})`;
  const options = `format parquet, compression zstd, row_group_size ${ROW_GROUP}`;
  await using duckDb = await DuckDb.open(MODEST);
  try {
    await duckDb.run(
      `copy (select ${selected.join(", ")} from ${source}) to ${literal(path)} (${options})`,
      [],
      signal,
    );
  } catch (error) {
    if (error instanceof DuckDbError && error.kind === "IO Error") {
      throw new UnavailableError(
        "destination-disk",
        `cannot write ${path}: the disk does not take it`,
        {
          hint: "it is full, over its quota or broken: make room and deliver again",
          cause: error,
        },
      );
    }
    throw error;
  }
}

/**
 * Reads a Parquet file's records in text forms.
 * @throws DuckDbError when it is no Parquet file, or has other columns than `fields`
 */
export async function* readParquet(
  path: string,
  fields: readonly ProjectedField[],
): AsyncIterable<RecordValues> {
  await using duckDb = await DuckDb.open(MODEST);
  const file = `read_parquet(${literal(path)})`;
  const columns = await duckDb.rows<{ column_name: string }>(
    `select column_name from (describe from ${file})`,
  );
  const names = columns.map(({ column_name }) => column_name);
  if (names.join("\n") !== fields.map(({ name }) => name).join("\n")) {
    throw new DuckDbError("Binder Error", "the columns are others");
  }
  const selected = fields.map((field, position) => `${textExpression(field)} as f${position}`);
  const sql = `select ${selected.join(", ")} from ${file}`;
  for await (const rows of duckDb.batches<Record<string, unknown>>(sql)) {
    for (const row of rows) {
      yield fields.map(({ type }, position) =>
        textFormOf(row[`f${position}`], type === "text-list"),
      );
    }
  }
}

function textFormOf(value: unknown, isList: boolean): TextForm {
  if (value === null) {
    return null;
  }
  assert(typeof value === "string", () => "every column is read as text");
  if (!isList) {
    return value;
  }
  const list: unknown = JSON.parse(value);
  assert(Array.isArray(list), () => "a list column is read as a JSON array");
  return list.map(String);
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

/** A SQL text literal: `copy` and table functions take no parameters for paths. */
function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
