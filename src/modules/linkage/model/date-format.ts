/**
 * Dates in a given format, read as DuckDB's `try_strptime` reads them: widths are upper limits, blanks
 * around the text do not count, and a date that does not exist is none.
 */

/** Days since 1970-01-01 in the proleptic Gregorian calendar; undefined where the text is no date. */
export type DateReader = (text: string) => number | undefined;

const WIDTHS: Readonly<Record<string, number>> = { Y: 4, m: 2, d: 2 };

/**
 * Makes a reader for a format of `%Y`, `%m` and `%d`, each once, with punctuation between them.
 * Undefined for any other format: what DuckDB does with it is not repeated here.
 */
export function dateReader(format: string): DateReader | undefined {
  const steps = format.match(/%[Ymd]|[!-$&-/:-@[-`{-~]/gu) ?? [];
  const parts = steps.filter((step) => step.startsWith("%")).toSorted();
  if (steps.join("") !== format || parts.join("") !== "%Y%d%m") {
    return undefined;
  }
  return (text) => readDate(text, steps);
}

function readDate(text: string, steps: readonly string[]): number | undefined {
  const parts: Record<string, number> = {};
  let rest = text.replace(/^[\t-\r ]+|[\t-\r ]+$/gu, "");
  for (const step of steps) {
    if (step.startsWith("%")) {
      const part = step.slice(1);
      // Takes all digits there are, up to the width, and never gives one back.
      const digits = new RegExp(`^[0-9]{1,${WIDTHS[part] ?? 0}}`, "u").exec(rest)?.[0];
      if (digits === undefined) {
        return undefined;
      }
      parts[part] = Number(digits);
      rest = rest.slice(digits.length);
    } else if (rest.startsWith(step)) {
      rest = rest.slice(step.length);
    } else {
      return undefined;
    }
  }
  return rest === "" ? daysOf(parts["Y"] ?? 0, parts["m"] ?? 0, parts["d"] ?? 0) : undefined;
}

const MS_PER_DAY = 86_400_000;

function daysOf(year: number, month: number, day: number): number | undefined {
  // The constructor takes years below 100 for years of the 20th century; the setter does not.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() / MS_PER_DAY : undefined;
}
