import { operandsOf } from "../model/columns.ts";
import type { Condition, Operand } from "../model/condition.ts";
import type { Comparison } from "../model/model.ts";
import { quoteName } from "./literal.ts";

/** The record of a pair that a value is of. */
export type Side = "l" | "r";

/**
 * The column of `compared` that holds an operand. What is cut out of a text or read as a date
 * is worked out once for each record, never for each pair (10.8 instead of 314 million pairs a second
 * where dates are read from text).
 */
export function operandColumn({ column, match, date }: Operand): string {
  const cut = match === undefined ? "" : ` matching ${match}`;
  const read = date === undefined ? "" : ` as ${date}`;
  return `${column}${cut}${read}`;
}

/** The value of a column of `compared` on one side of a pair. */
export function sideColumn(side: Side, column: string): string {
  return quoteName(`${side}_${column}`);
}

/** The value of an operand on one side of a pair. */
export function operandSql(side: Side, operand: Operand): string {
  return sideColumn(side, operandColumn(operand));
}

/** Every operand that comparisons look at, by its column in `compared`. */
export function comparedOperands(comparisons: readonly Comparison[]): ReadonlyMap<string, Operand> {
  const operands = new Map<string, Operand>();
  for (const condition of conditionsOf(comparisons)) {
    for (const operand of operandsOf(condition)) {
      operands.set(operandColumn(operand), operand);
    }
  }
  return operands;
}

/** Every condition of comparisons that has no condition inside it, as often as it is written. */
export function conditionsOf(comparisons: readonly Comparison[]): readonly Condition[] {
  return comparisons.flatMap(({ levels }) =>
    levels.flatMap(({ when }) => (when === "otherwise" ? [] : innermost(when))),
  );
}

function innermost(condition: Condition): readonly Condition[] {
  switch (condition.kind) {
    case "all":
    case "any":
      return condition.of.flatMap(innermost);
    case "not":
      return innermost(condition.of);
    default:
      return [condition];
  }
}
