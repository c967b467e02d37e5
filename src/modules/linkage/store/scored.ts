/** The table `scored`: pairs with their weights. */
import { must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Model } from "../model/model.ts";
import { shareColumns } from "./compared.ts";
import { levelsQuery } from "./level-sql.ts";
import { doubleLiteral } from "./literal.ts";
import { knownLevelsQuery } from "./pair-levels.ts";
import { tellingSql } from "./telling-sql.ts";
import { weightSql } from "./weight-sql.ts";

/** Makes `scored` anew, without rows. */
export async function createScored(duck: DuckDb, signal?: AbortSignal): Promise<void> {
  await duck.run(
    `create or replace table scored (l integer, r integer, rule utinyint, weight double, telling utinyint)`,
    [],
    signal,
  );
}

/** The place behind the last row of `pairs`. */
export async function endOfPairs(duck: DuckDb, signal?: AbortSignal): Promise<number> {
  const [row] = await duck.rows<{ last: bigint | null }>(
    `select max(rowid) as last from pairs`,
    [],
    signal,
  );
  return Number(must(row, "a maximum has a row").last ?? -1n) + 1;
}

/** Rows of `pairs` by their place in it. */
export interface PairRange {
  readonly from: number;
  readonly until: number;
  /** Pairs that weigh less are left out. */
  readonly minimumWeight: number;
  /** Whether `levels` has all pairs; they are compared where it has not. */
  readonly areCompared: boolean;
}

/** Scores a range of `pairs`, or of `levels`, into `scored`; returns how many weigh enough. */
export async function insertScored(
  duck: DuckDb,
  model: Model,
  {
    from,
    until,
    minimumWeight,
    areCompared,
    signal,
  }: PairRange & { readonly signal?: AbortSignal | undefined },
): Promise<number> {
  const { comparisons } = model;
  const kept = shareColumns(model);
  const levels = areCompared
    ? knownLevelsQuery(comparisons, { from, until, kept })
    : levelsQuery(comparisons, {
        pairs: `(select l, r, rule from pairs where rowid >= ${from} and rowid < ${until})`,
        carried: ["l", "r", "rule"],
        kept,
      });
  const least = Number.isFinite(minimumWeight)
    ? ` where weight >= ${doubleLiteral(minimumWeight)}`
    : "";
  return await duck.run(
    `insert into scored select l, r, rule, weight, telling ` +
      `from (select l, r, rule, ${weightSql(model)} as weight, ` +
      `${tellingSql(comparisons)} as telling from (${levels}))${least}`,
    [],
    signal,
  );
}

/** Scored pairs, the same at the same place in every array. */
export interface ScoredPairs {
  readonly l: Int32Array;
  readonly r: Int32Array;
  readonly weight: Float64Array;
  /** The blocking rule that found the pair first. */
  readonly rule: Uint8Array;
  /** What the pair tells beside its weight, as `tellingNumber` has it. */
  readonly telling: Uint8Array;
}

/** Reads `scored` in the order of `l` and `r`. */
export async function readScored(duck: DuckDb, signal?: AbortSignal): Promise<ScoredPairs> {
  return await readScoredWhere(duck, "true", signal);
}

/** Reads those of `scored` that a rule found, in the order of `l` and `r`. */
export async function readScoredOf(
  duck: DuckDb,
  rule: number,
  signal?: AbortSignal,
): Promise<ScoredPairs> {
  return await readScoredWhere(duck, `rule = ${rule}`, signal);
}

async function readScoredWhere(
  duck: DuckDb,
  condition: string,
  signal: AbortSignal | undefined,
): Promise<ScoredPairs> {
  return await duck.columns(
    `select l, r, weight, rule, telling from scored where ${condition} order by l, r`,
    { l: "int32", r: "int32", weight: "float64", rule: "uint8", telling: "uint8" },
    { signal },
  );
}
