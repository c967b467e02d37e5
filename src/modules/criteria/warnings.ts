import type { Dataset } from "../contracts/index.ts";
import type { ComparisonCondition, Condition, Value } from "./tree/index.ts";
import { walk } from "./tree/index.ts";
import { printCondition, printValue } from "./text/print.ts";

/**
 * What looks wrong about a tree although it can be evaluated: parts that can hold for nobody or that
 * hold for everybody. Simple by intent: constants, opposites side by side, and comparisons of one value
 * with fixed ones. Silence does not mean that the criteria can be met.
 */
export function warningsOf(root: Condition, subject: Dataset): readonly string[] {
  const warnings = new Set<string>();
  walk(root, {
    condition: (node) => {
      for (const warning of warningsOfNode(node, subject.kind)) {
        warnings.add(warning);
      }
    },
  });
  return [...warnings];
}

function warningsOfNode(node: Condition, member: Dataset["kind"]): readonly string[] {
  switch (node.kind) {
    case "constant":
      return [node.value ? `true holds for every ${member}` : `false holds for no ${member}`];
    case "membership":
      return node.options.length === 0
        ? [`${printCondition(node)} holds for no ${member}: the list is empty`]
        : [];
    case "comparison":
      return comparisonWarnings(node, member);
    case "and":
      return contradictions(node.operands);
    case "or":
      return opposites(node.operands).map(
        (text) => `${text} or its opposite holds for every ${member} ${WHO[member]} has the value`,
      );
    default:
      return [];
  }
}

const WHO = { customer: "who", account: "that", event: "that" } as const;

function comparisonWarnings(node: ComparisonCondition, member: Dataset["kind"]): readonly string[] {
  const text = printCondition(node);
  if (isFixed(node.left) && isFixed(node.right)) {
    return [`${text} is the same for every ${member}`];
  }
  if (printValue(node.left) === printValue(node.right)) {
    return [`${text} compares a value with itself`];
  }
  const negative = node.right.kind === "number-literal" && node.right.text.startsWith("-");
  const zero = node.right.kind === "number-literal" && node.right.text === "0";
  if (
    isCount(node.left) &&
    ((node.operator === "<" && (zero || negative)) ||
      (["<=", "=="].includes(node.operator) && negative))
  ) {
    return [`${text} holds for no ${member}: a count is never below 0`];
  }
  if (
    isCount(node.left) &&
    ((node.operator === ">=" && (zero || negative)) || (node.operator === ">" && negative))
  ) {
    return [`${text} holds for every ${member}: a count is never below 0`];
  }
  return [];
}

function isCount(node: Value): boolean {
  return (
    (node.kind === "aggregate" && (node.function === "count" || node.function === "distinct")) ||
    node.kind === "size"
  );
}

function isFixed(node: Value): boolean {
  return node.kind.endsWith("-literal");
}

function contradictions(operands: readonly Condition[]): readonly string[] {
  const opposite = opposites(operands).map(
    (text) => `${text} and its opposite never hold together`,
  );
  const bounds = new Map<string, Bounds>();
  const found: string[] = [];
  for (const operand of operands) {
    const bound = boundOf(operand);
    if (bound === undefined) {
      continue;
    }
    const before = bounds.get(bound.of) ?? OPEN;
    const after = narrowed(before, bound);
    bounds.set(bound.of, after);
    if (!isEmpty(before) && isEmpty(after)) {
      found.push(`the conditions on ${bound.of} never hold together`);
    }
  }
  return [...opposite, ...found];
}

/** Texts of operands that stand beside their own negation. */
function opposites(operands: readonly Condition[]): readonly string[] {
  const texts = new Set(operands.map(printCondition));
  return operands.flatMap((operand) => {
    const text = printCondition(operand.kind === "not" ? operand.operand : oppositeOf(operand));
    return texts.has(text) && (operand.kind === "not" || text < printCondition(operand))
      ? [printCondition(operand.kind === "not" ? operand.operand : operand)]
      : [];
  });
}

/** The opposite that people write without `!`. */
function oppositeOf(node: Condition): Condition {
  switch (node.kind) {
    case "occurrence":
      return { ...node, any: !node.any };
    case "presence":
      return { ...node, present: !node.present };
    default:
      return { kind: "constant", value: false };
  }
}

/** Where a value can lie. Texts, dates and instants compare as their literals' texts do. */
interface Bounds {
  readonly low: Bound | undefined;
  readonly high: Bound | undefined;
}

interface Bound {
  readonly at: number | string;
  readonly inclusive: boolean;
}

const OPEN: Bounds = { low: undefined, high: undefined };

function boundOf(node: Condition): (Bounds & { readonly of: string }) | undefined {
  if (node.kind !== "comparison" || isFixed(node.left)) {
    return undefined;
  }
  const at = literalKey(node.right);
  if (at === undefined) {
    return undefined;
  }
  const of = printValue(node.left);
  switch (node.operator) {
    case "==":
      return { of, low: { at, inclusive: true }, high: { at, inclusive: true } };
    case "<":
    case "<=":
      return { of, low: undefined, high: { at, inclusive: node.operator === "<=" } };
    case ">":
    case ">=":
      return { of, low: { at, inclusive: node.operator === ">=" }, high: undefined };
    case "!=":
      return undefined;
  }
}

function literalKey(node: Value): number | string | undefined {
  switch (node.kind) {
    case "number-literal":
      // A binary float is near enough for a warning only when it is exact.
      return Number.isSafeInteger(Number(node.text)) ? Number(node.text) : undefined;
    case "text-literal":
      return node.text;
    case "date-literal":
      return node.date;
    case "instant-literal":
      return node.instant;
    default:
      return undefined;
  }
}

function narrowed(bounds: Bounds, by: Bounds): Bounds {
  return {
    low: tighter(bounds.low, by.low, (a, b) => a > b),
    high: tighter(bounds.high, by.high, (a, b) => a < b),
  };
}

function tighter(
  a: Bound | undefined,
  b: Bound | undefined,
  beyond: (a: number | string, b: number | string) => boolean,
): Bound | undefined {
  if (a === undefined || b === undefined) {
    return a ?? b;
  }
  if (a.at === b.at) {
    return { at: a.at, inclusive: a.inclusive && b.inclusive };
  }
  return beyond(a.at, b.at) ? a : b;
}

function isEmpty({ low, high }: Bounds): boolean {
  if (low === undefined || high === undefined) {
    return false;
  }
  return low.at > high.at || (low.at === high.at && !(low.inclusive && high.inclusive));
}
