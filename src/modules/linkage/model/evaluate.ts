/**
 * Conditions and comparisons over one pair, in this process: what the SQL of the store does for millions.
 * Each is made into functions once, for a model is read once and asked about hundreds of thousands of pairs.
 */
import { must, unreachable } from "../../../kernel/index.ts";
import type { Condition, DistanceMeasure, Operands, SimilarityMeasure } from "./condition.ts";
import type { Comparison, PreparedRecord, PreparedValue } from "./model.ts";
import { openOperand } from "./operand.ts";
import {
  adjacentSwap,
  damerauLevenshtein,
  isWithinEdits,
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
export type PairTest = (left: PreparedRecord, right: PreparedRecord) => boolean | undefined;

/** Makes the test of a condition. */
export function openCondition(condition: Condition): PairTest {
  switch (condition.kind) {
    case "all":
      return decided(condition.of.map(openCondition), false);
    case "any":
      return decided(condition.of.map(openCondition), true);
    case "not":
      return negated(openCondition(condition.of));
    case "missing": {
      const [ofLeft, ofRight] = [openOperand(condition.left), openOperand(condition.right)];
      return (left, right) => ofLeft(left) === null || ofRight(right) === null;
    }
    case "kilometres":
      return (left, right) => {
        const from = placeOf(condition, left);
        const to = placeOf(condition, right);
        return from && to && kilometres(from, to) <= condition.atMost;
      };
    default:
      return valueTest(condition);
  }
}

/** Makes what finds the 0-based level that a pair has in a comparison: the first whose condition holds. */
export function openComparison({
  levels,
}: Comparison): (left: PreparedRecord, right: PreparedRecord) => number {
  const last = levels.findIndex(({ when }) => when === "otherwise");
  must(levels[last], "a comparison ends with otherwise");
  const tests = levels
    .slice(0, last)
    .flatMap(({ when }) => (when === "otherwise" ? [] : [openCondition(when)]));
  return (left, right) => {
    const level = tests.findIndex((test) => test(left, right) === true);
    return level === -1 ? last : level;
  };
}

/** `decisive` as soon as a part says so, else undefined when a part is open, else the opposite. */
function decided(parts: readonly PairTest[], decisive: boolean): PairTest {
  return (left, right) => {
    let isOpen = false;
    for (const part of parts) {
      const answer = part(left, right);
      if (answer === decisive) {
        return decisive;
      }
      isOpen ||= answer === undefined;
    }
    return isOpen ? undefined : !decisive;
  };
}

function negated(test: PairTest): PairTest {
  return (left, right) => {
    const answer = test(left, right);
    return answer === undefined ? undefined : !answer;
  };
}

type ValueCondition = Exclude<Extract<Condition, Operands>, { kind: "missing" }>;
type Value = Exclude<PreparedValue, null>;
/** Of two values that are there; undefined where they are not of the type that the condition asks about. */
type ValueTest = (left: Value, right: Value) => boolean | undefined;

function valueTest(condition: ValueCondition): PairTest {
  const [ofLeft, ofRight] = [openOperand(condition.left), openOperand(condition.right)];
  const test = testOf(condition);
  return (left, right) => {
    const a = ofLeft(left);
    const b = a === null ? null : ofRight(right);
    return a === null || b === null ? undefined : test(a, b);
  };
}

function testOf(condition: ValueCondition): ValueTest {
  switch (condition.kind) {
    case "equal":
      return isSame;
    case "similar":
      return ofTexts(atLeastSimilar(condition));
    case "distance":
      return ofTexts(withinDistance(condition));
    case "days":
    case "numbers": {
      const { atMost } = condition;
      return (a, b) =>
        typeof a === "number" && typeof b === "number" ? Math.abs(a - b) <= atMost : undefined;
    }
    case "overlap": {
      const { atLeast } = condition;
      return ofLists((a, b) => shared(a, b) >= atLeast);
    }
    case "overlap-share": {
      const { atLeast } = condition;
      return ofLists((a, b) => shared(a, b) >= atLeast * Math.min(kindsIn(a), kindsIn(b)));
    }
    case "length": {
      const { atLeast } = condition;
      return ofTexts((a, b) => haveLength(a, b, atLeast));
    }
    case "within": {
      const { atLeast } = condition;
      return ofTexts((a, b) => (a.includes(b) || b.includes(a)) && haveLength(a, b, atLeast));
    }
    case "prefix": {
      const { atLeast } = condition;
      return ofTexts((a, b) => (a.startsWith(b) || b.startsWith(a)) && haveLength(a, b, atLeast));
    }
    default:
      return unreachable(condition);
  }
}

function ofTexts(test: (left: string, right: string) => boolean): ValueTest {
  return (a, b) => (typeof a === "string" && typeof b === "string" ? test(a, b) : undefined);
}

function ofLists(test: (left: readonly string[], right: readonly string[]) => boolean): ValueTest {
  return (a, b) => (typeof a === "object" && typeof b === "object" ? test(a, b) : undefined);
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

/** Similarities that are computed in another order differ by less. */
const ROUNDING = 1e-9;

/** Most texts are less alike than asked, and the letters that only one has show it. */
function atLeastSimilar({
  measure,
  atLeast,
}: {
  readonly measure: SimilarityMeasure;
  readonly atLeast: number;
}): (left: string, right: string) => boolean {
  const similarity = similarities[measure];
  return measure === "jaccard"
    ? (left, right) => similarity(left, right) >= atLeast
    : (left, right) =>
        mostSimilar(left, right) >= atLeast - ROUNDING && similarity(left, right) >= atLeast;
}

/**
 * The most that {@link jaro} and {@link jaroWinkler} can be of two texts: each kind of letter that only one
 * has is at least one that finds no match. 1 where a text is not ASCII.
 */
function mostSimilar(left: string, right: string): number {
  const a = lettersOf(left);
  const b = lettersOf(right);
  if (a === undefined || b === undefined || left === "" || right === "") {
    return 1;
  }
  const matches = Math.min(left.length - bitCount(a & ~b), right.length - bitCount(b & ~a));
  const most = (matches / left.length + matches / right.length + 1) / 3;
  return left.charCodeAt(0) === right.charCodeAt(0) ? most + 0.4 * (1 - most) : most;
}

/**
 * Most texts are too far apart to be worth a table of edits, and what they are made of shows it: by the
 * lengths, a unit of JavaScript being one to three bytes of UTF-8, and by the letters: at most two kinds that
 * only one text has for each edit, one that goes and one that comes, and none for a swap. Of few edits all
 * are tried.
 */
function withinDistance({
  measure,
  atMost,
}: {
  readonly measure: DistanceMeasure;
  readonly atMost: number;
}): (left: string, right: string) => boolean {
  const distance = distances[measure];
  const isTried = atMost <= MOST_TRIED && measure !== "damerau-levenshtein";
  const edits = { atMost, hasSwaps: measure === "adjacent-swap" };
  return (left, right) => {
    const [shorter, longer] =
      left.length < right.length ? [left.length, right.length] : [right.length, left.length];
    if (longer > 3 * shorter + atMost) {
      return false;
    }
    const [a, b] = [lettersOf(left), lettersOf(right)];
    if (a === undefined || b === undefined) {
      return distance(left, right) <= atMost;
    }
    const isOpen = longer <= shorter + atMost && bitCount(a ^ b) <= 2 * atMost;
    return (
      isOpen && (isTried ? isWithinEdits(left, right, edits) : distance(left, right) <= atMost)
    );
  };
}

/** Each edit triples what is tried. */
const MOST_TRIED = 2;

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

/** Lists of up to so many elements are looked through; of longer ones a set is made. */
const MOST_LOOKED_THROUGH = 16;

/** How many different elements both lists have. */
function shared(left: readonly string[], right: readonly string[]): number {
  if (left.length > MOST_LOOKED_THROUGH || right.length > MOST_LOOKED_THROUGH) {
    return new Set(left).intersection(new Set(right)).size;
  }
  let both = 0;
  for (const [index, element] of left.entries()) {
    both += right.includes(element) && left.indexOf(element) === index ? 1 : 0;
  }
  return both;
}

function kindsIn(list: readonly string[]): number {
  return shared(list, list);
}

/** Whether both have so many characters (code points), as DuckDB's `length` counts them. */
function haveLength(left: string, right: string, atLeast: number): boolean {
  return charactersIn(left) >= atLeast && charactersIn(right) >= atLeast;
}

/** Without a list of them, as `[...text]` would make: this is asked of every pair. */
function charactersIn(text: string): number {
  let characters = 0;
  for (let unit = 0; unit < text.length; characters += 1) {
    unit += must(text.codePointAt(unit), "units up to the length") > 0xffff ? 2 : 1;
  }
  return characters;
}

function isSame(left: Value, right: Value): boolean {
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
