import type { Comparison } from "../model/model.ts";
import { conditionSql } from "./condition-sql.ts";
import { quoteName } from "./literal.ts";
import { measureColumns } from "./measure-sql.ts";
import type { MeasureColumns } from "./measure-sql.ts";
import { comparedOperands, sideColumn } from "./operand-sql.ts";
import type { Side } from "./operand-sql.ts";

/** Which pairs to look at, and what to keep of them beside the levels. */
export interface PairSource {
  /** A table, or a query in brackets, with the columns `l` and `r`. */
  readonly pairs: string;
  /** Columns of it to keep. */
  readonly carried: readonly string[];
  /** Columns of `shares` to keep, as `l_COLUMN` and `r_COLUMN`. */
  readonly kept?: readonly string[] | undefined;
}

/** The column of a comparison's level, which is its 0-based position. */
export function levelColumn(comparison: number): string {
  return `level_${comparison}`;
}

/**
 * A query for the level of every comparison for each pair. Three layers, each over plain columns of the
 * one below: the values of both records, the measures that several levels need, the levels.
 */
export function levelsQuery(comparisons: readonly Comparison[], source: PairSource): string {
  const { pairs, carried, kept = [] } = source;
  const measures = measureColumns(comparisons);
  const columns = [...comparedOperands(comparisons).keys()];
  const ofPair = carried.map(quoteName);
  const ofRecords = sides([...columns, ...kept]);
  const shares = sharesOfPair(kept);
  const values =
    `select ${[...ofPair.map((column) => `p.${column}`), ...gathered(columns, { l: "l", r: "r" }), ...shares.columns].join(", ")} ` +
    `from ${pairs} p join compared l on l.id = p.l join compared r on r.id = p.r${shares.joins}`;
  const measuring = [...measures].map(([name, sql]) => `${sql} as ${quoteName(name)}`);
  const withMeasures = `select ${[...ofPair, ...ofRecords, ...measuring].join(", ")} from (${values})`;
  const levels = comparisons.map(
    (comparison, position) => `${levelSql(comparison, measures)} as ${levelColumn(position)}`,
  );
  return `select ${[...ofPair, ...sides(kept), ...levels].join(", ")} from (${withMeasures})`;
}

function sides(columns: readonly string[]): readonly string[] {
  return columns.flatMap((column) => [sideColumn("l", column), sideColumn("r", column)]);
}

/** Columns of `shares` for both records of a pair `p`, and the joins that they come from. */
export function sharesOfPair(kept: readonly string[]): {
  readonly columns: readonly string[];
  readonly joins: string;
} {
  const joins = " join shares ls on ls.id = p.l join shares rs on rs.id = p.r";
  return {
    columns: gathered(kept, { l: "ls", r: "rs" }),
    joins: kept.length === 0 ? "" : joins,
  };
}

/** Columns of both records of a pair, out of the tables of either side. */
function gathered(
  columns: readonly string[],
  tables: Readonly<Record<Side, string>>,
): readonly string[] {
  return columns.flatMap((column) =>
    sidesOfPair.map(
      (side) => `${tables[side]}.${quoteName(column)} as ${sideColumn(side, column)}`,
    ),
  );
}

const sidesOfPair: readonly Side[] = ["l", "r"];

/** The position of the first level that holds. */
function levelSql({ levels }: Comparison, measures: MeasureColumns): string {
  const branches = levels.map(({ when }, position) =>
    when === "otherwise"
      ? `when true then ${position}`
      : `when ${conditionSql(when, measures)} then ${position}`,
  );
  return `(case ${branches.join(" ")} end)::utinyint`;
}
