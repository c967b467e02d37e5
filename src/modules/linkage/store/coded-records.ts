/**
 * Fills the table `records` from a stream of batches. Handing a text to DuckDB takes longer than looking it
 * up in a map, and of names, days and places the same come again and again: they are handed over as numbers,
 * each value once, and DuckDB puts them together.
 */
import { must } from "../../../kernel/index.ts";
import type { ColumnValues, DuckDb } from "../../../platform/duckdb/index.ts";
import type { PreparedColumn, PreparedValue } from "../model/model.ts";
import { quoteName } from "./literal.ts";
import { repeatedJoin, type RepeatedValues } from "./repeated-values.ts";
import { columnValues, idsOf, type RecordBatch, recordType, valuesIn } from "./records.ts";

export interface RecordParts {
  /** All columns of `records` but for its `id`, in their order. */
  readonly columns: readonly PreparedColumn[];
  /** The columns that are in no table of repeated values, of each row of `input`. */
  readonly batches: AsyncGenerator<RecordBatch>;
  readonly repeated: readonly RepeatedValues[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes the table `records` anew of all parts: `id`, then the columns. The tables of repeated values go.
 * @throws CancelledError when the signal is aborted; there is then no such table
 */
export async function createRecordsOf(
  duck: DuckDb,
  { columns, batches, repeated, signal }: RecordParts,
): Promise<void> {
  await using source = batches;
  const first = await source.next();
  const known = new Set(repeated.flatMap((values) => values.columns.map(({ name }) => name)));
  const coded = columns
    .filter(({ name }) => !known.has(name))
    .map((column) => ({
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
  const tables = await appendValues(duck, coded, signal);
  await joinParts(duck, { columns, coded, repeated, signal });
  for (const table of ["coded_records", ...tables, ...repeated.map(({ table: name }) => name)]) {
    await duck.run(`drop table ${table}`);
  }
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
  const kinds = new Set(valuesIn(first.values, name)).size;
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
    const values = valuesIn(batch.values, name);
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

/** Makes a table of the values of each coded column; returns the names of all. */
async function appendValues(
  duck: DuckDb,
  coded: readonly CodedColumn[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const tables: string[] = [];
  for (const [place, { column, coder }] of coded.entries()) {
    if (coder !== undefined) {
      const table = valuesTable(place);
      await duck.run(
        `create or replace table ${table} (code integer, value ${recordType(column.type)})`,
      );
      const codes = Int32Array.from(coder.values.keys());
      await duck.append(table, [codes, columnValues(column.type, coder.values)], signal);
      tables.push(table);
    }
  }
  return tables;
}

function valuesTable(place: number): string {
  return `values_${place}`;
}

/** Joins do not keep the order of the rows, which others may read without asking for it. */
async function joinParts(
  duck: DuckDb,
  {
    columns,
    coded,
    repeated,
    signal,
  }: Omit<RecordParts, "batches"> & { readonly coded: readonly CodedColumn[] },
): Promise<void> {
  const joins = ["left join coded_records c on c.id = i.id"];
  const found = new Map<string, string>();
  for (const [place, { column, coder }] of coded.entries()) {
    const [table, name] = [valuesTable(place), quoteName(column.name)];
    found.set(column.name, coder === undefined ? `c.${name}` : `${table}.value`);
    if (coder !== undefined) {
      joins.push(`left join ${table} on ${table}.code = c.${name}`);
    }
  }
  for (const values of repeated.filter((each) => each.columns.length > 0)) {
    values.columns.forEach(({ name }, place) => found.set(name, `${values.table}.v${place}`));
    joins.push(repeatedJoin(values));
  }
  const named = columns.map(({ name }) => {
    return `${must(found.get(name), "every column is in one part")} as ${quoteName(name)}`;
  });
  await duck.run(
    `create or replace table records as select ${["i.id", ...named].join(", ")} ` +
      `from input i ${joins.join(" ")} order by i.id`,
    [],
    signal,
  );
}
