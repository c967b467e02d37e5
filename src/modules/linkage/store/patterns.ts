/** Pairs counted by the levels they have: what training looks at instead of at millions of pairs. */
import { must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Comparison } from "../model/model.ts";
import { levelColumn } from "./level-sql.ts";

/** Every combination of levels that some pair has, and how many have it. */
export interface Patterns {
  /** By comparison: the position of the level in each pattern. */
  readonly levels: readonly Uint8Array[];
  /** Pairs of each pattern. */
  readonly counts: Float64Array;
}

/**
 * Counts pairs by their levels, of a table or a query in brackets that has them. The patterns are in the order of their levels, whatever the order of the
 * pairs and the count of threads, so that sums over them are always the same to the last bit.
 */
export async function countPatterns(
  duck: DuckDb,
  comparisons: readonly Comparison[],
  { levels, signal }: { readonly levels: string; readonly signal?: AbortSignal | undefined },
): Promise<Patterns> {
  const names = comparisons.map((_, position) => levelColumn(position));
  const list = names.join(", ");
  const sql = `select ${list}, count(*) as pairs from ${levels} group by ${list} order by ${list}`;
  const kinds = Object.fromEntries([...names, "pairs"].map((name) => [name, "float64"] as const));
  const columns = await duck.columns(sql, kinds, { signal });
  const column = (name: string): Float64Array => must(columns[name], "the query has the column");
  return { levels: names.map((name) => Uint8Array.from(column(name))), counts: column("pairs") };
}
