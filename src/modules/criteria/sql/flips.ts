import type { QueryDraft } from "./draft.ts";
import { EVENT } from "./draft.ts";
import { lessDaysAgoSql } from "./days-since-sql.ts";
import { dateSql, spanSql, startOfDaySql } from "./instant-sql.ts";

/** Events of a dataset, those that all of the conditions take. */
export interface EventsOf {
  readonly dataset: string;
  readonly where: readonly string[];
}

/** One of the places at which the same date or instant turns something, at some distance from it. */
interface Rung {
  /** Of the rungs that lie ahead, the one with the lowest rank is the earliest. */
  readonly rank: number;
  readonly isAhead: string;
  readonly turn: string;
  /** Of events: the instant before which an event is of no concern to this rung. */
  readonly since?: string | undefined;
}

interface Ladder {
  readonly events: EventsOf | undefined;
  readonly rungs: Map<number, Rung>;
}

/**
 * The places at which answers can change as time goes by: their least is the next flip.
 *
 * Days and instants are kept apart, so that only the least of all days is turned into an instant, for
 * that costs as much as ten comparisons. Distances from the same date or instant are a ladder, of which
 * a `case` finds the first rung ahead: twenty windows over the same events cost one aggregate, not
 * twenty, and forty limits of age one birthday.
 */
export class Flips {
  readonly #draft: QueryDraft;
  readonly #days = new Set<string>();
  readonly #instants = new Set<string>();
  readonly #dayLadders = new Map<string, Ladder>();
  readonly #instantLadders = new Map<string, Ladder>();

  constructor(draft: QueryDraft) {
    this.#draft = draft;
  }

  get isEmpty(): boolean {
    const kinds = [this.#days, this.#instants, this.#dayLadders, this.#instantLadders];
    return kinds.every(({ size }) => size === 0);
  }

  /** At the beginning of a day, if that lies ahead. */
  day(day: string): void {
    this.#days.add(`(case when ${day} > ${this.#draft.today} then ${day} end)`);
  }

  /** At the next midnight. */
  midnight(): void {
    this.#days.add(this.#draft.once(`(${this.#draft.today} + 1)`));
  }

  /** On the birthday with which somebody born that day is so many years old. */
  birthday(date: string, years: number): void {
    const draft = this.#draft;
    const span = draft.parameters.add(`${years} years`, "interval");
    this.#rung(this.#dayLadders, `birthday ${date}`, {
      rank: years,
      isAhead: `${date} > ${draft.once(`(${draft.today} - ${span})::date`)}`,
      turn: birthdaySql(date, span),
    });
  }

  /** On the next birthday, whichever it is. */
  nextBirthday(date: string, age: string): void {
    this.#days.add(birthdaySql(date, `make_interval(years => ${age} + 1)`));
  }

  /** At the beginning of the day so many days after a date, or after the day of an instant. */
  daysAfter(value: string, days: number, isInstant: boolean): void {
    const draft = this.#draft;
    const day = isInstant ? dateSql(draft, value) : value;
    this.#rung(this.#dayLadders, `day ${value}`, {
      rank: days,
      isAhead: `${value} >= ${lessDaysAgoSql(draft, days, isInstant)}`,
      turn: `(${day} + ${draft.parameters.add(String(days), "integer")})`,
    });
  }

  /**
   * At an instant that is not before now. What turns when the clock reaches it may turn back when the
   * clock has passed it: of now itself the next millisecond is given.
   */
  instant(instant: string): void {
    const { now } = this.#draft;
    const turn = this.#notNow(instant);
    this.#instants.add(`(case when ${instant} >= ${now} then ${turn} end)`);
  }

  /** The same so many milliseconds after an instant. */
  instantAfter(instant: string, ms: number): void {
    const draft = this.#draft;
    this.#rung(this.#instantLadders, instant, {
      rank: ms,
      isAhead: `${instant} >= ${draft.moment(-ms)}`,
      turn: this.#notNow(`(${instant} + ${spanSql(draft, ms)})`),
    });
  }

  /** An expression that is null or an instant after now. */
  ahead(instant: string): void {
    this.#instants.add(instant);
  }

  /** When the first of the events is as old as a window is long. */
  exit(events: EventsOf, ms: number): void {
    const draft = this.#draft;
    const since = draft.moment(-ms);
    const isAhead = `${EVENT}._at > ${since}`;
    const turn = `(${EVENT}._at + ${spanSql(draft, ms)})`;
    this.#rung(this.#instantLadders, events, { rank: ms, isAhead, turn, since });
  }

  /** The same on the calendar: at the beginning of `day`, which is made of the event. */
  calendarExit(
    events: EventsOf,
    window: { readonly months: number; readonly since: string; readonly day: string },
  ): void {
    const { months, since, day } = window;
    const isAhead = `${EVENT}._at >= ${since}`;
    this.#rung(this.#dayLadders, events, { rank: months, isAhead, turn: day, since });
  }

  /** The least of all, null for none; not rounded to milliseconds. */
  least(): string {
    const days = [...this.#days, ...this.#written(this.#dayLadders)];
    const instants = [...this.#instants, ...this.#written(this.#instantLadders)];
    if (days.length > 0) {
      instants.push(startOfDaySql(this.#draft, leastOf(days)));
    }
    return leastOf(instants);
  }

  /**
   * The same in whole milliseconds. Criteria are asked at whole milliseconds; data may be finer, so the
   * instant is rounded up.
   */
  leastMillisecond(): string {
    return this.isEmpty
      ? "null::timestamptz"
      : `date_trunc('milliseconds', ${this.least()} + interval '999 microseconds')`;
  }

  #notNow(instant: string): string {
    return `greatest(${instant}, ${this.#draft.moment(1)})`;
  }

  #rung(ladders: Map<string, Ladder>, of: string | EventsOf, rung: Rung): void {
    const [key, events] = typeof of === "string" ? [of, undefined] : [JSON.stringify(of), of];
    const ladder = ladders.get(key) ?? { events, rungs: new Map() };
    ladders.set(key, ladder);
    ladder.rungs.set(rung.rank, rung);
  }

  #written(ladders: ReadonlyMap<string, Ladder>): readonly string[] {
    return [...ladders.values()].map(({ events, rungs }) => {
      const ranked = [...rungs.values()].toSorted((a, b) => a.rank - b.rank);
      const cases = ranked.map(({ isAhead, turn }) => `when ${isAhead} then ${turn}`);
      const first = `(case ${cases.join(" ")} end)`;
      return events === undefined
        ? first
        : this.#draft.pass(events.dataset).column({
            conjuncts: events.where,
            since: ranked.at(-1)?.since,
            aggregate: (filter) => `min(${first})${filter}`,
          });
    });
  }
}

function leastOf(candidates: readonly string[]): string {
  return candidates.length === 1 ? candidates.join("") : `least(${candidates.join(",\n")})`;
}

/**
 * The day on which somebody is that many years old: 1 March for 29 February in years without one, which
 * PostgreSQL makes 28 February. For every other birthday both terms are the same, or the second earlier.
 */
function birthdaySql(date: string, years: string): string {
  return `greatest((${date} + ${years})::date, (${date} - 1 + ${years})::date + 1)`;
}
