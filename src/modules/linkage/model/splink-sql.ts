/** The SQL of Splink's conditions as a tree: exactly the constructs its comparison library writes for DuckDB. */
import type { Result } from "../../../kernel/index.ts";
import type { TextProblem } from "./text-tokens.ts";
import { TextRefusal } from "./text-tokens.ts";

export type SqlNode = { readonly offset: number } & (
  | { readonly kind: "and" | "or"; readonly of: readonly SqlNode[] }
  | { readonly kind: "not" | "is-null"; readonly of: SqlNode }
  | {
      readonly kind: "compare";
      readonly sign: "=" | "<=" | ">=" | "-";
      readonly left: SqlNode;
      readonly right: SqlNode;
    }
  /** The name of a function in lower case. */
  | { readonly kind: "call"; readonly name: string; readonly args: readonly SqlNode[] }
  /** `"column_l"`, or `l."column"` with its table. */
  | { readonly kind: "column"; readonly table: string | undefined; readonly name: string }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "number"; readonly value: number }
);

interface SqlToken {
  readonly kind: "word" | "quoted" | "text" | "number" | "sign" | "end";
  readonly value: string;
  readonly offset: number;
}

interface Reading {
  readonly tokens: readonly SqlToken[];
  position: number;
  depth: number;
}

const TOKEN =
  /\s*(?:(?<word>[A-Za-z_]\w*)|"(?<quoted>(?:[^"]|"")+)"|'(?<text>(?:[^']|'')*)'|(?<number>\d+(?:\.\d+)?)|(?<sign><=|>=|[=(),.-]))/uy;
const DEEPEST = 40;
const KEYWORDS = new Set(["AND", "OR", "NOT", "IS", "NULL"]);

/** Reads a condition, or says what cannot be read and where. */
export function readSql(text: string): Result<SqlNode, TextProblem> {
  try {
    const reading: Reading = { tokens: tokensOf(text), position: 0, depth: 0 };
    const node = readOr(reading);
    if (peek(reading).kind !== "end") {
      throw refusal(peek(reading));
    }
    return { ok: true, value: node };
  } catch (error) {
    if (error instanceof TextRefusal) {
      return { ok: false, error: { offset: error.offset, message: error.message } };
    }
    throw error;
  }
}

function tokensOf(text: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  for (let offset = 0; offset < end; offset = TOKEN.lastIndex) {
    const groups = TOKEN.exec(text)?.groups ?? {};
    const kinds = ["word", "quoted", "text", "number", "sign"] as const;
    const kind = kinds.find((name) => groups[name] !== undefined);
    const start = offset + (text.slice(offset).length - text.slice(offset).trimStart().length);
    if (kind === undefined) {
      throw new TextRefusal({ offset: start, message: "this character is not read here" });
    }
    const doubled = kind === "quoted" ? '"' : "'";
    const value = groups[kind] ?? "";
    const isQuoted = kind === "quoted" || kind === "text";
    const plain = isQuoted ? value.replaceAll(doubled + doubled, doubled) : value;
    tokens.push({ kind, value: plain, offset: start });
  }
  return [...tokens, { kind: "end", value: "", offset: text.length }];
}

function readOr(reading: Reading): SqlNode {
  return joined(reading, "or", () => joined(reading, "and", () => readNot(reading)));
}

function joined(reading: Reading, kind: "and" | "or", read: () => SqlNode): SqlNode {
  const first = read();
  const of = [first];
  while (acceptWord(reading, kind)) {
    of.push(read());
  }
  return of.length === 1 ? first : { kind, of, offset: first.offset };
}

function readNot(reading: Reading): SqlNode {
  const { offset } = peek(reading);
  reading.depth += 1;
  if (reading.depth > DEEPEST) {
    throw new TextRefusal({ offset, message: `conditions are nested at most ${DEEPEST} deep` });
  }
  const node = acceptWord(reading, "not")
    ? ({ kind: "not", of: readNot(reading), offset } as const)
    : readPredicate(reading);
  reading.depth -= 1;
  return node;
}

function readPredicate(reading: Reading): SqlNode {
  if (acceptSign(reading, "(")) {
    const inner = readOr(reading);
    expectSign(reading, ")");
    return inner;
  }
  const left = readDifference(reading);
  if (acceptWord(reading, "is")) {
    const isNegated = acceptWord(reading, "not");
    expectWord(reading, "null");
    const node: SqlNode = { kind: "is-null", of: left, offset: left.offset };
    return isNegated ? { kind: "not", of: node, offset: left.offset } : node;
  }
  for (const sign of ["=", "<=", ">="] as const) {
    if (acceptSign(reading, sign)) {
      return { kind: "compare", sign, left, right: readDifference(reading), offset: left.offset };
    }
  }
  throw refusal(peek(reading));
}

function readDifference(reading: Reading): SqlNode {
  const left = readTerm(reading);
  return acceptSign(reading, "-")
    ? { kind: "compare", sign: "-", left, right: readTerm(reading), offset: left.offset }
    : left;
}

function readTerm(reading: Reading): SqlNode {
  const token = take(reading);
  const { offset, value } = token;
  switch (token.kind) {
    case "text":
      return { kind: "text", value, offset };
    case "number":
      return { kind: "number", value: Number(value), offset };
    case "quoted":
      return { kind: "column", table: undefined, name: value, offset };
    case "word":
      return readWord(reading, token);
    case "sign":
    case "end":
      throw refusal(token);
  }
}

function readWord(reading: Reading, { value, offset }: SqlToken): SqlNode {
  if (KEYWORDS.has(value.toUpperCase())) {
    throw refusal({ kind: "word", value, offset });
  }
  if (acceptSign(reading, ".")) {
    const column = take(reading);
    if (column.kind !== "word" && column.kind !== "quoted") {
      throw refusal(column);
    }
    return { kind: "column", table: value, name: column.value, offset };
  }
  if (!acceptSign(reading, "(")) {
    return { kind: "column", table: undefined, name: value, offset };
  }
  const args = [readDifference(reading)];
  while (acceptSign(reading, ",")) {
    args.push(readDifference(reading));
  }
  expectSign(reading, ")");
  return { kind: "call", name: value.toLowerCase(), args, offset };
}

function peek({ tokens, position }: Reading): SqlToken {
  return tokens[position] ?? { kind: "end", value: "", offset: 0 };
}

function take(reading: Reading): SqlToken {
  const token = peek(reading);
  reading.position += 1;
  return token;
}

function acceptSign(reading: Reading, sign: string): boolean {
  const isNext = peek(reading).kind === "sign" && peek(reading).value === sign;
  reading.position += isNext ? 1 : 0;
  return isNext;
}

function acceptWord(reading: Reading, word: string): boolean {
  const isNext = peek(reading).kind === "word" && peek(reading).value.toLowerCase() === word;
  reading.position += isNext ? 1 : 0;
  return isNext;
}

function expectSign(reading: Reading, sign: string): void {
  if (!acceptSign(reading, sign)) {
    throw refusal(peek(reading));
  }
}

function expectWord(reading: Reading, word: string): void {
  if (!acceptWord(reading, word)) {
    throw refusal(peek(reading));
  }
}

function refusal({ kind, value, offset }: SqlToken): TextRefusal {
  const message =
    kind === "end" ? "the condition ends too early" : `${JSON.stringify(value)} is not read here`;
  return new TextRefusal({ offset, message });
}
