/**
 * JSON Lines: one object a record, in UTF-8, ended by LF. Integers and decimals are JSON numbers with
 * all their digits: a reader that needs them exact must not read them into doubles.
 */
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
