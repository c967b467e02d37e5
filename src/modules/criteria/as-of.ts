import { InvalidInputError } from "../../kernel/index.ts";
import { isDate, parseInstant } from "./text/literals.ts";

/**
 * Reads the instant a question is asked for: an RFC 3339 timestamp in whole milliseconds, or a date,
 * which means its first instant in the client's time zone.
 * @param timeZone IANA name
 * @throws InvalidInputError `as-of-invalid`
 */
export function parseAsOf(text: string, timeZone: string): Date {
  const instant = isDate(text) ? startOfDay(text, timeZone) : parseInstant(text);
  if (instant === undefined) {
    const message = "the as-of instant is neither a date nor a timestamp with a time zone";
    throw new InvalidInputError("as-of-invalid", message, [{ at: "as-of", message }], {
      hint: "write 2026-01-31, or 2026-01-31T12:00:00Z",
    });
  }
  return instant;
}

const DAY_MS = 86_400_000;

/**
 * The first instant of a local date. A zone's clock can be set forward over midnight, and then the day
 * begins later, so the first instant is searched for and not calculated: no zone is further than a day
 * from UTC, and within that stretch the local date only grows.
 */
function startOfDay(date: string, timeZone: string): Date {
  const localDate = localDateFormat(timeZone);
  const middle = Date.parse(`${date}T00:00:00Z`);
  let before = middle - DAY_MS;
  let after = middle + DAY_MS;
  while (after - before > 1) {
    const between = Math.floor((before + after) / 2);
    if (localDate(new Date(between)) < date) {
      before = between;
    } else {
      after = between;
    }
  }
  return new Date(after);
}

function localDateFormat(timeZone: string): (instant: Date) => string {
  const format = new Intl.DateTimeFormat("en-US-u-ca-iso8601", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  });
  return (instant) => {
    const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const year = (parts.get("year") ?? "").padStart(4, "0");
    return `${year}-${parts.get("month")}-${parts.get("day")}`;
  };
}
