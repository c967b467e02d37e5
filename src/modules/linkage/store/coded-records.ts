/**
 * Fills the table `records` from a stream of batches. Handing a text to DuckDB takes longer than looking it
 * up in a map, and of names, days and places the same come again and again: they are handed over as numbers,
 * each value once, and DuckDB puts them together.
 */
import type { ColumnValues, DuckDb } from "../../../platform/duckdb/index.ts";
import type { PreparedColumn, PreparedValue } from "../model/model.ts";
import { quoteName } from "./literal.ts";
import { columnValues, idsOf, type RecordBatch, recordType, valuesIn } from "./records.ts";

export interface CreateRecordsOptions {
  readonly batches: AsyncGenerator<RecordBatch>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the table `records` anew of all batches: `id`, then the columns.
 * @throws CancelledError when the signal is aborted; there is then no such table
 */
export async function createRecordsOf(
  duck: DuckDb,
  columns: readonly PreparedColumn[],
  { batches, signal }: CreateRecordsOptions,
): Promise<void> {
  await using source = batches;
  const first = await source.next();
  const coded = columns.map((column) => ({
    column,
    coder: first.done === true ? undefined : coderFor(column, first.value),
  }));
  await createCoded(duck, coded);
  async function* rows(): AsyncGenerator<readonly ColumnValues[]> {
    if (first.done !== true) {
      yield rowsOf(coded, first.value);
    }
    for await (const batch of source) {
      yield rowsOf(coded, batch);
    }
  }
  await duck.appendBatches("coded_records", rows(), signal);
  await joinValues(duck, coded, signal);
}

/** A column, and what gives its values numbers; undefined where they are handed over as they are. */
interface CodedColumn {
  readonly column: PreparedColumn;
  readonly coder: Coder | undefined;
}

interface Coder {
  /** By number. */
  readonly values: PreparedValue[];
  /** Lists are known by what they are made of only where preparation remembers them; a few have two numbers. */
  readonly codes: Map<PreparedValue, number>;
}

/** Of fewer rows in the first batch it is not worth it. */
const LEAST_ROWS = 4_096;
/** Where values are repeated as often in the first batch, they are more often in the whole. */
const LEAST_REPEATED = 3;

/** Numbers are handed over as quickly as they are. */
function coderFor({ name, type }: PreparedColumn, first: RecordBatch): Coder | undefined {
  const isNumber = type === "integer" || type === "number";
  if (isNumber || first.rows < LEAST_ROWS) {
    return undefined;
  }
  const kinds = new Set(valuesIn(first, name)).size;
  return kinds * LEAST_REPEATED <= first.rows ? { values: [], codes: new Map() } : undefined;
}

/** What is missing has a number that no value has. */
const MISSING = -1;

function codesOf({ values, codes }: Coder, column: readonly PreparedValue[]): Int32Array {
  const numbers = new Int32Array(column.length);
  for (const [row, value] of column.entries()) {
    let code = value === null ? MISSING : codes.get(value);
    if (code === undefined) {
      code = values.length;
      codes.set(value, code);
      values.push(value);
    }
    numbers[row] = code;
  }
  return numbers;
}

function rowsOf(coded: readonly CodedColumn[], batch: RecordBatch): readonly ColumnValues[] {
  const columns = coded.map(({ column: { name, type }, coder }) => {
    const values = valuesIn(batch, name);
    return coder === undefined ? columnValues(type, values) : codesOf(coder, values);
  });
  return [idsOf(batch), ...columns];
}

async function createCoded(duck: DuckDb, coded: readonly CodedColumn[]): Promise<void> {
  const shape = coded.map(({ column: { name, type }, coder }) => {
    const stored = coder === undefined ? recordType(type) : "integer";
    return `${quoteName(name)} ${stored}`;
  });
  await duck.run(`create or replace table coded_records (${["id integer", ...shape].join(", ")})`);
}

/** Joins do not keep the order of the rows, which others may read without asking for it. */
async function joinValues(
  duck: DuckDb,
  coded: readonly CodedColumn[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const columns: string[] = ["c.id"];
  const tables: string[] = [];
  const joins: string[] = [];
  for (const [place, { column, coder }] of coded.entries()) {
    const name = quoteName(column.name);
    const table = `values_${place}`;
    columns.push(coder === undefined ? `c.${name}` : `${table}.value as ${name}`);
    if (coder !== undefined) {
      await duck.run(
        `create or replace table ${table} (code integer, value ${recordType(column.type)})`,
      );
      const codes = Int32Array.from(coder.values.keys());
      await duck.append(table, [codes, columnValues(column.type, coder.values)], signal);
      tables.push(table);
      joins.push(`left join ${table} on ${table}.code = c.${name}`);
    }
  }
  const source = ["coded_records c", ...joins].join(" ");
  await duck.run(
    `create or replace table records as select ${columns.join(", ")} from ${source} order by c.id`,
    [],
    signal,
  );
  await duck.run("drop table coded_records");
  for (const table of tables) {
    await duck.run(`drop table ${table}`);
  }
}
