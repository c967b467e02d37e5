import type { DateLiteral, InstantLiteral, NumberLiteral, TextLiteral } from "../tree/index.ts";
import { value } from "../tree/index.ts";

/** As many digits as the widest decimal a contract can declare. */
const MOST_DIGITS = 38;

/**
 * Reads a number exactly as it was written, never by way of a binary float: `0.1` stays one tenth.
 * @returns undefined when it is no decimal number or needs more than 38 digits
 */
export function numberLiteral(written: string): NumberLiteral | undefined {
  const match = /^(-?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(written);
  if (match === null) {
    return undefined;
  }
  const [, sign = "", whole = "", fraction, exponent] = match;
  const shift = Number(exponent ?? "0");
  if (whole === "" && (fraction ?? "") === "") {
    return undefined;
  }
  if (Math.abs(shift) > MOST_DIGITS) {
    return undefined;
  }
  const digits = whole + (fraction ?? "");
  const point = whole.length + shift;
  const padded =
    "0".repeat(Math.max(0, -point)) + digits + "0".repeat(Math.max(0, point - digits.length));
  const split = Math.max(0, point);
  const wholeText = padded.slice(0, split).replace(/^0+(?=\d)/, "") || "0";
  const fractionText = padded.slice(split).replace(/0+$/, "");
  if (wholeText.length + fractionText.length > MOST_DIGITS) {
    return undefined;
  }
  const magnitude = fractionText === "" ? wholeText : `${wholeText}.${fractionText}`;
  return value({
    kind: "number-literal",
    text: magnitude === "0" ? "0" : `${sign}${magnitude}`,
    integer: fraction === undefined && exponent === undefined,
  });
}

/** The same number with the other sign. */
export function negated(literal: NumberLiteral): NumberLiteral {
  const text = literal.text.startsWith("-") ? literal.text.slice(1) : `-${literal.text}`;
  return value({ ...literal, text: literal.text === "0" ? "0" : text });
}

/** @returns undefined when the text holds what PostgreSQL cannot store: U+0000 or half a surrogate pair */
export function textLiteral(text: string): TextLiteral | undefined {
  return text.includes("\0") || !text.isWellFormed()
    ? undefined
    : value({ kind: "text-literal", text });
}

/** Reads `YYYY-MM-DD`, years 0001 to 9999. @returns undefined when there is no such day */
export function dateLiteral(text: string): DateLiteral | undefined {
  return isDate(text) ? value({ kind: "date-literal", date: text }) : undefined;
}

/** Whether the text is a day of the (proleptic) Gregorian calendar, `YYYY-MM-DD`. */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null || match[1] === "0000") {
    return false;
  }
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 10) === text;
}

const RFC3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.(\d{1,9}))?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * Reads an RFC 3339 timestamp (no leap second). Criteria count milliseconds, so finer digits must be 0.
 * @returns undefined when it is none
 */
export function instantLiteral(text: string): InstantLiteral | undefined {
  const instant = parseInstant(text);
  return instant === undefined
    ? undefined
    : value({ kind: "instant-literal", instant: instant.toISOString() });
}

/** An RFC 3339 timestamp of the years 0001 to 9999 in whole milliseconds. */
export function parseInstant(text: string): Date | undefined {
  const match = RFC3339.exec(text);
  if (match === null || !isDate(match[1] ?? "") || /[1-9]/.test((match[3] ?? "").slice(3))) {
    return undefined;
  }
  const instant = new Date(text.toUpperCase());
  const year = instant.getUTCFullYear();
  return year >= 1 && year <= 9999 ? instant : undefined;
}
