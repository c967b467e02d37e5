/**
 * For which values of one thing a condition is true: as intervals between cuts, so that contradictions
 * and tautologies are set algebra. Values are taken to lie densely: that a whole number cannot lie
 * between 1 and 2 is not seen.
 */
import { printValue } from "./text/print.ts";
import type { ComparisonOperator, Condition, Literal, Value } from "./tree/index.ts";
import { isLiteral } from "./tree/index.ts";

/** A place between values: just before `at`, or just after it. */
interface Cut {
  readonly at: Literal;
  readonly isAfter: boolean;
}

/** Values between two cuts; undefined is no limit. */
interface Interval {
  readonly from: Cut | undefined;
  readonly until: Cut | undefined;
}

/** Disjoint intervals in ascending order, and whether the condition is true of a missing value. */
export interface TruthSet {
  readonly intervals: readonly Interval[];
  readonly missing: boolean;
}

const EVERYTHING: readonly Interval[] = [{ from: undefined, until: undefined }];

/** What a condition is about alone, and for which values of it it is true. */
export interface Truths {
  readonly value: Value;
  /** The same in print, to be compared. */
  readonly of: string;
  readonly set: TruthSet;
}

/** Undefined: the condition is about several things, or is no comparison with fixed values. */
export function truthsOf(node: Condition): Truths | undefined {
  switch (node.kind) {
    case "comparison":
      return isLiteral(node.left)
        ? comparisonTruths(node.right, MIRRORED[node.operator], node.left)
        : comparisonTruths(node.left, node.operator, node.right);
    case "membership": {
      const sets = node.options.map((option) => ({ intervals: [point(option)], missing: false }));
      return truths(node.value, union(sets));
    }
    case "presence": {
      const { present, value } = node;
      const set = { intervals: present ? EVERYTHING : [], missing: !present };
      return truths(value, set);
    }
    case "not": {
      const opposite = truthsOf(node.operand);
      return opposite && negated(node.operand, opposite);
    }
    case "and":
    case "or": {
      const parts = node.operands.map(truthsOf);
      const [first] = parts;
      const sets = parts.flatMap((part) => (part?.of === first?.of && part ? part.set : []));
      const join = node.kind === "and" ? intersection : union;
      return first && sets.length === parts.length ? { ...first, set: join(sets) } : undefined;
    }
    default:
      return undefined;
  }
}

function truths(value: Value, set: TruthSet): Truths {
  return { value, of: printValue(value), set };
}

const MIRRORED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

function comparisonTruths(
  value: Value,
  operator: ComparisonOperator,
  literal: Value,
): Truths | undefined {
  if (!isLiteral(literal) || isLiteral(value)) {
    return undefined;
  }
  const before = { at: literal, isAfter: false };
  const after = { at: literal, isAfter: true };
  const below = (until: Cut): TruthSet => ({
    intervals: [{ from: undefined, until }],
    missing: false,
  });
  const above = (from: Cut): TruthSet => ({
    intervals: [{ from, until: undefined }],
    missing: false,
  });
  switch (operator) {
    case "==":
      return truths(value, { intervals: [point(literal)], missing: false });
    case "!=":
      return truths(value, { ...union([below(before), above(after)]), missing: true });
    case "<":
      return truths(value, below(before));
    case "<=":
      return truths(value, below(after));
    case ">":
      return truths(value, above(after));
    case ">=":
      return truths(value, above(before));
  }
}

function point(at: Literal): Interval {
  return { from: { at, isAfter: false }, until: { at, isAfter: true } };
}

/** An order comparison with a missing value is missing, and so is its opposite. */
function negated(operand: Condition, { value, set }: Truths): Truths | undefined {
  if (operand.kind === "and" || operand.kind === "or" || operand.kind === "not") {
    return undefined;
  }
  const isOrder =
    operand.kind === "comparison" && operand.operator !== "==" && operand.operator !== "!=";
  const missing = !isOrder && !set.missing;
  return truths(value, { intervals: complement(set.intervals), missing });
}

function complement(intervals: readonly Interval[]): readonly Interval[] {
  const ends = intervals.map(({ until }) => until);
  const gaps = intervals.map(({ from }, index) => ({ from: ends[index - 1], until: from }));
  const [first, ...others] = gaps;
  const last = intervals.at(-1);
  return [
    ...(first === undefined || first.until === undefined ? [] : [first]),
    ...others,
    ...(last === undefined
      ? EVERYTHING
      : last.until === undefined
        ? []
        : [{ from: last.until, until: undefined }]),
  ];
}

/** The values that are in some of the sets. */
export function union(sets: readonly TruthSet[]): TruthSet {
  const sorted = sets
    .flatMap(({ intervals }) => intervals)
    .toSorted((a, b) => compareFrom(a.from, b.from));
  const merged: Interval[] = [];
  for (const interval of sorted) {
    const last = merged.at(-1);
    if (last === undefined || (last.until && compareFrom(last.until, interval.from) < 0)) {
      merged.push(interval);
    } else {
      merged[merged.length - 1] = { from: last.from, until: laterEnd(last.until, interval.until) };
    }
  }
  return { intervals: merged, missing: sets.some(({ missing }) => missing) };
}

/** The values that are in all of the sets. */
export function intersection(sets: readonly TruthSet[]): TruthSet {
  const outside = sets.map(({ intervals }) => ({
    intervals: complement(intervals),
    missing: false,
  }));
  return {
    intervals: complement(union(outside).intervals),
    missing: sets.every(({ missing }) => missing),
  };
}

/** Nothing is in the set, not even a missing value. */
export function isEmpty({ intervals, missing }: TruthSet): boolean {
  return intervals.length === 0 && !missing;
}

/** Every value is in the set; a missing one perhaps not. */
export function isEverything({ intervals }: TruthSet): boolean {
  const [only, ...others] = intervals;
  return (
    only !== undefined && others.length === 0 && only.from === undefined && only.until === undefined
  );
}

/** Every number from 0 on. */
export function isEveryCount({ intervals }: TruthSet): boolean {
  return isEverything(union([{ intervals, missing: false }, BELOW_ZERO]));
}

/** No number from 0 on. */
export function isNoCount({ intervals }: TruthSet): boolean {
  const counts = { intervals: complement(BELOW_ZERO.intervals), missing: false };
  return isEmpty(intersection([{ intervals, missing: false }, counts]));
}

const ZERO: Literal = { kind: "number-literal", text: "0", integer: true };
const BELOW_ZERO: TruthSet = {
  intervals: [{ from: undefined, until: { at: ZERO, isAfter: false } }],
  missing: false,
};

function laterEnd(a: Cut | undefined, b: Cut | undefined): Cut | undefined {
  return a === undefined || b === undefined ? undefined : compareCuts(a, b) < 0 ? b : a;
}

/** No limit below is the lowest beginning. */
function compareFrom(a: Cut | undefined, b: Cut | undefined): number {
  if (a === undefined || b === undefined) {
    return a === b ? 0 : a === undefined ? -1 : 1;
  }
  return compareCuts(a, b);
}

function compareCuts(a: Cut, b: Cut): number {
  return compareLiterals(a.at, b.at) || Number(a.isAfter) - Number(b.isAfter);
}

/** As the values compare: numbers exactly, texts by code point. */
function compareLiterals(a: Literal, b: Literal): number {
  if (a.kind === "number-literal" && b.kind === "number-literal") {
    return compareDecimals(a.text, b.text);
  }
  return compareTexts(keyOf(a), keyOf(b));
}

function keyOf(literal: Literal): string {
  switch (literal.kind) {
    case "text-literal":
    case "number-literal":
      return literal.text;
    case "boolean-literal":
      return String(literal.value);
    case "date-literal":
      return literal.date;
    case "instant-literal":
      return literal.instant;
    case "sealed-literal":
      return literal.index;
  }
}

function compareDecimals(a: string, b: string): number {
  const digits = Math.max(...[a, b].map((text) => (text.split(".")[1] ?? "").length));
  const [left = 0n, right = 0n] = [a, b].map((text) => {
    const [whole = "", fraction = ""] = text.split(".");
    return BigInt(whole + fraction.padEnd(digits, "0"));
  });
  return left < right ? -1 : left > right ? 1 : 0;
}

/** UTF-8 keeps the order of code points, which UTF-16 does not. */
function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
