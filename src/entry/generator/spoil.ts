/**
 * Really bad rows: what no reader should accept, so that quarantine has something to show. Errors
 * that a reader must accept, because they look right, are in `mistakes.ts`.
 */
import type { Random } from "./random.ts";

/** Which columns of a layout can be spoiled, 0-based, where they are not empty. */
export interface Spoilable {
  /** Dates or instants, with two digits each for the month and its day. */
  readonly dates: readonly number[];
  readonly numbers: readonly number[];
}

/** The same row with one thing in it that cannot be: a date, a number, or the count of its columns. */
export function spoilRow(
  columns: readonly string[],
  spoilable: Spoilable,
  random: Random,
): readonly string[] {
  const dates = spoilable.dates.filter((index) => columns[index] !== "");
  const numbers = spoilable.numbers.filter((index) => columns[index] !== "");
  const kind = random.unit();
  if (kind < 0.35 && dates.length > 0) {
    return replaced(columns, random.pick(dates), impossibleDate);
  }
  if (kind < 0.7 && numbers.length > 0) {
    return replaced(columns, random.pick(numbers), letterInNumber);
  }
  return random.chance(0.5) ? columns.slice(0, -1) : [...columns, "0"];
}

function replaced(
  columns: readonly string[],
  index: number,
  change: (text: string) => string,
): readonly string[] {
  return columns.map((text, at) => (at === index ? change(text) : text));
}

/** The 39th day of the month, in `DD.MM.YYYY`, `YYYY-MM-DD…` and `YYYYMMDD`. */
function impossibleDate(text: string): string {
  if (/^\d\d\./.test(text)) {
    return `39${text.slice(2)}`;
  }
  return text.includes("-") ? `${text.slice(0, 8)}39${text.slice(10)}` : `${text.slice(0, 6)}39`;
}

/** A typist's letter O for the last digit. */
function letterInNumber(text: string): string {
  return text.replace(/\d(?=\D*$)/, "O");
}
