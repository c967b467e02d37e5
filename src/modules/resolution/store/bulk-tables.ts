/** The tables of a full run in DuckDB, beside those that linkage makes itself. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import { unreachable } from "../../../kernel/index.ts";
import type { PreparedColumn, PreparedRecord, PreparedType } from "../../linkage/index.ts";

/** Names of prepared columns are words of the model, never of a user's text; they are quoted all the same. */
function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
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

/** Makes the table of keys that are to be written anew, without rows. */
export async function createKeys(duck: DuckDb): Promise<void> {
  await duck.run("create or replace table fresh_keys (key bigint, record bigint)");
}

export async function addKeys(
  duck: DuckDb,
  { key, record }: { readonly key: BigInt64Array; readonly record: BigInt64Array },
): Promise<void> {
  await duck.append("fresh_keys", [key, record]);
}

/** All of them, by key, in batches. */
export function sortedKeys(
  duck: DuckDb,
): AsyncIterable<{ readonly key: BigInt64Array; readonly record: BigInt64Array }> {
  return duck.columnBatches(
    "select key, record from fresh_keys order by key, record",
    { key: "int64", record: "int64" },
    { rows: 20_000 },
  );
}

/**
 * Records with some of their prepared columns, in the order of their numbers, in batches of about so many
 * `rows`.
 */
export async function* readPrepared(
  duck: DuckDb,
  { columns, rows }: { readonly columns: readonly PreparedColumn[]; readonly rows: number },
): AsyncGenerator<PreparedRecord[]> {
  const names = columns.map(({ name }) => name);
  const kinds: Readonly<Record<string, PreparedKind>> = {
    ...Object.fromEntries(columns.map(({ name, type }) => [name, kindOf(type)])),
    id: "number",
  };
  const query = `select ${["id", ...names.map(quoteName)].join(", ")} from records order by id`;
  for await (const batch of duck.columnBatches(query, kinds, { rows })) {
    const lists = names.map((name) => batch[name] ?? []);
    yield Array.from({ length: batch["id"]?.length ?? 0 }, (_, place) =>
      Object.fromEntries(names.map((name, index) => [name, lists[index]?.[place] ?? null])),
    );
  }
}

/** What prepared columns are read as. */
type PreparedKind = "text" | "number" | "texts";

function kindOf(type: PreparedType): PreparedKind {
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
