/** Fills the table `records`, of values that were prepared once and of batches of rows. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { PreparedColumn } from "../model/model.ts";
import { quoteName } from "./literal.ts";
import { packed, unpackedSql } from "./packed-values.ts";
import { type RecordBatch, recordType, valuesIn } from "./records.ts";
import { repeatedJoin, type RepeatedValues } from "./repeated-values.ts";

export interface RecordParts {
  /** All columns of `records` but for its `id`, in their order. */
  readonly columns: readonly PreparedColumn[];
  /** The columns that are in no table of repeated values, of each row of `input`. */
  readonly batches: AsyncIterable<RecordBatch>;
  readonly repeated: readonly RepeatedValues[];
  readonly signal?: AbortSignal | undefined;
}

/** The columns that are prepared row by row, until all parts are joined. */
const ROWS = "rows_of_records";

/**
 * Makes the table `records` anew of all parts: `id`, then the columns. The tables of repeated values go.
 * @throws CancelledError when the signal is aborted; there is then no such table
 */
export async function createRecordsOf(
  duck: DuckDb,
  { columns, batches, repeated, signal }: RecordParts,
): Promise<void> {
  const known = new Set(repeated.flatMap((values) => values.columns.map(({ name }) => name)));
  const own = columns.filter(({ name }) => !known.has(name));
  await createRows(duck, own);
  await insertBatches(duck, own, { batches, signal });
  await joinParts(duck, { columns, repeated, signal });
  for (const table of [ROWS, ...repeated.map(({ table: name }) => name)]) {
    await duck.run(`drop table ${table}`);
  }
}

async function createRows(duck: DuckDb, columns: readonly PreparedColumn[]): Promise<void> {
  const shape = columns.map(({ name, type }) => `${quoteName(name)} ${recordType(type)}`);
  await duck.run(`create or replace table ${ROWS} (${["id integer", ...shape].join(", ")})`);
}

/** While DuckDB takes a batch, the next one is prepared. */
async function insertBatches(
  duck: DuckDb,
  columns: readonly PreparedColumn[],
  { batches, signal }: Pick<RecordParts, "batches" | "signal">,
): Promise<void> {
  const values = columns.map(({ type }, place) => unpackedSql(`$${place + 3}::varchar`, type));
  const sql =
    `insert into ${ROWS} select ` +
    ["unnest(range($1::integer, $2::integer))", ...values].join(", ");
  using statement = await duck.statement(sql);
  let inserted: Promise<unknown> = Promise.resolve();
  try {
    for await (const batch of batches) {
      const { firstId, rows } = batch;
      const texts = columns.map(({ name }) => packed(valuesIn(batch.values, name)));
      await inserted;
      inserted = statement.run([firstId, firstId + rows, ...texts], signal);
      // It is waited for below, and until then nobody hears of it.
      inserted.catch(() => undefined);
    }
  } finally {
    await inserted;
  }
}

/** Joins do not keep the order of the rows, which others may read without asking for it. */
async function joinParts(
  duck: DuckDb,
  { columns, repeated, signal }: Omit<RecordParts, "batches">,
): Promise<void> {
  const joins = [`left join ${ROWS} c on c.id = i.id`];
  const found = new Map<string, string>();
  for (const values of repeated.filter((each) => each.columns.length > 0)) {
    values.columns.forEach(({ name }, place) => found.set(name, `${values.table}.v${place}`));
    joins.push(repeatedJoin(values));
  }
  const named = columns.map(({ name }) => {
    return `${found.get(name) ?? `c.${quoteName(name)}`} as ${quoteName(name)}`;
  });
  await duck.run(
    `create or replace table records as select ${["i.id", ...named].join(", ")} ` +
      `from input i ${joins.join(" ")} order by i.id`,
    [],
    signal,
  );
}
