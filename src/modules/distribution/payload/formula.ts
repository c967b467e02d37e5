/**
 * The formula guard of CSV. A spreadsheet runs a cell that begins with `= + - @`, TAB, CR, LF or one of
 * the full-width forms of those signs (OWASP, "CSV Injection"). Such a text gets an apostrophe before it,
 * unless it is a plain number such as `-12.50`. A text that begins with apostrophes and then such a
 * character gets one more, so that taking one apostrophe off a guarded field always gives the text back.
 */
import { areDigits } from "./number-bytes.ts";

const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/u;
const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?$/u;

/** For the first byte of a value, whether a formula could begin with it: then the text decides. */
export const LEADS_FORMULA = new Uint8Array(256);
for (const sign of "'=+-@\t\r\n＝＋－＠") {
  LEADS_FORMULA[Buffer.from(sign)[0] ?? 0] = 1;
}

const PLUS = 0x2b;
const MINUS = 0x2d;

/**
 * Whether `bytes[start]` up to, and without, `bytes[end]` are a plain number that begins with a sign, such as
 * `+4915112345678`: no formula, though it begins like one.
 */
export function isPlainNumber(bytes: Uint8Array, start: number, end: number): boolean {
  const lead = bytes[start];
  return (lead === PLUS || lead === MINUS) && areDigits(bytes, start + 1, end);
}

/** Makes a text inert in a spreadsheet. */
export function guardFormula(text: string): string {
  return isFormula(text) ? `'${text}` : text;
}

/** Gives back the text that {@link guardFormula} was given. */
export function unguardFormula(text: string): string {
  return text.startsWith("'") && isFormula(text) ? text.slice(1) : text;
}

function isFormula(text: string): boolean {
  return FORMULA.test(text) && !PLAIN_NUMBER.test(text);
}
