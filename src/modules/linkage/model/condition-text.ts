/**
 * Conditions as a person writes them: `all(equal(given), jaro_winkler(surname) >= 0.92)`. Each condition
 * has one spelling, so that what is printed reads back as what it was.
 */
import { suggestion, unreachable } from "../../../kernel/index.ts";
import type { Result } from "../../../kernel/index.ts";
import type {
  Condition,
  DistanceMeasure,
  Operand,
  Operands,
  SimilarityMeasure,
} from "./condition.ts";
import { dateReader } from "./date-format.ts";
import { readPattern } from "./pattern.ts";
import { readAll, TextRefusal, unexpected } from "./text-tokens.ts";
import type { TextProblem, Token, TokenReader } from "./text-tokens.ts";

/** Deeper conditions are mistakes, and would exhaust the stack. */
const DEEPEST = 20;

const similarityWords: Record<SimilarityMeasure, string> = {
  "jaro-winkler": "jaro_winkler",
  jaro: "jaro",
  jaccard: "jaccard",
};

const distanceWords: Record<DistanceMeasure, string> = {
  levenshtein: "levenshtein",
  "damerau-levenshtein": "damerau_levenshtein",
  "adjacent-swap": "adjacent_swap",
};

/** Reads a condition, or says what is wrong with the text and where. */
export function readCondition(text: string): Result<Condition, TextProblem> {
  return readAll(text, (tokens) => condition(tokens, 0));
}

/** The text of a condition; `readCondition` gives the condition back. */
export function printCondition(shown: Condition): string {
  switch (shown.kind) {
    case "all":
    case "any":
      return `${shown.kind}(${shown.of.map(printCondition).join(", ")})`;
    case "not":
      return `not(${printCondition(shown.of)})`;
    case "missing":
    case "equal":
      return call(shown.kind, shown);
    case "similar":
      return `${call(similarityWords[shown.measure], shown)} >= ${shown.atLeast}`;
    case "distance":
      return `${call(distanceWords[shown.measure], shown)} <= ${shown.atMost}`;
    case "days":
      return `${call("days", shown)} <= ${shown.atMost}`;
    case "numbers":
      return `${call("difference", shown)} <= ${shown.atMost}`;
    case "overlap":
      return `${call("shares", shown)} >= ${shown.atLeast}`;
    case "overlap-share":
      return `${call("share", shown)} >= ${shown.atLeast}`;
    case "length":
    case "within":
    case "prefix":
      return `${call(shown.kind, shown)} >= ${shown.atLeast}`;
    case "kilometres": {
      const place = `${printColumn(shown.latitude)}, ${printColumn(shown.longitude)}`;
      return `kilometres(${place}) <= ${shown.atMost}`;
    }
    default:
      return unreachable(shown);
  }
}

/** A column's name, in quotes where it is no plain word. */
export function printColumn(name: string): string {
  return /^[A-Za-z_]\w*$/u.test(name) ? name : JSON.stringify(name);
}

/** Takes a column's name. @throws TextRefusal when there is none */
export function takeColumn(tokens: TokenReader): string {
  const token = tokens.take();
  if ((token.kind !== "name" && token.kind !== "quoted") || token.text === "") {
    throw unexpected(token, "the name of a column");
  }
  return token.text;
}

/** Takes a number within limits. @throws TextRefusal when there is none */
export function takeNumber(tokens: TokenReader, limits: Limits): number {
  const token = tokens.take();
  if (token.kind !== "number") {
    throw unexpected(token, "a number");
  }
  const number = Number(token.text);
  const { least, most = Number.MAX_SAFE_INTEGER, isWhole = false } = limits;
  if (!(number >= least && number <= most) || (isWhole && !Number.isInteger(number))) {
    const range = limits.most === undefined ? `at least ${least}` : `from ${least} to ${most}`;
    const message = `the number must be ${isWhole ? "whole and " : ""}${range}`;
    throw new TextRefusal({ offset: token.offset, message });
  }
  return number;
}

interface Limits {
  readonly least: number;
  readonly most?: number;
  readonly isWhole?: boolean;
}

function call(word: string, { left, right }: Operands): string {
  const isSame = printOperand(left) === printOperand(right);
  const operands = isSame ? [left] : [left, right];
  return `${word}(${operands.map(printOperand).join(", ")})`;
}

function printOperand({ column, match, date }: Operand): string {
  const name = printColumn(column);
  const matched = match === undefined ? name : `match(${name}, ${JSON.stringify(match)})`;
  return date === undefined ? matched : `date(${matched}, ${JSON.stringify(date)})`;
}

const SHARE: Limits = { least: 0, most: 1 };
const COUNT: Limits = { least: 1, isWhole: true };
const EDITS: Limits = { least: 0, isWhole: true };
const AMOUNT: Limits = { least: 0 };

/** By word: what follows it, and the condition that it makes. */
const words: ReadonlyMap<string, (tokens: TokenReader, depth: number) => Condition> = new Map([
  ["all", (tokens, depth) => ({ kind: "all", of: parts(tokens, depth) })],
  ["any", (tokens, depth) => ({ kind: "any", of: parts(tokens, depth) })],
  ["not", (tokens, depth) => ({ kind: "not", of: within(tokens, () => condition(tokens, depth)) })],
  ["missing", (tokens) => ({ kind: "missing", ...operands(tokens) })],
  ["equal", (tokens) => ({ kind: "equal", ...operands(tokens) })],
  ...entriesOf(similarityWords, (measure, tokens) => {
    const compared = operands(tokens);
    return { kind: "similar", measure, ...compared, atLeast: bound(tokens, ">=", SHARE) };
  }),
  ...entriesOf(distanceWords, (measure, tokens) => {
    const compared = operands(tokens);
    return { kind: "distance", measure, ...compared, atMost: bound(tokens, "<=", EDITS) };
  }),
  [
    "days",
    (tokens) => ({ kind: "days", ...operands(tokens), atMost: bound(tokens, "<=", AMOUNT) }),
  ],
  [
    "difference",
    (tokens) => ({ kind: "numbers", ...operands(tokens), atMost: bound(tokens, "<=", AMOUNT) }),
  ],
  [
    "shares",
    (tokens) => ({ kind: "overlap", ...operands(tokens), atLeast: bound(tokens, ">=", COUNT) }),
  ],
  [
    "share",
    (tokens) => ({
      kind: "overlap-share",
      ...operands(tokens),
      atLeast: bound(tokens, ">=", SHARE),
    }),
  ],
  ...(["length", "within", "prefix"] as const).map((kind): [string, Reading] => [
    kind,
    (tokens) => ({ kind, ...operands(tokens), atLeast: bound(tokens, ">=", COUNT) }),
  ]),
  ["kilometres", (tokens) => ({ kind: "kilometres", ...place(tokens) })],
]);

type Reading = (tokens: TokenReader, depth: number) => Condition;

function entriesOf<Measure extends string>(
  spellings: Readonly<Record<Measure, string>>,
  read: (measure: Measure, tokens: TokenReader) => Condition,
): [string, Reading][] {
  return (Object.keys(spellings) as Measure[]).map((measure) => [
    spellings[measure],
    (tokens) => read(measure, tokens),
  ]);
}

function condition(tokens: TokenReader, depth: number): Condition {
  const token = tokens.take();
  if (depth > DEEPEST) {
    const message = `conditions are nested at most ${DEEPEST} deep`;
    throw new TextRefusal({ offset: token.offset, message });
  }
  const read = token.kind === "name" ? words.get(token.text) : undefined;
  if (read === undefined) {
    throw unknownWord(token);
  }
  return read(tokens, depth + 1);
}

function unknownWord(token: Token): TextRefusal {
  if (token.kind !== "name") {
    return unexpected(token, "a condition");
  }
  const { offset, text } = token;
  const message = `${JSON.stringify(text)} is no condition`;
  return new TextRefusal({ offset, message, hint: suggestion(text, [...words.keys()]) });
}

function within<T>(tokens: TokenReader, read: () => T): T {
  tokens.expect("(");
  const value = read();
  tokens.expect(")");
  return value;
}

function parts(tokens: TokenReader, depth: number): readonly Condition[] {
  return within(tokens, () => {
    const found = [condition(tokens, depth)];
    while (tokens.accept(",")) {
      found.push(condition(tokens, depth));
    }
    return found;
  });
}

function operands(tokens: TokenReader): Operands {
  return within(tokens, () => {
    const left = operand(tokens);
    return { left, right: tokens.accept(",") ? operand(tokens) : left };
  });
}

function operand(tokens: TokenReader): Operand {
  const token = tokens.peek();
  const column = takeColumn(tokens);
  const isCall = token.kind === "name" && tokens.accept("(");
  if (!isCall) {
    return { column };
  }
  if (column !== "match" && column !== "date") {
    const hint = suggestion(column, ["match", "date"]);
    const message = `${JSON.stringify(column)} is no part of a value`;
    throw new TextRefusal({ offset: token.offset, message, hint });
  }
  const inner = operand(tokens);
  tokens.expect(",");
  const made = column === "match" ? matching(inner, tokens) : dated(inner, tokens);
  tokens.expect(")");
  return made;
}

function matching(inner: Operand, tokens: TokenReader): Operand {
  const { offset } = tokens.peek();
  const source = quoted(tokens, "a regular expression in quotes");
  if (inner.match !== undefined || inner.date !== undefined) {
    throw new TextRefusal({
      offset,
      message: "match takes a column, nothing that was made of one",
    });
  }
  const pattern = readPattern(source);
  if (typeof pattern === "string") {
    const message = "this expression is not one that all engines read alike";
    throw new TextRefusal({ offset, message, hint: pattern });
  }
  return { ...inner, match: source };
}

function dated(inner: Operand, tokens: TokenReader): Operand {
  const { offset } = tokens.peek();
  const format = quoted(tokens, "a format in quotes");
  if (inner.date !== undefined || dateReader(format) === undefined) {
    const message = inner.date === undefined ? "this is no date format" : "this is a date already";
    const hint = 'a format has %Y, %m and %d once each, as in "%Y-%m-%d"';
    throw new TextRefusal({ offset, message, hint });
  }
  return { ...inner, date: format };
}

function quoted(tokens: TokenReader, wanted: string): string {
  const token = tokens.take();
  if (token.kind !== "quoted") {
    throw unexpected(token, wanted);
  }
  return token.text;
}

function bound(tokens: TokenReader, sign: string, limits: Limits): number {
  tokens.expect(sign);
  return takeNumber(tokens, limits);
}

function place(tokens: TokenReader): {
  readonly latitude: string;
  readonly longitude: string;
  readonly atMost: number;
} {
  const [latitude, longitude] = within(tokens, () => {
    const north = takeColumn(tokens);
    tokens.expect(",");
    return [north, takeColumn(tokens)];
  });
  return { latitude, longitude, atMost: bound(tokens, "<=", AMOUNT) };
}
