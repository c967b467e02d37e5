/** Conditions and comparisons over one pair, in this process: what the SQL of the store does for millions. */
import { must, unreachable } from "../../../kernel/index.ts";
import type { Condition, DistanceMeasure, Operands, SimilarityMeasure } from "./condition.ts";
import type { Comparison, PreparedRecord, PreparedValue } from "./model.ts";
import { operandValue } from "./operand.ts";
import {
  adjacentSwap,
  damerauLevenshtein,
  jaccard,
  jaro,
  jaroWinkler,
  kilometres,
  levenshtein,
} from "./similarity.ts";

/**
 * Whether a condition holds for a pair; undefined where a missing value leaves it open (the three-valued
 * logic of SQL: `all` is false as soon as one part is false, `any` true as soon as one is true).
 */
export function holds(
  condition: Condition,
  left: PreparedRecord,
  right: PreparedRecord,
): boolean | undefined {
  switch (condition.kind) {
    case "all":
      return decided(condition.of, false, (part) => holds(part, left, right));
    case "any":
      return decided(condition.of, true, (part) => holds(part, left, right));
    case "not": {
      const inner = holds(condition.of, left, right);
      return inner === undefined ? undefined : !inner;
    }
    case "missing":
      return (
        operandValue(condition.left, left) === null || operandValue(condition.right, right) === null
      );
    case "kilometres": {
      const from = placeOf(condition, left);
      const to = placeOf(condition, right);
      return from && to && kilometres(from, to) <= condition.atMost;
    }
    default:
      return holdsForValues(condition, left, right);
  }
}

/** The 0-based position of the level that a pair has in a comparison: the first whose condition holds. */
export function levelOf(
  comparison: Comparison,
  left: PreparedRecord,
  right: PreparedRecord,
): number {
  const level = comparison.levels.findIndex(
    ({ when }) => when === "otherwise" || holds(when, left, right) === true,
  );
  must(comparison.levels[level], "a comparison ends with otherwise");
  return level;
}

/** `decisive` as soon as a part says so, else undefined when a part is open, else the opposite. */
function decided(
  parts: readonly Condition[],
  decisive: boolean,
  ask: (part: Condition) => boolean | undefined,
): boolean | undefined {
  let isOpen = false;
  for (const part of parts) {
    const answer = ask(part);
    if (answer === decisive) {
      return decisive;
    }
    isOpen ||= answer === undefined;
  }
  return isOpen ? undefined : !decisive;
}

type ValueCondition = Extract<Condition, Operands>;

function holdsForValues(
  condition: Exclude<ValueCondition, { kind: "missing" }>,
  left: PreparedRecord,
  right: PreparedRecord,
): boolean | undefined {
  const a = operandValue(condition.left, left);
  const b = operandValue(condition.right, right);
  if (a === null || b === null) {
    return undefined;
  }
  switch (condition.kind) {
    case "equal":
      return isSame(a, b);
    case "similar":
      return isText(a, b, (x, y) => similarities[condition.measure](x, y) >= condition.atLeast);
    case "distance":
      return isText(a, b, (x, y) => isWithin(condition, x, y));
    case "days":
    case "numbers":
      return typeof a === "number" && typeof b === "number"
        ? Math.abs(a - b) <= condition.atMost
        : undefined;
    case "overlap":
      return typeof a === "object" && typeof b === "object"
        ? shared(a, b) >= condition.atLeast
        : undefined;
    case "overlap-share":
      return typeof a === "object" && typeof b === "object"
        ? shared(a, b) >= condition.atLeast * Math.min(new Set(a).size, new Set(b).size)
        : undefined;
    case "length":
      return isText(a, b, (x, y) => shorterLength(x, y) >= condition.atLeast);
    case "within":
      return isText(a, b, (x, y) => {
        const isWithinOther = x.includes(y) || y.includes(x);
        return isWithinOther && shorterLength(x, y) >= condition.atLeast;
      });
    case "prefix":
      return isText(a, b, (x, y) => {
        const begins = x.startsWith(y) || y.startsWith(x);
        return begins && shorterLength(x, y) >= condition.atLeast;
      });
    default:
      return unreachable(condition);
  }
}

const similarities: Record<SimilarityMeasure, (left: string, right: string) => number> = {
  "jaro-winkler": jaroWinkler,
  jaro,
  jaccard,
};

const distances: Record<DistanceMeasure, (left: string, right: string) => number> = {
  levenshtein,
  "damerau-levenshtein": damerauLevenshtein,
  "adjacent-swap": adjacentSwap,
};

/**
 * Most texts are too far apart to be worth an edit distance, and what they are made of shows it: by the
 * lengths, a unit of JavaScript being one to three bytes of UTF-8, and by the letters.
 */
function isWithin(
  { measure, atMost }: { readonly measure: DistanceMeasure; readonly atMost: number },
  left: string,
  right: string,
): boolean {
  const [shorter, longer] = left.length < right.length ? [left, right] : [right, left];
  return (
    longer.length <= 3 * shorter.length + atMost &&
    lettersApart(left, right) <= 2 * atMost &&
    distances[measure](left, right) <= atMost
  );
}

/**
 * How many kinds of letters only one of two texts has: at most two for each edit, one that goes and one
 * that comes, and none for a swap. 0 where a text is not ASCII: an edit of a byte there is not one of a letter.
 */
function lettersApart(left: string, right: string): number {
  const a = lettersOf(left);
  const b = lettersOf(right);
  return a === undefined || b === undefined ? 0 : bitCount(a ^ b);
}

/** A bit for each kind of letter, of which there are 32; undefined where the text is not ASCII. */
function lettersOf(text: string): number | undefined {
  let letters = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) {
      return undefined;
    }
    letters |= 1 << (unit & 31);
  }
  return letters;
}

/** Ones among 32 bits, added up in pairs, fours and bytes (Warren, "Hacker's Delight", 5-1). */
function bitCount(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** How many different elements both lists have. */
function shared(left: readonly string[], right: readonly string[]): number {
  return new Set(left).intersection(new Set(right)).size;
}

/** In characters (code points), as DuckDB's `length` counts them. */
function shorterLength(left: string, right: string): number {
  return Math.min([...left].length, [...right].length);
}

function isText(
  left: Exclude<PreparedValue, null>,
  right: Exclude<PreparedValue, null>,
  ask: (left: string, right: string) => boolean,
): boolean | undefined {
  return typeof left === "string" && typeof right === "string" ? ask(left, right) : undefined;
}

function isSame(left: Exclude<PreparedValue, null>, right: Exclude<PreparedValue, null>): boolean {
  if (typeof left === "object" && typeof right === "object") {
    return left.length === right.length && left.every((element, index) => element === right[index]);
  }
  return left === right;
}

function placeOf(
  { latitude, longitude }: { readonly latitude: string; readonly longitude: string },
  record: PreparedRecord,
): { readonly latitude: number; readonly longitude: number } | undefined {
  const north = record[latitude];
  const east = record[longitude];
  return typeof north === "number" && typeof east === "number"
    ? { latitude: north, longitude: east }
    : undefined;
}
