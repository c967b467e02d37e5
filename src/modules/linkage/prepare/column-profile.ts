import { must } from "../../../kernel/index.ts";
import { hasLegalForm } from "./company-name.ts";
import { readCoordinates } from "./coordinates.ts";
import { readDate } from "./date.ts";
import { isGivenName } from "./diminutives.ts";
import { asciiLower, wordsOf } from "./folding.ts";
import { isPlaceholderCode } from "./placeholder.ts";
import { looksLikeStreet } from "./street-address.ts";

/** What the values of a column look like. Placeholders count as missing. */
export interface ColumnProfile {
  readonly records: number;
  /** Values that are there, placeholders among them. */
  readonly present: number;
  /** Values that are there, without placeholders. */
  readonly filled: number;
  readonly distinct: number;
  /** The share of the values that look so. */
  readonly share: (look: Look) => number;
  readonly meanLength: number;
  readonly meanWords: number;
  /** The years in the middle 90 % of the dates, from first to last; 0 without dates. */
  readonly yearSpan: number;
}

/** How a single value can look; one value can look like several things. */
const looks = {
  email: (ascii: string) => /^[^@\s]+@[^@\s]+\.[a-z]{2,}$/.test(ascii),
  "at-sign": (ascii: string) => ascii.includes("@"),
  date: (ascii: string) => yearOf(ascii) !== undefined,
  phone: (ascii: string) => phoneShape.test(ascii) && /^\d{7,15}$/.test(ascii.replace(/\D/g, "")),
  "five-digits": (ascii: string) => ascii.replace(/\D/g, "").length >= 5,
  coordinates: (ascii: string) => typeof readCoordinates(ascii) !== "string",
  number: (ascii: string) => /^[-+]?\d+(?:[.,]\d+)*$/.test(ascii),
  decimal: (ascii: string) => /^[-+]?\d+[.,]\d+$/.test(ascii),
  digit: (ascii: string) => /\d/.test(ascii),
  letter: (ascii: string) => /[a-z]/.test(ascii),
  code: (ascii: string) => /^(?=.*\d)[a-z0-9./_-]{5,40}$/.test(ascii),
  "british-code": (ascii: string) => /^[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}$/.test(ascii),
  "postal-code": (ascii: string) => /^(?:[a-z]{1,2}-)?\d{4,6}(?:-\d{3,4})?$/.test(ascii),
  "legal-form": hasLegalForm,
  street: looksLikeStreet,
  "given-name": (ascii: string) => isGivenName(wordsOf(ascii).split(" ")[0] ?? ""),
  list: (ascii: string) => /[;|]/.test(ascii),
} as const satisfies Readonly<Record<string, (ascii: string) => boolean>>;

export type Look = keyof typeof looks;

const phoneShape = /^(?:\+|\(|0|\d{3}[ -.])?[\d ()./+-]+(?: ?(?:x|ext\.?) ?\d+)?$/;

/** So many values tell what a column is; all are counted for what is distinct. */
const LOOKED_AT = 2_000;

/** Looks at a column. Linear in its values. */
export function profileOf(values: readonly (string | null)[]): ColumnProfile {
  const present = values.map((value) => (value === null ? "" : asciiLower(value))).filter(Boolean);
  const filled = present.filter((ascii) => !isPlaceholderCode(ascii, wordsOf(ascii)));
  const step = Math.max(1, Math.floor(filled.length / LOOKED_AT));
  const seen = filled.filter((_, index) => index % step === 0);
  return {
    records: values.length,
    present: present.length,
    filled: filled.length,
    distinct: new Set(filled).size,
    share: sharesOf(seen),
    meanLength: mean(seen.map((text) => text.length)),
    meanWords: mean(seen.map((text) => wordsOf(text).split(" ").length)),
    yearSpan: yearSpanOf(seen),
  };
}

function sharesOf(seen: readonly string[]): (look: Look) => number {
  const shares = new Map<string, number>();
  for (const [look, hasLook] of Object.entries(looks)) {
    const matching = seen.filter((text) => hasLook(text)).length;
    shares.set(look, matching / Math.max(1, seen.length));
  }
  return (look) => must(shares.get(look), "every look has a share");
}

/** A bare number of few digits is no date here, whatever else it might be. */
function yearOf(ascii: string): number | undefined {
  const date = /^\d{1,7}(?:\.\d*)?$/.test(ascii)
    ? "unreadable"
    : readDate(ascii, "day-month", none);
  return typeof date === "string" || date.text === null ? undefined : date.year;
}

const none: ReadonlySet<string> = new Set();

function yearSpanOf(seen: readonly string[]): number {
  const years = seen.flatMap((text) => yearOf(text) ?? []).toSorted((a, b) => a - b);
  const edge = Math.floor(years.length / 20);
  return (years.at(-1 - edge) ?? 0) - (years[edge] ?? 0);
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);
}
