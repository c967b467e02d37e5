/** Parsers of command-line values, with errors in words. */
import { InvalidArgumentError } from "commander";

/** A positive whole number up to a million. */
export function parseLimit(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 1_000_000) {
    throw new InvalidArgumentError("give a whole number from 1 to 1,000,000");
  }
  return value;
}

/** An id as Waybill prints it. */
export function parseId(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) {
    throw new InvalidArgumentError("an id is a whole number, as the lists print it");
  }
  return BigInt(text);
}

/** A UUID as Waybill prints it: of a request, an obligation, a waybill. */
export function parseRequestId(text: string): string {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) {
    throw new InvalidArgumentError("it is a UUID, as the lists print it");
  }
  return text;
}

/** The number of a version, as the lists print it. */
export function parseVersion(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidArgumentError("a version is a whole number, as the lists print it");
  }
  return Number(text);
}

/** A whole number from 0 up. */
export function parseWhole(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError("give a whole number, as the lists print it");
  }
  return value;
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

/** A positive whole number up to ten million. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 10_000_000) {
    throw new InvalidArgumentError("give a whole number from 1 to 10,000,000");
  }
  return value;
}

export function parseSeed(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError("give a whole number");
  }
  return value;
}

/** A day as YYYY-MM-DD: its beginning in UTC. */
export function parseDay(text: string): Date {
  const day = new Date(`${text}T00:00:00Z`);
  if (
    !/^\d{4}-\d{2}-\d{2}$/.test(text) ||
    Number.isNaN(day.getTime()) ||
    !day.toISOString().startsWith(text)
  ) {
    throw new InvalidArgumentError("give a day as YYYY-MM-DD");
  }
  return day;
}

/** A probability between 0 and 1, both excluded. */
export function parseProbability(text: string): number {
  const value = Number(text);
  if (!/^[\d.]+(e-?\d+)?$/i.test(text) || !(value > 0 && value < 1)) {
    throw new InvalidArgumentError("give a probability between 0 and 1, as 0.95");
  }
  return value;
}

/** Megabytes of memory: less than 128 is too little for anything. */
export function parseMegabytes(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 128 || value > 1_000_000) {
    throw new InvalidArgumentError("give whole megabytes, 128 or more");
  }
  return value;
}

/** A pair of records as lists print it: `12-15`. */
export function parsePair(text: string): { readonly left: bigint; readonly right: bigint } {
  const [, left, right] = /^(\d{1,18})-(\d{1,18})$/.exec(text) ?? [];
  if (left === undefined || right === undefined || left === right) {
    throw new InvalidArgumentError("a pair is two different records, as the lists print it: 12-15");
  }
  return { left: BigInt(left), right: BigInt(right) };
}

/** Several ids, one argument each. */
export function collectIds(text: string, previous: readonly bigint[] = []): readonly bigint[] {
  return [...previous, parseId(text)];
}

/** The name of a person who judges: it is kept with every judgement. */
export function parseReviewer(text: string): string {
  if (!/^[\p{L}\p{N}][\p{L}\p{N} .:_@-]{0,59}$/u.test(text)) {
    throw new InvalidArgumentError("give a name of letters, digits and blanks, at most 60");
  }
  return text;
}

/** A share from 0 up to, but not including, 1. */
export function parseShare(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || !(value < 1)) {
    throw new InvalidArgumentError("give a share from 0 to less than 1, as 0.001");
  }
  return value;
}

/** A country by its ISO 3166-1 alpha-2 code, in either case. */
export function parseCountry(text: string): string {
  const code = text.toUpperCase();
  const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
  if (!/^[A-Z]{2}$/.test(code) || names.of(code) === undefined) {
    throw new InvalidArgumentError("give a country by its two letters, as DE");
  }
  return code;
}
