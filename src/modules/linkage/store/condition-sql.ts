import { InvalidInputError, unreachable } from "../../../kernel/index.ts";
import type { Condition, Operands } from "../model/condition.ts";
import { doubleLiteral } from "./literal.ts";
import type { MeasureColumns } from "./measure-sql.ts";
import { adjacentSwapSql, measured } from "./measure-sql.ts";
import { operandSql } from "./operand-sql.ts";

/**
 * Writes a condition over the values of a pair (`l_COLUMN`, `r_COLUMN`) and its measures. SQL's logic of
 * three values is that of conditions: null is unknown.
 * @throws InvalidInputError for swaps of neighbours with more than two edits, which DuckDB cannot count
 */
export function conditionSql(condition: Condition, columns: MeasureColumns): string {
  switch (condition.kind) {
    case "all":
      return joined(condition.of, " and ", columns);
    case "any":
      return joined(condition.of, " or ", columns);
    case "not":
      return `(not ${conditionSql(condition.of, columns)})`;
    case "kilometres": {
      const { latitude, longitude, atMost } = condition;
      const distance = measured(columns, { kind: "kilometres", latitude, longitude });
      return `(${distance} <= ${doubleLiteral(atMost)})`;
    }
    case "similar": {
      const { measure, left, right, atLeast } = condition;
      return `(${measured(columns, { kind: measure, left, right })} >= ${doubleLiteral(atLeast)})`;
    }
    case "distance":
      return distanceSql(condition, columns);
    default:
      return valuesSql(condition);
  }
}

/** All of none holds, any of none does not. */
function joined(
  parts: readonly Condition[],
  operator: " and " | " or ",
  columns: MeasureColumns,
): string {
  return parts.length === 0
    ? String(operator === " and ")
    : `(${parts.map((part) => conditionSql(part, columns)).join(operator)})`;
}

function distanceSql(
  condition: Extract<Condition, { kind: "distance" }>,
  columns: MeasureColumns,
): string {
  const { measure, left, right, atMost } = condition;
  if (measure !== "adjacent-swap") {
    return `(${measured(columns, { kind: measure, upTo: atMost, left, right })} <= ${atMost})`;
  }
  if (atMost > 2) {
    throw new InvalidInputError(
      "linkage-swaps",
      `adjacent_swap(${left.column}) <= ${atMost} asks for more than 2 edits`,
      [],
      { hint: "ask for at most 2, or use damerau_levenshtein" },
    );
  }
  return adjacentSwapSql(columns, { left, right }, atMost);
}

type ValuesCondition = Exclude<
  Extract<Condition, Operands>,
  { kind: "similar" } | { kind: "distance" }
>;

function valuesSql(condition: ValuesCondition): string {
  const a = operandSql("l", condition.left);
  const b = operandSql("r", condition.right);
  switch (condition.kind) {
    case "missing":
      return `(${a} is null or ${b} is null)`;
    case "equal":
      return `(${a} = ${b})`;
    case "days":
    case "numbers":
      return `(abs(${a} - ${b}) <= ${doubleLiteral(condition.atMost)})`;
    case "overlap":
      // Finding one is enough for DuckDB to stop looking.
      return condition.atLeast === 1
        ? known(a, b, `list_has_any(${a}, ${b})`)
        : known(a, b, `len(list_intersect(${a}, ${b})) >= ${condition.atLeast}`);
    case "overlap-share": {
      const shorter = `least(list_unique(${a}), list_unique(${b}))`;
      const least = `${doubleLiteral(condition.atLeast)} * ${shorter}`;
      return known(a, b, `len(list_intersect(${a}, ${b})) >= ${least}`);
    }
    case "length":
      return known(a, b, `least(length(${a}), length(${b})) >= ${condition.atLeast}`);
    case "within":
      return containment("contains", { a, b, atLeast: condition.atLeast });
    case "prefix":
      return containment("starts_with", { a, b, atLeast: condition.atLeast });
    default:
      return unreachable(condition);
  }
}

/** For functions that find an answer where a value is missing. */
function known(a: string, b: string, sql: string): string {
  return `(case when ${a} is not null and ${b} is not null then ${sql} end)`;
}

/** One text in the other, whichever is the longer. */
function containment(
  test: "contains" | "starts_with",
  { a, b, atLeast }: { readonly a: string; readonly b: string; readonly atLeast: number },
): string {
  const oneWay = (longer: string, shorter: string): string =>
    `(${test}(${longer}, ${shorter}) and length(${shorter}) >= ${atLeast})`;
  return `(${oneWay(a, b)} or ${oneWay(b, a)})`;
}
