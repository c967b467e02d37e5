/** The tables of a full run in DuckDB, beside those that linkage makes itself. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import { must, unreachable } from "../../../kernel/index.ts";
import type {
  PreparedColumn,
  PreparedColumns,
  PreparedRecord,
  PreparedType,
  PreparedValue,
} from "../../linkage/index.ts";

const typeNames: Readonly<Record<PreparedType, string>> = {
  text: "varchar",
  integer: "integer",
  number: "double",
  list: "varchar[]",
};

/** Names of prepared columns are words of the model, never of a user's text; they are quoted all the same. */
function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Makes the table `records`: the number of a record, then its prepared columns. */
export async function createRecords(
  duck: DuckDb,
  columns: readonly PreparedColumn[],
): Promise<void> {
  const shape = columns.map(({ name, type }) => `${quoteName(name)} ${typeNames[type]}`);
  await duck.run(`create or replace table records (${["id integer", ...shape].join(", ")})`);
}

/** Appends some places of prepared columns to `records`, numbered from `first` on. */
export async function appendRecords(
  duck: DuckDb,
  { columns, prepared }: { columns: readonly PreparedColumn[]; prepared: PreparedColumns },
  { places, first }: { readonly places: readonly number[]; readonly first: number },
): Promise<void> {
  const values = columns.map(({ name, type }) => {
    const column = must(prepared.get(name), "every prepared column is there");
    return cells(
      type,
      places.map((place) => column[place] ?? null),
    );
  });
  await duck.append("records", [Int32Array.from(places, (_, index) => first + index), ...values]);
}

/** The values of a column of the type; preparation makes no others. */
function cells(
  type: PreparedType,
  values: readonly PreparedValue[],
): readonly (string | null)[] | readonly (number | null)[] | readonly (readonly string[] | null)[] {
  switch (type) {
    case "text":
      return values.map((value) => (typeof value === "string" ? value : null));
    case "integer":
    case "number":
      return values.map((value) => (typeof value === "number" ? value : null));
    case "list":
      return values.map((value) => (typeof value === "object" ? value : null));
    default:
      return unreachable(type);
  }
}

/** Makes the table `pairs` anew, without rows. */
export async function createPairs(duck: DuckDb): Promise<void> {
  await duck.run("create or replace table pairs (l integer, r integer, rule utinyint)");
}

/** Makes the table of a column's shares anew, without rows. */
export async function createTerms(duck: DuckDb, column: string): Promise<void> {
  await duck.run(
    `create or replace table ${quoteName(`terms_${column}`)} (term varchar, share double)`,
  );
}

/** The values of a column that occur, in batches. */
export async function* distinctTerms(
  duck: DuckDb,
  column: string,
): AsyncGenerator<readonly (string | null)[]> {
  const value = quoteName(column);
  const batches = duck.columnBatches(
    `select distinct ${value}::varchar as term from records where ${value} is not null`,
    { term: "text" },
    { rows: 50_000 },
  );
  for await (const { term } of batches) {
    yield term;
  }
}

/** The shares of a column's values, in batches. */
export async function* countedTerms(
  duck: DuckDb,
  column: string,
): AsyncGenerator<{
  readonly term: readonly (string | null)[];
  readonly share: Float64Array;
}> {
  yield* duck.columnBatches(
    `select term, share from ${quoteName(`terms_${column}`)}`,
    { term: "text", share: "float64" },
    { rows: 50_000 },
  );
}

/** Records with some of their prepared columns, in the order of their numbers, in batches. */
export async function* readPrepared(
  duck: DuckDb,
  columns: readonly PreparedColumn[],
): AsyncGenerator<PreparedRecord[]> {
  if (columns.length === 0) {
    return;
  }
  const names = columns.map(({ name }) => name);
  const kinds = Object.fromEntries(columns.map(({ name, type }) => [name, kindOf(type)]));
  const query = `select ${names.map(quoteName).join(", ")} from records order by id`;
  for await (const batch of duck.columnBatches(query, kinds, { rows: 20_000 })) {
    const lists = names.map((name) => batch[name] ?? []);
    yield Array.from({ length: lists[0]?.length ?? 0 }, (_, place) =>
      Object.fromEntries(names.map((name, index) => [name, lists[index]?.[place] ?? null])),
    );
  }
}

function kindOf(type: PreparedType): "text" | "number" | "texts" {
  switch (type) {
    case "text":
      return "text";
    case "list":
      return "texts";
    case "integer":
    case "number":
      return "number";
    default:
      return unreachable(type);
  }
}
