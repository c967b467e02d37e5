/** Dates and timestamps: ISO 8601 in, one canonical text out. Other forms are read by a source's date pattern. */
import { Rejection } from "./outcome.ts";
import type { Normalise, Outcome } from "./outcome.ts";
import { utcText } from "./zone.ts";
import type { Zone } from "./zone.ts";

const NOT_A_DATE = new Rejection(
  "type",
  "is not a date of the form YYYY-MM-DD; give the source's field a date pattern if it has another form",
);
const NOT_A_TIMESTAMP = new Rejection(
  "type",
  "is not a timestamp of the form YYYY-MM-DDTHH:MM:SS; give the source's field a date pattern if it has another form",
);
const NO_SUCH_DATE = new Rejection("type", "is a date that does not exist");
const NO_SUCH_TIME = new Rejection("type", "is a time of day that does not exist");
const HAS_TIME = new Rejection("type", "has a time of day, but the field is a date");
const TOO_FINE = new Rejection("type", "is finer than a microsecond");

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?)?$/;
const TIMESTAMP =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?)? ?(Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?$/;

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

/** Whether a day exists in the Gregorian calendar, years 1 to 9999. */
export function isCalendarDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) {
    return false;
  }
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= (month === 2 && isLeap ? 29 : (DAYS[month - 1] ?? 0));
}

/** `YYYY-MM-DD`. A time of day is accepted only when it is midnight, as workbooks and databases write dates. */
export function dateNormaliser(text: string): Outcome {
  const match = DATE.exec(text);
  if (match === null) {
    return NOT_A_DATE;
  }
  const [, year, month, day, ...time] = match;
  if (!isCalendarDay(Number(year), Number(month), Number(day))) {
    return NO_SUCH_DATE;
  }
  if (time.some((part) => part !== undefined && Number(part) !== 0)) {
    return HAS_TIME;
  }
  return text.length === 10 ? text : text.slice(0, 10);
}

/** `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`. Without an offset the time is local in `zone`; without a time it is the day's beginning. */
export function timestampNormaliser(zone: Zone): Normalise {
  return (text) => {
    const match = TIMESTAMP.exec(text);
    if (match === null) {
      return NOT_A_TIMESTAMP;
    }
    const [, day = "", hour, minute = "0", second = "0", fraction = "", offset] = match;
    if (!isCalendarDay(Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8)))) {
      return NO_SUCH_DATE;
    }
    if (hour === undefined && offset === undefined) {
      return zone.startOfDay(day);
    }
    if (Number(hour ?? 0) > 23 || Number(minute) > 59 || Number(second) > 59) {
      return NO_SUCH_TIME;
    }
    const micros = fraction.replace(/0+$/, "");
    if (micros.length > 6) {
      return TOO_FINE;
    }
    const seconds = (Number(hour ?? 0) * 60 + Number(minute)) * 60 + Number(second);
    const localMs = Date.parse(`${day}T00:00:00Z`) + seconds * 1000;
    const utcMs = offset === undefined ? zone.instant(localMs) : localMs - offsetMs(offset);
    return withFraction(utcMs, micros);
  };
}

function withFraction(utcMs: number, micros: string): Outcome {
  const year = new Date(utcMs).getUTCFullYear();
  if (year < 1 || year > 9999) {
    return NO_SUCH_DATE;
  }
  const text = utcText(utcMs);
  return micros === "" ? text : `${text.slice(0, -1)}.${micros}Z`;
}

function offsetMs(offset: string): number {
  if (offset === "Z") {
    return 0;
  }
  const digits = offset.slice(1).replaceAll(":", "").padEnd(6, "0");
  const seconds =
    Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60 + Number(digits.slice(4));
  return (offset.startsWith("-") ? -seconds : seconds) * 1000;
}
