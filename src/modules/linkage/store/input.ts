/**
 * The table `input`: the rows of files as text, in SQL for DuckDB. Its columns are `id` (0 up, in the
 * order of the files and their rows), `file` (index of the file) and `c0`, `c1`, …: what a file calls a
 * column never becomes part of a statement, nor can it clash with `id`.
 */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import { quoteName } from "./literal.ts";

/** Where a column of a file goes: `columns[i]` of the table `input`. */
export type ColumnPlaces = readonly number[];

/** Rows to add, numbered from `firstId`. */
export interface InputRows {
  readonly file: number;
  readonly firstId: number;
  readonly places: ColumnPlaces;
  readonly signal?: AbortSignal | undefined;
}

export interface DelimitedDialect {
  readonly delimiter: string;
  readonly quote: string;
  readonly lineEnd: "\r" | "\n";
}

/** A record that could not be read. */
export interface RejectedRecord {
  /** Where it begins in the file as it was read, in bytes. */
  readonly position: number;
  /** DuckDB's name for what is wrong. */
  readonly fault: string;
  readonly message: string;
}

/** A record may have so many bytes: a dozen fields of 1 MB and more. */
export const MOST_RECORD_BYTES = 16 * 1024 * 1024;
/** Two records fit into a buffer; this is DuckDB's own size for short records. */
const BUFFER_BYTES = 2 * MOST_RECORD_BYTES;
/** So many faulty records are told; a file with more is not mended line by line. */
const MOST_REJECTED = 10;

/** Makes the table `input` with so many text columns. */
export async function createInput(duck: DuckDb, columns: number): Promise<void> {
  const texts = Array.from({ length: columns }, (_, index) => `, c${index} varchar`);
  await duck.run(`create or replace table input (id integer, file utinyint${texts.join("")})`);
}

/** Adds the records of a delimited file in UTF-8 whose first record is a header; returns how many. */
export async function insertDelimited(
  duck: DuckDb,
  path: string,
  { dialect, ...rows }: InputRows & { readonly dialect: DelimitedDialect },
): Promise<{ readonly rows: number; readonly rejected: readonly RejectedRecord[] }> {
  await duck.run("drop table if exists reject_errors");
  await duck.run("drop table if exists reject_scans");
  const shape = rows.places.map((_, index) => `'f${index}': 'varchar'`);
  const newLine = dialect.lineEnd === "\r" ? ", new_line = '\\r'" : "";
  const added = await insertRows(duck, rows, {
    values: rows.places.map((_, index) => `nullif(f${index}, '')`),
    source:
      `read_csv($1, auto_detect = false, header = true, compression = 'none', delim = $2, quote = $3, escape = $3, ` +
      `columns = {${shape.join(", ")}}, strict_mode = true${newLine}, max_line_size = ${MOST_RECORD_BYTES}, ` +
      `buffer_size = ${BUFFER_BYTES}, store_rejects = true, rejects_limit = ${MOST_REJECTED})`,
    parameters: [path, dialect.delimiter, dialect.quote],
  });
  // A temporary table of the connection that read, so that no stream sees it.
  const rejected = await duck.rows<RejectedRecord>(
    "select line_byte_position::double as position, error_type::varchar as fault, error_message as message " +
      "from reject_errors order by line_byte_position",
  );
  return { rows: added, rejected };
}

export interface ParquetColumn {
  readonly name: string;
  readonly type: string;
}

/** The columns of a Parquet file. */
export async function selectParquetColumns(
  duck: DuckDb,
  path: string,
): Promise<readonly ParquetColumn[]> {
  const { name, type } = await duck.columns(
    "select column_name as name, column_type as type from (describe from read_parquet($1))",
    { name: "text", type: "text" },
    { values: [path] },
  );
  return name.map((column, index) => ({ name: column ?? "", type: type[index] ?? "" }));
}

/**
 * What DuckDB calls the place of a row in a Parquet file, unless a column is called so. It knows it without having
 * read the rows before, so that both threads read: a million rows in 0.2 s instead of 0.4.
 */
const ROW_NUMBER = "file_row_number";

/** Adds the rows of a Parquet file, every value in its canonical text; returns how many. */
export async function insertParquet(
  duck: DuckDb,
  path: string,
  { columns, ...rows }: InputRows & { readonly columns: readonly ParquetColumn[] },
): Promise<number> {
  await duck.run("set timezone = 'UTC'");
  const isTaken = columns.some(({ name }) => name.toLowerCase() === ROW_NUMBER);
  return await insertRows(duck, rows, {
    values: columns.map(canonicalText),
    place: isTaken ? undefined : ROW_NUMBER,
    source: isTaken ? "read_parquet($1)" : `read_parquet($1, ${ROW_NUMBER} = true)`,
    parameters: [path],
  });
}

/** What a file with the value in a column of text would hold. */
function canonicalText({ name, type }: ParquetColumn): string {
  const value = quoteName(name);
  if (/^(?:STRUCT|MAP|UNION)\(|\]\[|\)\[/.test(type)) {
    return `to_json(${value})::varchar`;
  }
  if (type.endsWith("]")) {
    return `nullif(array_to_string(${value}::varchar[], '; '), '')`;
  }
  if (type === "DOUBLE" || type === "FLOAT") {
    // Whole numbers become doubles wherever a column has gaps; a postal code is no 12345.0.
    return `case when ${value} = trunc(${value}) and abs(${value}) < 1e15 then ${value}::bigint::varchar else ${value}::varchar end`;
  }
  return `nullif(${value}::varchar, '')`;
}

interface RowSource {
  /** An expression for each column of the file. */
  readonly values: readonly string[];
  /** An expression for a row's place in the file, from 0; they are counted where there is none. */
  readonly place?: string | undefined;
  readonly source: string;
  readonly parameters: string[];
}

async function insertRows(
  duck: DuckDb,
  { file, firstId, places, signal }: InputRows,
  { values, place = "row_number() over () - 1", source, parameters }: RowSource,
): Promise<number> {
  const targets = places.map((place) => `c${place}`);
  return await duck.run(
    `insert into input (${["id", "file", ...targets].join(", ")}) ` +
      `select ${[`(${place} + ${firstId})::integer`, `${file}::utinyint`, ...values].join(", ")} ` +
      `from ${source}`,
    parameters,
    signal,
  );
}
