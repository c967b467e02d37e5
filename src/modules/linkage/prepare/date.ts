import type { DatesWritten } from "../model/model.ts";
import { asciiLower } from "./folding.ts";
import type { SetAsideReason } from "./reader.ts";

/** Which comes first where a date is written with the year at its end. */
export type DateOrder = DatesWritten["order"];

/** A date, or as much of it as was written. */
export interface PartialDate {
  /** Days since 1970-01-01; null where day or month are not known or no calendar has the day. */
  readonly days: number | null;
  /**
   * `yyyymmdd` where all three were written, also when no calendar has the day (31 February is most
   * often a slip of one digit, and still can be compared); null otherwise.
   */
  readonly text: string | null;
  readonly year: number;
}

/**
 * Reads a date: ISO 8601 (also with a time), `yyyymmdd`, day or month first with any separator, with the
 * month in words (English, German, French, Spanish, Italian, Portuguese, Dutch), a year and month, a year.
 * Years of two digits are those from 1930 to 2029. `placeholderDays` (`yyyymmdd`) count as missing.
 */
export function readDate(
  value: string,
  order: DateOrder,
  placeholderDays: ReadonlySet<string>,
): PartialDate | SetAsideReason {
  const ascii = asciiLower(value);
  const parts = partsOf(ascii, order);
  if (parts === undefined) {
    return nobodysDate.test(ascii) ? "placeholder-date" : "unreadable";
  }
  const { year, month, day } = parts;
  if (year < EARLIEST || year > LATEST) {
    return "placeholder-date";
  }
  if (month === undefined || day === undefined) {
    return { days: null, text: null, year };
  }
  const text = `${year}${twoDigits(month)}${twoDigits(day)}`;
  return alwaysPlaceholder.has(text) || placeholderDays.has(text)
    ? "placeholder-date"
    : { days: daysOf(year, month, day), text, year };
}

/**
 * What the values of a column say about the order of day and month: a part above 12 is a day. Undefined
 * where none says anything.
 */
export function dateOrderOf(values: Iterable<string | null>): DateOrder | undefined {
  let dayFirst = 0;
  let monthFirst = 0;
  for (const value of values) {
    const match = value === null ? null : yearLast.exec(value.trim());
    dayFirst += Number(match?.[1]) > 12 ? 1 : 0;
    monthFirst += Number(match?.[2]) > 12 ? 1 : 0;
  }
  return dayFirst === monthFirst ? undefined : dayFirst > monthFirst ? "day-month" : "month-day";
}

/** Days that programs put in; they count as missing where they come far too often. `yyyymmdd`. */
export const suspectDays: readonly string[] = [
  "19700101",
  "19010101",
  "19800101",
  "19900101",
  "20000101",
  "19110101",
  "19991231",
];

/** Zero dates of spreadsheets and databases. */
const alwaysPlaceholder: ReadonlySet<string> = new Set([
  "19000101",
  "18991230",
  "18991231",
  "17530101",
  "16010101",
  "11111111",
]);

/** Years outside are no years of people or firms, and what databases use for "never". */
const EARLIEST = 1000;
const LATEST = 2200;

const nobodysDate = /^(?:0{1,4}|9{4})(?:\D|$)|^(?:0+|9{8})$/;

interface WrittenDate {
  readonly year: number;
  readonly month?: number | undefined;
  readonly day?: number | undefined;
}

const iso = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:$|[t ]\d)/;
const compact = /^(\d{4})(\d{2})(\d{2})$/;
const yearLast = /^(\d{1,2})[-/. ]+(\d{1,2})[-/. ]+(\d{4}|\d{2})(?:$| \d)/;
const monthInWords =
  /^(\d{1,2})(?:st|nd|rd|th)?[-/. ]+(?:de )?([a-z]{3,10})[-/., ]+(?:de )?(\d{4}|\d{2})$/;
const wordsFirst = /^([a-z]{3,10})[-/. ]+(\d{1,2})(?:st|nd|rd|th)?[-/., ]+(\d{4}|\d{2})$/;
const yearFirstMonth = /^(\d{4})[-/.](\d{1,2})$/;
const onlyYear = /^(\d{4})(?:\.0)?$/;

function partsOf(ascii: string, order: DateOrder): WrittenDate | undefined {
  const whole = iso.exec(ascii);
  if (whole !== null) {
    return { year: Number(whole[1]), month: Number(whole[3]), day: Number(whole[4]) };
  }
  const packed = compact.exec(ascii);
  if (packed !== null) {
    return unpacked(packed, ascii, order);
  }
  const last = yearLast.exec(ascii);
  if (last !== null) {
    return ordered(Number(last[1]), Number(last[2]), { year: fullYear(last[3] ?? ""), order });
  }
  return partsWithWords(ascii) ?? incomplete(ascii);
}

/** Eight digits are `yyyymmdd` unless only the year at the end makes sense. */
function unpacked(match: RegExpExecArray, ascii: string, order: DateOrder): WrittenDate {
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const atEnd = Number(ascii.slice(4));
  const isYearLast = (year < 1300 || year > LATEST) && atEnd >= 1800 && atEnd <= 2100;
  return isYearLast
    ? ordered(Number(ascii.slice(0, 2)), Number(ascii.slice(2, 4)), { year: atEnd, order })
    : { year, month, day };
}

/** A part above 12 is the day, whatever the order of the column. */
function ordered(
  first: number,
  second: number,
  { year, order }: { year: number; order: DateOrder },
): WrittenDate {
  const isDayFirst = first > 12 || (second <= 12 && order === "day-month");
  return isDayFirst ? { year, month: second, day: first } : { year, month: first, day: second };
}

function partsWithWords(ascii: string): WrittenDate | undefined {
  const dayFirst = monthInWords.exec(ascii);
  const monthFirst = dayFirst === null ? wordsFirst.exec(ascii) : null;
  const month = monthOf(dayFirst?.[2] ?? monthFirst?.[1] ?? "");
  if (month === undefined) {
    return undefined;
  }
  const year = fullYear(dayFirst?.[3] ?? monthFirst?.[3] ?? "");
  return { year, month, day: Number(dayFirst?.[1] ?? monthFirst?.[2]) };
}

function incomplete(ascii: string): WrittenDate | undefined {
  const year = yearFirstMonth.exec(ascii) ?? onlyYear.exec(ascii);
  return year === null ? undefined : { year: Number(year[1]) };
}

function fullYear(digits: string): number {
  const year = Number(digits);
  return digits.length > 2 ? year : year + (year < 30 ? 2000 : 1900);
}

/** The months by how their names begin; juin and juillet part at the fourth letter. */
const monthBeginnings: readonly (readonly string[])[] = [
  ["jan", "ene", "gen"],
  ["feb", "fev"],
  ["mar", "mrt", "maa", "mae"],
  ["apr", "abr", "avr"],
  ["may", "mai", "mag", "mei"],
  ["jun", "juin", "giu"],
  ["jul", "juil", "lug"],
  ["aug", "ago", "aou"],
  ["sep", "set"],
  ["oct", "okt", "ott", "out"],
  ["nov"],
  ["dec", "dez", "dic"],
];

function monthOf(word: string): number | undefined {
  const index = monthBeginnings.findIndex((beginnings) =>
    beginnings.some((beginning) => word.startsWith(beginning)),
  );
  return index < 0 ? undefined : index + 1;
}

function twoDigits(part: number): string {
  return part < 10 ? `0${part}` : String(part);
}

/** @returns null where the calendar has no such day */
function daysOf(year: number, month: number, day: number): number | null {
  const ms = Date.UTC(year, month - 1, day);
  const isReal = month >= 1 && month <= 12 && day >= 1 && new Date(ms).getUTCDate() === day;
  return isReal ? ms / MS_PER_DAY : null;
}

const MS_PER_DAY = 86_400_000;
