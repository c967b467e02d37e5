/** Conditions in few words, for the templates. */
import type { Condition, Operands } from "../model/condition.ts";

/** The same column on both sides, or two columns crossed. */
function sides(left: string, right: string = left): Operands {
  return { left: { column: left }, right: { column: right } };
}

export const missing = (column: string): Condition => ({ kind: "missing", ...sides(column) });

export const equal = (left: string, right?: string): Condition => ({
  kind: "equal",
  ...sides(left, right),
});

export const jaroWinkler = (column: string, atLeast: number): Condition => ({
  kind: "similar",
  measure: "jaro-winkler",
  ...sides(column),
  atLeast,
});

/** At most so many edits. Of one edit, a swap of neighbours is one. */
export const edits = (column: string, atMost: number): Condition => ({
  kind: "distance",
  measure: atMost === 1 ? "adjacent-swap" : "levenshtein",
  ...sides(column),
  atMost,
});

export const shares = (column: string, atLeast = 1): Condition => ({
  kind: "overlap",
  ...sides(column),
  atLeast,
});

export const sharesMost = (column: string, atLeast: number): Condition => ({
  kind: "overlap-share",
  ...sides(column),
  atLeast,
});

export const length = (column: string, atLeast: number): Condition => ({
  kind: "length",
  ...sides(column),
  atLeast,
});

export const within = (column: string, atLeast: number): Condition => ({
  kind: "within",
  ...sides(column),
  atLeast,
});

export const all = (...of: readonly Condition[]): Condition => ({ kind: "all", of });
export const any = (...of: readonly Condition[]): Condition => ({ kind: "any", of });
export const not = (of: Condition): Condition => ({ kind: "not", of });
