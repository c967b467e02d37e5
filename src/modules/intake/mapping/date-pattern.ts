/**
 * Date patterns of Unicode TR 35 (LDML), the part of them that files need: `yyyy yy M MM MMM d dd H HH h hh a mm ss
 * S… x xx xxx X XX XXX` and literal text, in quotes where it has letters. What is read comes out in ISO 8601.
 */
import { err, ok } from "../../../kernel/index.ts";
import type { Result } from "../../../kernel/index.ts";
import { Rejection } from "../normalise/outcome.ts";
import type { Outcome } from "../normalise/outcome.ts";

/** Reads a text by a pattern into ISO 8601, a date or a date with time. */
export type ReadDate = (text: string) => Outcome;

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** The pattern letters that are known, with what they match. `S` is any number of digits as given. */
const LETTERS: ReadonlyMap<string, { readonly part: Part; readonly matches: string }> = new Map([
  ["yyyy", { part: "year", matches: "\\d{4}" }],
  ["yy", { part: "shortYear", matches: "\\d{2}" }],
  ["MMM", { part: "monthName", matches: "[A-Za-z]{3}" }],
  ["MM", { part: "month", matches: "\\d{2}" }],
  ["M", { part: "month", matches: "\\d{1,2}" }],
  ["dd", { part: "day", matches: "\\d{2}" }],
  ["d", { part: "day", matches: "\\d{1,2}" }],
  ["HH", { part: "hour", matches: "\\d{2}" }],
  ["H", { part: "hour", matches: "\\d{1,2}" }],
  ["hh", { part: "hour12", matches: "\\d{2}" }],
  ["h", { part: "hour12", matches: "\\d{1,2}" }],
  ["a", { part: "half", matches: "[AaPp][Mm]" }],
  ["mm", { part: "minute", matches: "\\d{2}" }],
  ["ss", { part: "second", matches: "\\d{2}" }],
  ["xxx", { part: "offset", matches: "[+-]\\d{2}:\\d{2}" }],
  ["xx", { part: "offset", matches: "[+-]\\d{4}" }],
  ["x", { part: "offset", matches: "[+-]\\d{2}(?:\\d{2})?" }],
  ["XXX", { part: "offset", matches: "(?:Z|[+-]\\d{2}:\\d{2})" }],
  ["XX", { part: "offset", matches: "(?:Z|[+-]\\d{4})" }],
  ["X", { part: "offset", matches: "(?:Z|[+-]\\d{2}(?:\\d{2})?)" }],
]);

type Part =
  | "year"
  | "shortYear"
  | "monthName"
  | "month"
  | "day"
  | "hour"
  | "hour12"
  | "half"
  | "minute"
  | "second"
  | "fraction"
  | "offset";

/**
 * Compiles a pattern.
 * @param pivot two-digit years up to this one are of the 2000s, the others of the 1900s; without it `yy` is refused
 * @returns the reader, or why the pattern is none
 */
export function compileDatePattern(
  pattern: string,
  pivot: number | undefined,
): Result<ReadDate, string> {
  const parts: Part[] = [];
  let source = "";
  for (const [token] of pattern.matchAll(/''|'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']|'/g)) {
    const matched = /^[A-Za-z]/.test(token) ? letterPattern(token) : literalPattern(token);
    if (matched === undefined) {
      return err(
        `"${token}" in the date pattern is not known; use yyyy MM dd HH mm ss SSS xxx and quote other letters`,
      );
    }
    if (matched.part !== undefined && parts.includes(matched.part)) {
      return err(`the date pattern has the ${matched.part} twice`);
    }
    if (matched.part !== undefined) {
      parts.push(matched.part);
    }
    source += matched.source;
  }
  const problem = problemWith(new Set(parts), pivot);
  if (problem !== undefined) {
    return err(problem);
  }
  const mismatch = new Rejection("date", `does not match the date pattern ${pattern}`);
  const whole = new RegExp(`^${source}$`);
  return ok((text) => {
    const match = whole.exec(text);
    return match?.groups === undefined ? mismatch : (isoText(match.groups, pivot ?? 0) ?? mismatch);
  });
}

interface Matched {
  readonly part?: Part;
  readonly source: string;
}

function letterPattern(token: string): Matched | undefined {
  if (token.startsWith("S") && token.length <= 9) {
    return { part: "fraction", source: `(?<fraction>\\d{${token.length}})` };
  }
  const letter = LETTERS.get(token);
  return letter === undefined
    ? undefined
    : { part: letter.part, source: `(?<${letter.part}>${letter.matches})` };
}

function literalPattern(token: string): Matched | undefined {
  if (token === "'") {
    return undefined;
  }
  const text =
    token === "''" ? "'" : token.startsWith("'") ? token.slice(1, -1).replaceAll("''", "'") : token;
  return { source: text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&") };
}

function problemWith(parts: ReadonlySet<Part>, pivot: number | undefined): string | undefined {
  if (!parts.has("day") || (!parts.has("month") && !parts.has("monthName"))) {
    return "the date pattern names no day or no month";
  }
  if (parts.has("shortYear") && pivot === undefined) {
    return "two-digit years (yy) mean nothing by themselves: give a pivot, for example pivot: 30 for 1931 to 2030";
  }
  if (parts.has("year") === parts.has("shortYear")) {
    return "the date pattern must name the year once";
  }
  if (parts.has("hour12") !== parts.has("half")) {
    return "hours from 1 to 12 (h) and the half of the day (a) go together";
  }
  if (parts.has("minute") && !parts.has("hour") && !parts.has("hour12")) {
    return "the date pattern has minutes without hours";
  }
  return undefined;
}

type Groups = Readonly<Record<string, string | undefined>>;

function isoText(groups: Groups, pivot: number): string | undefined {
  const month = groups["month"] ?? monthNumber(groups["monthName"]);
  const hour = groups["hour"] ?? hourOf(groups["hour12"], groups["half"]);
  if (month === undefined) {
    return undefined;
  }
  const date = `${yearOf(groups, pivot)}-${month.padStart(2, "0")}-${(groups["day"] ?? "").padStart(2, "0")}`;
  if (hour === undefined) {
    return date + (groups["offset"] ?? "");
  }
  const fraction = groups["fraction"] === undefined ? "" : `.${groups["fraction"]}`;
  const time = `${hour.padStart(2, "0")}:${groups["minute"] ?? "00"}:${groups["second"] ?? "00"}`;
  return `${date}T${time}${fraction}${groups["offset"] ?? ""}`;
}

function yearOf(groups: Groups, pivot: number): string {
  const short = groups["shortYear"];
  if (short === undefined) {
    return groups["year"] ?? "";
  }
  return Number(short) <= pivot ? `20${short}` : `19${short}`;
}

function monthNumber(name: string | undefined): string | undefined {
  const index = MONTHS.indexOf(name?.toLowerCase() ?? "");
  return index < 0 ? undefined : String(index + 1);
}

function hourOf(hour12: string | undefined, half: string | undefined): string | undefined {
  if (hour12 === undefined) {
    return undefined;
  }
  const hour = Number(hour12);
  // 13 o'clock in the afternoon does not exist; hour 99 is refused as a time of day later.
  if (hour < 1 || hour > 12) {
    return "99";
  }
  return String((hour % 12) + (half?.toLowerCase() === "pm" ? 12 : 0));
}
