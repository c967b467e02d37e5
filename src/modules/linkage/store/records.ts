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
  const shape = columns.map(({ name, type }) => `${quoteName(name)} ${types[type]}`);
  await duck.run(`create or replace table records (${["id integer", ...shape].join(", ")})`);
}

/** Adds records whose ids follow on from `firstId`. */
export async function appendRecords(
  duck: DuckDb,
  columns: readonly PreparedColumn[],
  batch: {
    readonly firstId: number;
    readonly rows: number;
    readonly values: ReadonlyMap<string, readonly PreparedValue[]>;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const ids = Int32Array.from({ length: batch.rows }, (_, row) => batch.firstId + row);
  const values = columns.map(({ name, type }) =>
    columnValues(type, must(batch.values.get(name), "every prepared column has values")),
  );
  await duck.append("records", [ids, ...values], batch.signal);
}

/** The boundary to DuckDB: preparation makes values of the type that the column says. */
function columnValues(type: PreparedType, values: readonly PreparedValue[]): ColumnValues {
  switch (type) {
    case "text":
      return values as readonly (string | null)[];
    case "list":
      return values as readonly (readonly string[] | null)[];
    default:
      return values as readonly (number | null)[];
  }
}

/** Reads the raw columns of `input` in batches, in the order of their rows. */
export async function* readInput(
  duck: DuckDb,
  columns: readonly string[],
  { rows, signal }: { readonly rows: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<ReadonlyMap<string, readonly (string | null)[]>> {
  if (columns.length === 0) {
    return;
  }
  const kinds = Object.fromEntries(columns.map((column) => [column, "text" as const]));
  const sql = `select ${columns.map(quoteName).join(", ")} from input order by id`;
  for await (const batch of duck.columnBatches(sql, kinds, { rows, signal })) {
    yield new Map(columns.map((column) => [column, batch[column] ?? []]));
  }
}

/** Values of some `input` rows spread evenly over all of it. */
export async function sampleInput(
  duck: DuckDb,
  columns: readonly string[],
  { oneIn, signal }: { readonly oneIn: number; readonly signal?: AbortSignal | undefined },
): Promise<ReadonlyMap<string, readonly (string | null)[]>> {
  const kinds = Object.fromEntries(columns.map((column) => [column, "text" as const]));
  const read = await duck.columns(
    `select ${columns.map(quoteName).join(", ")} from input where id % $1 = 0 order by id`,
    kinds,
    { values: [oneIn], signal },
  );
  return new Map(columns.map((column) => [column, read[column] ?? []]));
}
