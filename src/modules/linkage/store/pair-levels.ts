/**
 * The table `levels`: pairs and the level that each comparison has for them. Comparing is what a run spends
 * most on; training counts the levels and scoring weighs them, neither compares again.
 */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Comparison } from "../model/model.ts";
import { levelColumn, levelsQuery, sharesOfPair } from "./level-sql.ts";

/** A table of pairs that were compared: `l`, `r`, `rule`, `level_0`, `level_1`, …. */
export const LEVELS = "levels";

/** Makes `levels` anew, without rows. */
export async function createLevels(
  duck: DuckDb,
  comparisons: readonly Comparison[],
  signal?: AbortSignal,
): Promise<void> {
  const levels = comparisons.map((_, position) => `, ${levelColumn(position)} utinyint`);
  await duck.run(
    `create or replace table ${LEVELS} (l integer, r integer, rule utinyint${levels.join("")})`,
    [],
    signal,
  );
}

/** Compares the rows of `pairs` from one place in it until another, into `levels`. */
export async function insertLevels(
  duck: DuckDb,
  comparisons: readonly Comparison[],
  {
    from,
    until,
    signal,
  }: {
    readonly from: number;
    readonly until: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const pairs = `(select l, r, rule from pairs where rowid >= ${from} and rowid < ${until})`;
  const levels = levelsQuery(comparisons, { pairs, carried: ["l", "r", "rule"] });
  await duck.run(`insert into ${LEVELS} ${levels}`, [], signal);
}

/** What {@link levelsQuery} gives, of rows of `levels` from one place in it until another. */
export function knownLevelsQuery(
  comparisons: readonly Comparison[],
  {
    from,
    until,
    kept,
  }: { readonly from: number; readonly until: number; readonly kept: readonly string[] },
): string {
  const levels = comparisons.map((_, position) => `p.${levelColumn(position)}`);
  const shares = sharesOfPair(kept);
  return (
    `select ${["p.l", "p.r", "p.rule", ...levels, ...shares.columns].join(", ")} ` +
    `from ${LEVELS} p${shares.joins} where p.rowid >= ${from} and p.rowid < ${until}`
  );
}

export async function dropLevels(duck: DuckDb): Promise<void> {
  await duck.run(`drop table if exists ${LEVELS}`);
}
