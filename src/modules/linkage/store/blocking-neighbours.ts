/** Pairs inside groups of records that hang together, in SQL for DuckDB. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";

/** Makes the table `components (id, component)`. */
export async function createComponents(
  duck: DuckDb,
  ids: Int32Array,
  components: Int32Array,
): Promise<void> {
  await duck.run("create or replace table components (id integer, component integer)");
  await duck.append("components", [ids, components]);
}

export async function dropComponents(duck: DuckDb): Promise<void> {
  await duck.run("drop table if exists components");
}

/**
 * Adds the pairs inside components that are not in `pairs`, under the rule; returns how many. Of `pairs`,
 * only those inside a component are held for the comparison: they are few of many.
 */
export async function insertComponentPairs(
  duck: DuckDb,
  { rule, signal }: { readonly rule: number; readonly signal?: AbortSignal | undefined },
): Promise<number> {
  return await duck.run(
    "insert into pairs " +
      "with known as (select p.l, p.r from pairs p join components a on a.id = p.l " +
      "join components b on b.id = p.r and b.component = a.component) " +
      "select a.id, b.id, $1::utinyint from components a " +
      "join components b on b.component = a.component and a.id < b.id " +
      "where not exists (select 1 from known k where k.l = a.id and k.r = b.id)",
    [rule],
    signal,
  );
}
