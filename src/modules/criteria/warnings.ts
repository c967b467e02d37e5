import type { Dataset } from "../contracts/index.ts";
import type { ComparisonCondition, Condition, Value } from "./tree/index.ts";
import { walk } from "./tree/index.ts";
import { printCondition, printValue } from "./text/print.ts";
import type { Truths, TruthSet } from "./truth-set.ts";
import {
  intersection,
  isEmpty,
  isEveryCount,
  isEverything,
  isNoCount,
  truthsOf,
  union,
} from "./truth-set.ts";

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
      return tautologies(node.operands, member);
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
  const truths = truthsOf(node);
  if (truths === undefined || !isCount(truths.value)) {
    return [];
  }
  const why = "a count is never below 0";
  return [
    ...(isNoCount(truths.set) ? [`${text} holds for no ${member}: ${why}`] : []),
    ...(isEveryCount(truths.set) ? [`${text} holds for every ${member}: ${why}`] : []),
  ];
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
  const together = operandsOfOne(operands)
    .filter((all) => !all.some(isImpossible) && isImpossible(joined(all, intersection)))
    .map(([{ of }]) => `the conditions on ${of} never hold together`);
  const opposite = opposites(operands).map(
    (text) => `${text} and its opposite never hold together`,
  );
  return [...opposite, ...together];
}

function tautologies(operands: readonly Condition[], member: Dataset["kind"]): readonly string[] {
  const having = `every ${member} ${WHO[member]} has the value`;
  const together = operandsOfOne(operands)
    .map((all) => joined(all, union))
    .filter(isCertain)
    .map(({ of, set, value }) => {
      const whom = set.missing || isCount(value) ? `every ${member}` : having;
      return `one of the conditions on ${of} holds for ${whom}`;
    });
  const opposite = opposites(operands).map((text) => `${text} or its opposite holds for ${having}`);
  return [...opposite, ...together];
}

/** Operands that are about the same thing, where there are two or more. */
function operandsOfOne(
  operands: readonly Condition[],
): readonly (readonly [Truths, ...Truths[]])[] {
  const truths = operands.flatMap((operand) => truthsOf(operand) ?? []);
  return [...Map.groupBy(truths, ({ of }) => of).values()].flatMap(([first, ...others]) =>
    first === undefined || others.length === 0 ? [] : [[first, ...others] as const],
  );
}

function joined(
  [first, ...others]: readonly [Truths, ...Truths[]],
  join: (sets: readonly TruthSet[]) => TruthSet,
): Truths {
  return { ...first, set: join([first, ...others].map(({ set }) => set)) };
}

function isImpossible({ value, set }: Truths): boolean {
  return isEmpty(set) || (isCount(value) && isNoCount(set));
}

function isCertain({ value, set }: Truths): boolean {
  return isEverything(set) || (isCount(value) && isEveryCount(set));
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

/** The opposite that people write without `!`, where it is no comparison of a value. */
function oppositeOf(node: Condition): Condition {
  return node.kind === "occurrence"
    ? { ...node, any: !node.any }
    : { kind: "constant", value: false };
}
