/** The table `records`: prepared records, and the raw values they are made of. */
import { must } from "../../../kernel/index.ts";
import type { ColumnValues, DuckDb } from "../../../platform/duckdb/index.ts";
import type { PreparedColumn, PreparedType, PreparedValue } from "../model/model.ts";
import { quoteName } from "./literal.ts";

const types: Readonly<Record<PreparedType, string>> = {
  text: "varchar",
  integer: "integer",
  number: "double",
  list: "varchar[]",
};

/** Makes `records` anew, without rows: `id`, then the columns. */
export async function createRecords(
  duck: DuckDb,
  columns: readonly PreparedColumn[],
): Promise<void> {
  const shape = columns.map(({ name, type }) => `${quoteName(name)} ${recordType(type)}`);
  await duck.run(`create or replace table records (${["id integer", ...shape].join(", ")})`);
}

/** Prepared records whose ids follow on from `firstId`. */
export interface RecordBatch {
  readonly firstId: number;
  readonly rows: number;
  readonly values: ReadonlyMap<string, readonly PreparedValue[]>;
}

/** Adds records. */
export async function appendRecords(
  duck: DuckDb,
  columns: readonly PreparedColumn[],
  { signal, ...batch }: RecordBatch & { readonly signal?: AbortSignal | undefined },
): Promise<void> {
  await duck.append("records", valuesOf(columns, batch), signal);
}

function valuesOf(columns: readonly PreparedColumn[], batch: RecordBatch): readonly ColumnValues[] {
  return [
    idsOf(batch),
    ...columns.map(({ name, type }) => columnValues(type, valuesIn(batch.values, name))),
  ];
}

/** The ids of a batch's records. */
export function idsOf({ firstId, rows }: RecordBatch): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => firstId + row);
}

/** The values of a prepared column. */
export function valuesIn(values: RecordBatch["values"], name: string): readonly PreparedValue[] {
  return must(values.get(name), "every prepared column has values");
}

/** What DuckDB calls the type of a column of `records`. */
export function recordType(type: PreparedType): string {
  return types[type];
}

/** The boundary to DuckDB: preparation makes values of the type that the column says. */
export function columnValues(type: PreparedType, values: readonly PreparedValue[]): ColumnValues {
  switch (type) {
    case "text":
      return values as readonly (string | null)[];
    case "list":
      return values as readonly (readonly string[] | null)[];
    default:
      return values as readonly (number | null)[];
  }
}

/** Raw values, by column of `input`. */
export type RawBatch = ReadonlyMap<string, readonly (string | null)[]>;

/** Values of some `input` rows spread evenly over all of it. */
export async function sampleInput(
  duck: DuckDb,
  columns: readonly string[],
  { oneIn, signal }: { readonly oneIn: number; readonly signal?: AbortSignal | undefined },
): Promise<RawBatch> {
  const kinds = Object.fromEntries(columns.map((column) => [column, "text" as const]));
  const read = await duck.columns(
    `select ${columns.map(quoteName).join(", ")} from input where id % $1 = 0 order by id`,
    kinds,
    { values: [oneIn], signal },
  );
  return new Map(columns.map((column) => [column, read[column] ?? []]));
}

/** Makes `records` of columns of `input` as they are, by the names that a model gives them. */
export async function copyInput(
  duck: DuckDb,
  columns: readonly { readonly name: string; readonly column: string }[],
): Promise<void> {
  const named = columns.map(({ name, column }) => `${quoteName(column)} as ${quoteName(name)}`);
  await duck.run(
    `create or replace table records as select ${["id", ...named].join(", ")} from input order by id`,
  );
}

/** One raw column of `input`, in the order of its rows. */
export async function readInputColumn(
  duck: DuckDb,
  column: string,
  signal?: AbortSignal,
): Promise<readonly (string | null)[]> {
  const { value } = await duck.columns(
    `select ${quoteName(column)} as value from input order by id`,
    { value: "text" },
    { signal },
  );
  return value;
}

/**
 * Writes `input` as CSV (RFC 4180) with the group of each row before it.
 * @param path a new file; it is DuckDB that writes it
 */
export async function writeGroups(
  duck: DuckDb,
  path: string,
  {
    groups,
    cluster,
    columns,
    signal,
  }: {
    readonly groups: Int32Array;
    /** What the file is to call the group. */
    readonly cluster: string;
    /** What the file is to call each column of `input`. */
    readonly columns: readonly { readonly column: string; readonly name: string }[];
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  await duck.run("create or replace table groups (id integer, cluster integer)");
  await duck.append("groups", [Int32Array.from(groups.keys()), groups], signal);
  const named = columns.map(({ column, name }) => `i.${column} as ${quoteName(name)}`);
  await duck.run(
    `copy (select ${[`g.cluster as ${quoteName(cluster)}`, ...named].join(", ")} from input i join groups g on g.id = i.id order by i.id) ` +
      `to '${path.replaceAll("'", "''")}' (format csv, header true)`,
    [],
    signal,
  );
}
