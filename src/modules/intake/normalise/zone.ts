/**
 * A time zone's clock, exact to the second and fast enough for every row. Asking `Intl` costs about two
 * microseconds, so the offsets of a year are found once (a probe each week, then bisection) and kept.
 */
import { must } from "../../../kernel/index.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Closer than any two changes of one zone: even Morocco's pause for Ramadan lasts four weeks. */
const PROBE_MS = 7 * DAY_MS;
/** Days whose beginning is remembered: more than a century. */
const MAX_DAYS = 50_000;

interface Stretch {
  /** The instant from which the offset holds, in milliseconds since 1970. */
  readonly from: number;
  /** Local time minus UTC in milliseconds. */
  readonly offset: number;
}

/** Turns local dates and times of one IANA time zone into instants. */
export class Zone {
  readonly #format: Intl.DateTimeFormat;
  readonly #years = new Map<number, readonly Stretch[]>();
  readonly #days = new Map<string, string>();

  /** @throws RangeError when the zone is unknown; the contract has checked it */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  }

  /**
   * The instant of a local time given as if it were UTC. A time that comes twice (the clock is put back) means
   * the first; a time that never comes (it is put forward) means as long after the change.
   */
  instant(localMs: number): number {
    const before = this.offset(localMs - DAY_MS);
    const after = this.offset(localMs + DAY_MS);
    if (before === after || this.offset(localMs - before) === before) {
      return localMs - before;
    }
    return this.offset(localMs - after) === after ? localMs - after : localMs - before;
  }

  /** The first instant of a local day `YYYY-MM-DD`, as UTC text. */
  startOfDay(day: string): string {
    const known = this.#days.get(day);
    if (known !== undefined) {
      return known;
    }
    const localMs = Date.parse(`${day}T00:00:00Z`);
    const instant = this.#isSkipped(localMs) ? this.#changeNear(localMs) : this.instant(localMs);
    const text = utcText(instant);
    if (this.#days.size === MAX_DAYS) {
      this.#days.clear();
    }
    this.#days.set(day, text);
    return text;
  }

  /** Local time minus UTC at an instant, in milliseconds. */
  offset(utcMs: number): number {
    const year = new Date(utcMs).getUTCFullYear();
    let stretches = this.#years.get(year);
    if (stretches === undefined) {
      stretches = this.#stretchesOf(year);
      this.#years.set(year, stretches);
    }
    let offset = 0;
    for (const stretch of stretches) {
      if (stretch.from > utcMs) {
        break;
      }
      offset = stretch.offset;
    }
    return offset;
  }

  #isSkipped(localMs: number): boolean {
    const instant = this.instant(localMs);
    return instant + this.offset(instant) !== localMs;
  }

  /** The change of the clock that skips a local time. */
  #changeNear(localMs: number): number {
    return this.#changeBetween(localMs - 2 * DAY_MS, localMs + 2 * DAY_MS);
  }

  #stretchesOf(year: number): readonly Stretch[] {
    const begin = new Date(0).setUTCFullYear(year, 0, 1);
    const end = new Date(0).setUTCFullYear(year + 1, 0, 1);
    const stretches: Stretch[] = [{ from: begin, offset: this.#ask(begin) }];
    for (let at = begin; at < end; at += PROBE_MS) {
      const next = Math.min(at + PROBE_MS, end - 1);
      if (this.#ask(next) !== must(stretches.at(-1), "the first stretch is there").offset) {
        const change = this.#changeBetween(at, next);
        stretches.push({ from: change, offset: this.#ask(change) });
      }
    }
    return stretches;
  }

  /** The first second of the new offset, between an instant of the old and one of the new. */
  #changeBetween(oldMs: number, newMs: number): number {
    const target = this.#ask(newMs);
    let low = Math.floor(oldMs / 1000);
    let high = Math.ceil(newMs / 1000);
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#ask(middle * 1000) === target) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return high * 1000;
  }

  /** Asks Intl, whose answer is like `GMT`, `GMT+05:30` or `GMT-04:56:02`. */
  #ask(utcMs: number): number {
    const parts = this.#format.formatToParts(utcMs);
    const name = must(
      parts.find(({ type }) => type === "timeZoneName")?.value,
      "longOffset was asked for",
    );
    const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(name);
    const [, sign, hours = "0", minutes = "0", seconds = "0"] = must(
      match,
      "longOffset has this form",
    );
    const size = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS + Number(seconds) * 1000;
    return sign === "-" ? -size : size;
  }
}

/** `YYYY-MM-DDTHH:MM:SSZ` of an instant at a whole second. */
export function utcText(utcMs: number): string {
  return `${new Date(utcMs).toISOString().slice(0, 19)}Z`;
}
