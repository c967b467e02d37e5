import { unreachable } from "../../../kernel/index.ts";
import type { ComparisonCondition, ComparisonOperator, DaysSinceValue } from "../tree/index.ts";
import { typeOf } from "../tree/index.ts";
import type { Place, QueryDraft } from "./draft.ts";
import { startOfDaySql } from "./instant-sql.ts";
import { valueSql } from "./value-sql.ts";

/** The operator that says the same with the sides exchanged. */
export const MIRRORED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

/** Farther days than dates can be moved by are not worth a short answer. */
const FARTHEST_DAYS = /^-?\d{1,5}$/;

/** `daysSince(d)` beside a whole number, from whichever side it was written. */
export function daysSinceComparison(node: ComparisonCondition):
  | {
      readonly since: DaysSinceValue;
      readonly operator: ComparisonOperator;
      readonly days: number;
    }
  | undefined {
  const [since, operator, literal] =
    node.left.kind === "days-since"
      ? [node.left, node.operator, node.right]
      : [node.right, MIRRORED[node.operator], node.left];
  if (
    since.kind !== "days-since" ||
    literal.kind !== "number-literal" ||
    !FARTHEST_DAYS.test(literal.text)
  ) {
    return undefined;
  }
  return { since, operator, days: Number(literal.text) };
}

/** The first date, or instant, that is less than so many calendar days ago. */
export function lessDaysAgoSql(draft: QueryDraft, days: number, isInstant: boolean): string {
  const count = draft.parameters.add(String(days - 1), "integer");
  const day = `(${draft.today} - ${count})`;
  return draft.once(isInstant ? startOfDaySql(draft, day) : day);
}

/**
 * `daysSince(d) < n` is `d >= the first day less than n days ago`: one comparison with what is computed
 * once, where the calendar day of every instant costs as much as ten.
 */
export function daysSinceSql(
  draft: QueryDraft,
  node: ComparisonCondition,
  { row, need }: Place,
): string | undefined {
  const comparison = daysSinceComparison(node);
  if (comparison === undefined) {
    return undefined;
  }
  const { since, operator, days } = comparison;
  const value = valueSql(draft, since.of, row);
  const limit = (count: number): string =>
    lessDaysAgoSql(draft, count, typeOf(since.of) === "timestamp");
  switch (operator) {
    case ">=":
      return `(${value} < ${limit(days)})`;
    case ">":
      return `(${value} < ${limit(days + 1)})`;
    case "<":
      return `(${value} >= ${limit(days)})`;
    case "<=":
      return `(${value} >= ${limit(days + 1)})`;
    case "==":
    case "!=": {
      const equal = `${value} >= ${limit(days + 1)} and ${value} < ${limit(days)}`;
      if (operator === "!=") {
        return `(not coalesce(${equal}, false))`;
      }
      return need === "truth" ? `(${equal})` : `coalesce(${equal}, false)`;
    }
    default:
      return unreachable(operator);
  }
}
