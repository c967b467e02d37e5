/**
 * JSON Lines: one object a record, in UTF-8, ended by LF. Integers and decimals are JSON numbers with
 * all their digits: a reader that needs them exact must not read them into doubles.
 */
import type { Readable } from "node:stream";
import { assert } from "../../../kernel/index.ts";
import type { ProjectedField, RecordValues, TextForm } from "./record.ts";

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/u;

/** Writes records as JSON objects; the members' names are prepared once. */
export class JsonRecordWriter {
  readonly #members: readonly { readonly prefix: string; readonly literal: boolean }[];

  constructor(fields: readonly ProjectedField[]) {
    this.#members = fields.map(({ name, type }, position) => ({
      prefix: `${position === 0 ? "{" : ","}${JSON.stringify(name)}:`,
      literal: type === "integer" || type === "decimal" || type === "boolean",
    }));
  }

  /** The record as a JSON object, without a line end. */
  of(values: RecordValues): string {
    let text = "";
    for (const [position, { prefix, literal }] of this.#members.entries()) {
      const value = values[position];
      assert(value !== undefined, () => "a record has a value for every field");
      text += prefix + (literal ? literalOf(value) : JSON.stringify(value));
    }
    return `${text}}`;
  }
}

function literalOf(value: TextForm): string {
  if (value === null || value === "true" || value === "false") {
    return String(value);
  }
  assert(typeof value === "string" && JSON_NUMBER.test(value), () => "a number has a JSON form");
  return value;
}

/** A member of a parsed object with the digits it was written with. */
type SourceReviver = (name: string, value: unknown, context: { source?: string }) => unknown;

/** `JSON.parse` with access to the source text (ECMAScript proposal, in V8 since 11.4; the library types lag). */
const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => unknown;

/** An object as it stood in the file: its names in order, and each value in text form. */
export interface ReadObject {
  readonly names: readonly string[];
  readonly values: RecordValues;
}

/** Reads the lines of a file; each must be one JSON value. @throws SyntaxError when one is not */
export async function* readJsonLines(input: Readable): AsyncIterable<unknown> {
  for await (const line of linesOf(input)) {
    yield parseWithSource(line, (_name, value, { source }) => {
      return typeof value === "number" ? (source ?? String(value)) : value;
    });
  }
}

/**
 * Lines end at a line feed and nowhere else (JSON Lines; RFC 8259 lets every other separator stand in a
 * string as it is). Node's readline also cuts at U+2028 and U+2029, in the middle of a value.
 */
async function* linesOf(input: Readable): AsyncIterable<string> {
  let pieces: string[] = [];
  for await (const chunk of input.setEncoding("utf8")) {
    const [first = "", ...others] = String(chunk).split("\n");
    pieces.push(first);
    for (const begun of others) {
      yield pieces.join("");
      pieces = [begun];
    }
  }
  const last = pieces.join("");
  if (last !== "") {
    yield last;
  }
}

/** The text forms of a parsed object. @throws SyntaxError when it is not a flat object */
export function readObject(parsed: unknown): ReadObject {
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new SyntaxError("a record must be a JSON object");
  }
  return { names: Object.keys(parsed), values: Object.values(parsed).map(textFormOf) };
}

function textFormOf(value: unknown): TextForm {
  if (value === null || typeof value === "string") {
    return value;
  }
  if (typeof value === "boolean") {
    return String(value);
  }
  if (Array.isArray(value)) {
    return value.map(String);
  }
  throw new SyntaxError("a record holds texts, numbers, truth values and lists only");
}
