import type { Issue } from "../../../kernel/index.ts";

/** A stretch of the criteria text, in UTF-16 code units as JavaScript counts them. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** An issue that points into a criteria text. */
export interface CriteriaIssue extends Issue {
  /** 0-based position in the text. */
  readonly offset: number;
  readonly excerpt: string;
}

/** What the reading of one part of a criteria text throws; the whole text's issues are collected from it. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly range: TextRange;
  readonly hint: string | undefined;

  constructor(range: TextRange, message: string, hint?: string) {
    super(message);
    this.range = range;
    this.hint = hint;
  }
}

/** Refuses a part of a criteria text. `hint` says what was probably meant. */
export function refuse(range: TextRange, message: string, hint?: string): never {
  throw new Refusal(range, message, hint);
}

/** The issue of a refusal: line and column are 1-based, the column counts UTF-16 code units. */
export function issueOfRefusal(text: string, refusal: Refusal): CriteriaIssue {
  const offset = Math.min(refusal.range.start, text.length);
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return {
    at: "criteria",
    message: refusal.message,
    hint: refusal.hint,
    line: before.split("\n").length,
    column: offset - lineStart + 1,
    offset,
    excerpt: excerptOf(text, refusal.range),
  };
}

const EXCERPT_LENGTH = 40;

/** Only the surroundings of the place: a criteria text may hold literals that are nobody else's business. */
function excerptOf(text: string, range: TextRange): string {
  const start = Math.min(range.start, text.length);
  const lineStart = text.slice(0, start).lastIndexOf("\n") + 1;
  const nextBreak = text.indexOf("\n", start);
  const lineEnd = nextBreak === -1 ? text.length : nextBreak;
  const from = Math.max(lineStart, start - EXCERPT_LENGTH / 2);
  const until = Math.min(lineEnd, from + EXCERPT_LENGTH);
  const width = Math.max(1, Math.min(range.end, until) - start);
  return `${text.slice(from, until)}\n${" ".repeat(start - from)}${"^".repeat(width)}`;
}
