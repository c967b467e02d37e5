/**
 * Days as whole numbers since 1970-01-01, their texts, and the rhythm of a year: what falls on a
 * Monday, in December, on Christmas Day.
 */
import { type Random, searchSums } from "./random.ts";

const MS_PER_DAY = 86_400_000;

const TWO_DIGITS: readonly string[] = Array.from({ length: 100 }, (_, n) =>
  String(n).padStart(2, "0"),
);

/** The day number of an instant, in UTC. */
export function dayOf(instant: Date): number {
  return Math.floor(instant.getTime() / MS_PER_DAY);
}

/** `YYYY-MM-DD`. Texts are kept once made: a century is 36,525 strings. */
export function isoDay(day: number): string {
  const known = isoDays.get(day);
  if (known !== undefined) {
    return known;
  }
  const text = new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
  isoDays.set(day, text);
  return text;
}

const isoDays = new Map<number, string>();

/** `YYYYMMDD`. */
export function compactDay(day: number): string {
  const iso = isoDay(day);
  return iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8);
}

/** `DD.MM.YYYY`. */
export function dottedDay(day: number): string {
  const iso = isoDay(day);
  return `${iso.slice(8)}.${iso.slice(5, 7)}.${iso.slice(0, 4)}`;
}

/** `YYYY-MM-DDThh:mm:ssZ`; seconds past the end of the day run over into the next. */
export function isoInstant(day: number, second: number): string {
  const date = day + Math.floor(second / 86_400);
  const rest = second % 86_400;
  const hour = TWO_DIGITS[Math.floor(rest / 3600)];
  return `${isoDay(date)}T${hour}:${TWO_DIGITS[Math.floor(rest / 60) % 60]}:${TWO_DIGITS[rest % 60]}Z`;
}

/** A second of the working day: two humps, at 10 and at 16 o'clock. */
export function officeSecond(random: Random): number {
  const hump = random.chance(0.55) ? 10 : 16;
  const hour = hump + 2 * random.normal();
  return Math.max(0, Math.min(86_399, Math.floor(hour * 3600)));
}

/** How busy each day is, relative to an ordinary one. */
export interface Rhythm {
  /** Sunday first. */
  readonly week: readonly [number, number, number, number, number, number, number];
  /** January first. */
  readonly year: readonly number[];
  /** The factor of the four weeks before Christmas. Christmas Day itself is nearly still. */
  readonly advent: number;
}

/** Shops: Saturdays, and nearly three times the usual in Advent. */
export const SHOPPING: Rhythm = {
  week: [0.9, 0.85, 0.9, 0.95, 1, 1.2, 1.45],
  year: [0.9, 0.9, 1, 1, 1, 0.95, 0.85, 0.85, 1, 1, 1.15, 1.2],
  advent: 2.6,
};

/** Call centres: Monday mornings, quiet summers. */
export const SERVICE: Rhythm = {
  week: [0.25, 1.5, 1.2, 1.1, 1.05, 1.1, 0.45],
  year: [1.2, 1.05, 1, 1, 0.95, 0.9, 0.85, 0.85, 1, 1.05, 1.1, 1.05],
  advent: 1.2,
};

/** Surgeries: weekdays, and the infections of the winter. */
export const CARE: Rhythm = {
  week: [0.15, 1.4, 1.2, 1.1, 1.1, 1.1, 0.3],
  year: [1.4, 1.35, 1.15, 1, 0.85, 0.75, 0.7, 0.7, 0.95, 1.2, 1.3, 1.3],
  advent: 0.9,
};

/** Draws days between two dates in the rhythm of a business, in the time of a binary search. */
export class Season {
  readonly from: number;
  readonly until: number;
  readonly #sums: Float64Array;

  /** Both days are included. */
  constructor(from: number, until: number, rhythm: Rhythm) {
    this.from = from;
    this.until = until;
    this.#sums = new Float64Array(until - from + 2);
    for (let day = from; day <= until; day += 1) {
      const index = day - from;
      this.#sums[index + 1] = (this.#sums[index] ?? 0) + weightOfDay(day, rhythm);
    }
  }

  /** A day from `earliest` (or the season's first) to the season's last. */
  pick(random: Random, earliest: number = this.from): number {
    const first = Math.min(Math.max(earliest, this.from), this.until) - this.from;
    const low = this.#sums[first] ?? 0;
    const high = this.#sums[this.#sums.length - 1] ?? 0;
    const index = searchSums(this.#sums, low + random.unit() * (high - low));
    return this.from + Math.max(index - 1, first);
  }
}

function weightOfDay(day: number, rhythm: Rhythm): number {
  const date = new Date(day * MS_PER_DAY);
  const month = date.getUTCMonth();
  const dayOfMonth = date.getUTCDate();
  const ordinary = (rhythm.week[date.getUTCDay()] ?? 1) * (rhythm.year[month] ?? 1);
  if (month === 11 && dayOfMonth === 25) {
    return ordinary * 0.1;
  }
  const isAdvent = (month === 11 && dayOfMonth < 25) || (month === 10 && dayOfMonth >= 27);
  return isAdvent ? ordinary * rhythm.advent : ordinary;
}
