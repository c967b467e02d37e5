/** Preparing the rows of files: what is repeated once for each value, the rest row by row. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Model, ModelField } from "../model/model.ts";
import {
  openPreparation,
  type Preparation,
  type PreparedColumns,
  preparedColumns,
  type SetAsideCount,
} from "../prepare/preparation.ts";
import { joined, type Portion, portionsOf } from "../prepare/portions.ts";
import { readInput } from "../store/read-input.ts";
import { createRecordsOf } from "../store/record-parts.ts";
import type { RawBatch, RecordBatch } from "../store/records.ts";
import {
  countDistinct,
  createRepeatedValues,
  type PreparedValues,
  readDistinct,
  type RepeatedValues,
} from "../store/repeated-values.ts";
import { wantedColumns } from "./model-preparation.ts";
import type { InputTable } from "./read-files.ts";

export interface PrepareInputOptions {
  readonly input: InputTable;
  readonly model: Model;
  readonly signal?: AbortSignal | undefined;
  /** Told the share of the rows that are prepared. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** Rows, or values, that are prepared at once. */
const BATCH_ROWS = 4_096;
/** Of fewer rows, finding the values that are repeated takes longer than preparing them again. */
const LEAST_ROWS = 10_000;
/** Values that are repeated as often on average are prepared once. */
const LEAST_REPEATED = 3;

/**
 * Makes the table `records` of the table `input`.
 * @returns how many values count as missing
 * @throws CancelledError when the signal is aborted
 */
export async function prepareInput(
  duck: DuckDb,
  { input, model, signal, onProgress }: PrepareInputOptions,
): Promise<readonly SetAsideCount[]> {
  const { fields } = model;
  const columnOf = new Map(input.columns.map(({ name, column }) => [name, column]));
  const only = wantedColumns(model);
  const portions = portionsOf(fields, { only });
  const repeated = await repeatedPortions(duck, portions, { rows: input.rows, columnOf, signal });
  const once = repeated.map((portion) => openPortion(portion, columnOf));
  const tables: RepeatedValues[] = [];
  for (const [place, portion] of once.entries()) {
    tables.push(await prepareValues(duck, portion, { table: `repeated_${place}`, signal }));
  }
  const others = portions.filter((portion) => !repeated.includes(portion));
  const rest = openPortion(joined(others, fields), columnOf);
  await createRecordsOf(duck, {
    columns: preparedColumns(fields).filter(({ name }) => only.has(name)),
    repeated: tables,
    batches: prepareRows(duck, rest, {
      signal,
      onRows: (rows) => onProgress?.(rows / input.rows),
    }),
    signal,
  });
  return setAsideOf(fields, once, rest);
}

/** A portion, and where its values stand. */
interface OpenPortion extends Portion {
  /** Columns of `input`. */
  readonly sources: readonly string[];
  readonly preparation: Preparation;
  /** Prepares raw values, by column of `input`. */
  prepare(raw: RawBatch, holders?: readonly number[]): PreparedColumns;
}

type ColumnOf = ReadonlyMap<string, string>;

function openPortion(portion: Portion, columnOf: ColumnOf): OpenPortion {
  const only = new Set(portion.columns.map(({ name }) => name));
  const preparation = openPreparation(portion.fields, { only });
  const named = rawNames(portion).map((name) => [name, columnOf.get(name) ?? name] as const);
  return {
    ...portion,
    sources: named.map(([, column]) => column),
    preparation,
    prepare(raw, holders) {
      const values = named.map(([name, column]) => [name, raw.get(column) ?? []] as const);
      return preparation.prepare(new Map(values), holders);
    },
  };
}

/** What the files call the columns that a portion follows from. */
function rawNames({ fields }: Portion): readonly string[] {
  return [...new Set(fields.flatMap(({ columns }) => columns))];
}

/** The portions whose values come again and again. */
async function repeatedPortions(
  duck: DuckDb,
  portions: readonly Portion[],
  {
    rows,
    columnOf,
    signal,
  }: {
    readonly rows: number;
    readonly columnOf: ColumnOf;
    readonly signal: AbortSignal | undefined;
  },
): Promise<readonly Portion[]> {
  if (rows < LEAST_ROWS) {
    return [];
  }
  const groups = portions.map((portion) =>
    rawNames(portion).map((name) => columnOf.get(name) ?? name),
  );
  const kinds = await countDistinct(duck, groups, signal);
  return portions.filter((_, place) => (kinds[place] ?? rows) * LEAST_REPEATED <= rows);
}

async function prepareValues(
  duck: DuckDb,
  portion: OpenPortion,
  { table, signal }: { readonly table: string; readonly signal: AbortSignal | undefined },
): Promise<RepeatedValues> {
  const { sources, columns } = portion;
  const values: RepeatedValues = { table, sources, columns };
  async function* batches(): AsyncGenerator<PreparedValues> {
    for await (const { raw, holders } of readDistinct(duck, sources, {
      rows: BATCH_ROWS,
      signal,
    })) {
      yield { raw, prepared: portion.prepare(raw, holders) };
    }
  }
  await createRepeatedValues(duck, values, { batches: batches(), signal });
  return values;
}

async function* prepareRows(
  duck: DuckDb,
  portion: OpenPortion,
  {
    signal,
    onRows,
  }: { readonly signal: AbortSignal | undefined; readonly onRows: (rows: number) => void },
): AsyncGenerator<RecordBatch> {
  let firstId = 0;
  for await (const raw of readInput(duck, portion.sources, { rows: BATCH_ROWS, signal })) {
    const rows = raw.values().next().value?.length ?? 0;
    yield { firstId, rows, values: portion.prepare(raw) };
    firstId += rows;
    onRows(firstId);
  }
}

/** A field that several portions read is counted in the one that reads nothing else, or with the other rows. */
function setAsideOf(
  fields: readonly ModelField[],
  once: readonly OpenPortion[],
  rest: OpenPortion,
): readonly SetAsideCount[] {
  return fields.flatMap((field) => {
    const alone = once.find((portion) => portion.fields.every((other) => other === field));
    const counts = (alone ?? rest).preparation.setAside();
    return counts.filter((count) => count.field === field.name);
  });
}
