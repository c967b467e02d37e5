/**
 * Values of `input` that come again and again: each is read once, and what was prepared of it stays in a table of
 * its own until DuckDB puts the records together.
 */
import type { ColumnValues, DuckDb } from "../../../platform/duckdb/index.ts";
import type { PreparedColumn } from "../model/model.ts";
import { quoteName } from "./literal.ts";
import { columnValues, type RawBatch, type RecordBatch, recordType, valuesIn } from "./records.ts";

/** What was prepared of each combination of values that some columns of `input` have. */
export interface RepeatedValues {
  /** A table with the values as `k0`, `k1`, … and what was prepared of them as `v0`, `v1`, …. */
  readonly table: string;
  /** Columns of `input`. */
  readonly sources: readonly string[];
  readonly columns: readonly PreparedColumn[];
}

/** Combinations of values, each once, and how many records have it. */
export interface DistinctBatch {
  readonly raw: RawBatch;
  readonly holders: readonly number[];
}

/** Combinations of values, and what was prepared of them. */
export interface PreparedValues {
  readonly raw: RawBatch;
  readonly prepared: RecordBatch["values"];
}

/** How many combinations of values each of these groups of columns has, within some percent. */
export async function countDistinct(
  duck: DuckDb,
  groups: readonly (readonly string[])[],
  signal?: AbortSignal,
): Promise<readonly number[]> {
  if (groups.length === 0) {
    return [];
  }
  const counts = groups.map((columns, place) => {
    return `approx_count_distinct(hash(${columns.map(quoteName).join(", ")})) as n${place}`;
  });
  const kinds = Object.fromEntries(groups.map((_, place) => [`n${place}`, "float64" as const]));
  const found = await duck.columns(`select ${counts.join(", ")} from input`, kinds, { signal });
  return groups.map((_, place) => found[`n${place}`]?.[0] ?? 0);
}

/** Reads each combination of values once, in the order in which `input` first has them. */
export async function* readDistinct(
  duck: DuckDb,
  columns: readonly string[],
  { rows, signal }: { readonly rows: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<DistinctBatch> {
  const names = columns.map(quoteName).join(", ");
  const sql = `select ${names}, count(*)::varchar as holders from input group by ${names} order by min(id)`;
  const kinds = Object.fromEntries([...columns, "holders"].map((name) => [name, "text" as const]));
  for await (const batch of duck.columnBatches(sql, kinds, { rows, signal })) {
    yield {
      raw: new Map(columns.map((column) => [column, batch[column] ?? []])),
      holders: (batch["holders"] ?? []).map(Number),
    };
  }
}

/** Makes the table. */
export async function createRepeatedValues(
  duck: DuckDb,
  { table, sources, columns }: RepeatedValues,
  {
    batches,
    signal,
  }: {
    readonly batches: AsyncIterable<PreparedValues>;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const shape = [
    ...sources.map((_, place) => `k${place} varchar`),
    ...columns.map(({ type }, place) => `v${place} ${recordType(type)}`),
  ];
  await duck.run(`create or replace table ${table} (${shape.join(", ")})`);
  async function* rows(): AsyncGenerator<readonly ColumnValues[]> {
    for await (const { raw, prepared } of batches) {
      yield [
        ...sources.map((source) => raw.get(source) ?? []),
        ...columns.map(({ name, type }) => columnValues(type, valuesIn(prepared, name))),
      ];
    }
  }
  await duck.appendBatches(table, rows(), signal);
}

/** Joins the table to `input i`; a row that has no value has what was prepared of none. */
export function repeatedJoin({ table, sources }: RepeatedValues): string {
  const isSame = sources.map(
    (source, place) => `${table}.k${place} is not distinct from i.${quoteName(source)}`,
  );
  return `left join ${table} on ${isSame.join(" and ")}`;
}
