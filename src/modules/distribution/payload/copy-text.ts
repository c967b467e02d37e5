/** Rows as `COPY … TO STDOUT` in text format gives them: what values become that were opened on the way. */
import type { TextForm } from "./text-form.ts";

const MISSING = String.raw`\N`;
const NEEDS_ESCAPE = /[\b\f\n\r\t\v\\]/gu;
const LETTERS = new Map([
  ["\b", "b"],
  ["\f", "f"],
  ["\n", "n"],
  ["\r", "r"],
  ["\t", "t"],
  ["\v", "v"],
]);

/** One row's line; a list is written as a JSON array. */
export function copyLine(values: readonly TextForm[]): string {
  return `${values.map(copyField).join("\t")}\n`;
}

function copyField(value: TextForm): string {
  if (value === null) {
    return MISSING;
  }
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.replaceAll(NEEDS_ESCAPE, (character) => `\\${LETTERS.get(character) ?? character}`);
}
