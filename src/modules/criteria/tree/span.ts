/** A length of time that is the same everywhere: days are 24 hours. */
export interface FixedSpan {
  readonly kind: "fixed";
  /** Whole milliseconds, more than 0. */
  readonly ms: number;
}

/** A length of time on the calendar: its days differ from month to month. */
export interface CalendarSpan {
  readonly kind: "calendar";
  /** Whole months, more than 0. */
  readonly months: number;
}

export type Span = FixedSpan | CalendarSpan;

/**
 * Longest span, 200 years: an instant of the years 1 to 9999 can be shifted by several of them
 * without leaving what PostgreSQL's `timestamptz` can hold.
 */
const LONGEST_MS = 73_000 * 86_400_000;
const LONGEST_MONTHS = 2_400;

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["w", 7 * 86_400_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
]);

const UNIT_MONTHS: ReadonlyMap<string, number> = new Map([
  ["y", 12],
  ["mo", 1],
]);

/**
 * Reads `90d`, `12h`, `1h30m`, `2w` (fixed) or `3mo`, `1y`, `1y6mo` (calendar). `m` are minutes, as in
 * CEL's durations.
 * @returns undefined when the text is no span, mixes the two kinds, is zero or longer than 200 years
 */
export function parseSpan(text: string): Span | undefined {
  if (!/^(?:\d{1,9}(?:mo|ms|[ywdhms]))+$/.test(text)) {
    return undefined;
  }
  let ms = 0;
  let months = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(mo|ms|[ywdhms])/g)) {
    ms += Number(count) * (UNIT_MS.get(unit ?? "") ?? 0);
    months += Number(count) * (UNIT_MONTHS.get(unit ?? "") ?? 0);
  }
  if (ms > 0 && months === 0 && ms <= LONGEST_MS) {
    return fixedSpan(ms);
  }
  return months > 0 && ms === 0 && months <= LONGEST_MONTHS ? calendarSpan(months) : undefined;
}

export function fixedSpan(ms: number): FixedSpan {
  return Object.freeze({ kind: "fixed", ms });
}

export function calendarSpan(months: number): CalendarSpan {
  return Object.freeze({ kind: "calendar", months });
}

/** The text that {@link parseSpan} reads back: the largest unit that leaves no remainder. */
export function printSpan(span: Span): string {
  if (span.kind === "calendar") {
    return span.months % 12 === 0 ? `${span.months / 12}y` : `${span.months}mo`;
  }
  const [unit, size] = largestUnit(span.ms);
  return `${span.ms / size}${unit}`;
}

const UNIT_WORDS: ReadonlyMap<string, string> = new Map([
  ["d", "day"],
  ["h", "hour"],
  ["m", "minute"],
  ["s", "second"],
  ["ms", "millisecond"],
]);

/** The span in English: `90 days`, `1 year`. */
export function describeSpan(span: Span): string {
  if (span.kind === "calendar") {
    return span.months % 12 === 0
      ? counted(span.months / 12, "year")
      : counted(span.months, "month");
  }
  const [unit, size] = largestUnit(span.ms);
  return counted(span.ms / size, UNIT_WORDS.get(unit) ?? unit);
}

function largestUnit(ms: number): readonly [string, number] {
  for (const [unit, size] of UNIT_MS) {
    // Weeks are read but never written: people who wrote 14d do not expect to read 2w.
    if (unit !== "w" && ms % size === 0) {
      return [unit, size];
    }
  }
  return ["ms", 1];
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
