import { unreachable } from "../../../kernel/index.ts";
import type { Condition, Operand } from "./condition.ts";
import type { Comparison } from "./model.ts";

/** Every value that a condition looks at, in the order in which it is written. */
export function operandsOf(condition: Condition): readonly Operand[] {
  switch (condition.kind) {
    case "all":
    case "any":
      return condition.of.flatMap(operandsOf);
    case "not":
      return operandsOf(condition.of);
    case "kilometres":
      return [{ column: condition.latitude }, { column: condition.longitude }];
    case "missing":
    case "equal":
    case "similar":
    case "distance":
    case "days":
    case "numbers":
    case "overlap":
    case "overlap-share":
    case "length":
    case "within":
    case "prefix":
      return condition.left === condition.right
        ? [condition.left]
        : [condition.left, condition.right];
    default:
      return unreachable(condition);
  }
}

/** The columns that a comparison looks at, each once, in the order in which they are first named. */
export function comparedColumns(comparison: Comparison): readonly string[] {
  const operands = comparison.levels.flatMap(({ when }) =>
    when === "otherwise" ? [] : operandsOf(when),
  );
  return [...new Set(operands.map(({ column }) => column))];
}
