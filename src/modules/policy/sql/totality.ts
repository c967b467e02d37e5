/** Which residuals can be missing: those that read what is not known to be there, and arithmetic. */
import { unreachable } from "../../../kernel/index.ts";
import type { Column, Residual } from "../compile/residual.ts";

/** The columns that are known to have a value, as {@link columnKey} spells them. */
export type Present = ReadonlySet<string>;

function columnKey({ of, field }: Column): string {
  return `${of}.${field}`;
}

/** Whether a residual is never missing where `present` are there. */
export function isTotal(node: Residual, present: Present): boolean {
  switch (node.kind) {
    case "missing":
    case "arithmetic":
      return false;
    case "constant":
    case "present":
    case "now":
    case "today":
    case "consent":
    case "holds":
      return true;
    case "column":
      return present.has(columnKey(node));
    case "and":
    case "or":
      return (
        isTotal(node.left, present) &&
        isTotal(node.right, presentIf(node.left, node.kind === "and", present))
      );
    case "if":
      return (
        isTotal(node.test, present) &&
        isTotal(node.then, presentIf(node.test, true, present)) &&
        isTotal(node.otherwise, presentIf(node.test, false, present))
      );
    case "equal":
    case "comparison":
      return isTotal(node.left, present) && isTotal(node.right, present);
    case "time-part":
      // The day of an instant near the end of 64 bits would be outside of them.
      return node.part !== "toDate" && isTotal(node.of, present);
    case "not":
    case "like":
    case "one-of":
      return isTotal(node.of, present);
    case "holds-one":
      return present.has(columnKey(node.column)) && isTotal(node.member, present);
    case "holds-all":
    case "holds-any":
    case "empty":
      return present.has(columnKey(node.column));
    default:
      return unreachable(node);
  }
}

/** What is known to be there, once a boolean turned out to be `truth`. */
export function presentIf(node: Residual, truth: boolean, present: Present): Present {
  switch (node.kind) {
    case "present":
      return truth ? new Set([...present, columnKey(node.column)]) : present;
    case "not":
      return presentIf(node.of, !truth, present);
    case "and":
    case "or": {
      // Both sides are as they must be: `a && b` that is true, `a || b` that is false.
      const isBoth = (node.kind === "and") === truth;
      return isBoth ? presentIf(node.right, truth, presentIf(node.left, truth, present)) : present;
    }
    default:
      return present;
  }
}
