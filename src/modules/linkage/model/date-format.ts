/**
 * Dates in a given format, read as DuckDB's `try_strptime` reads them: widths are upper limits, blanks
 * around the text do not count, and a date that does not exist is none.
 */

/** Days since 1970-01-01 in the proleptic Gregorian calendar; undefined where the text is no date. */
export type DateReader = (text: string) => number | undefined;

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
  const rest = text.replace(/^[\t-\r ]+|[\t-\r ]+$/gu, "");
  let [year, month, day] = [0, 0, 0];
  let position = 0;
  for (const step of steps) {
    if (!step.startsWith("%")) {
      if (rest[position] !== step) {
        return undefined;
      }
      position += 1;
      continue;
    }
    const end = endOfDigits(rest, position, step === "%Y" ? 4 : 2);
    if (end === position) {
      return undefined;
    }
    const number = Number(rest.slice(position, end));
    [year, month, day] = [
      step === "%Y" ? number : year,
      step === "%m" ? number : month,
      step === "%d" ? number : day,
    ];
    position = end;
  }
  return position === rest.length ? daysOf(year, month, day) : undefined;
}

/** Takes all digits there are, up to the width, and never gives one back. */
function endOfDigits(text: string, start: number, width: number): number {
  let end = start;
  while (end < start + width && text.charAt(end) >= "0" && text.charAt(end) <= "9") {
    end += 1;
  }
  return end;
}

const MS_PER_DAY = 86_400_000;

function daysOf(year: number, month: number, day: number): number | undefined {
  // The constructor takes years below 100 for years of the 20th century; the setter does not.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? date.getTime() / MS_PER_DAY : undefined;
}
