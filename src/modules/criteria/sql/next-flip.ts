import type {
  ComparisonCondition,
  Condition,
  Criteria,
  EventSelection,
  EventWindow,
  Span,
  Value,
} from "../tree/index.ts";
import { childrenOfCondition, childrenOfValue, typeOf, valuesOfWindow } from "../tree/index.ts";
import { membershipOf } from "../subject.ts";
import { ageComparison, consentAsked, pinSql } from "./condition-sql.ts";
import { consentFlipsSql } from "./consent-sql.ts";
import { daysSinceComparison } from "./days-since-sql.ts";
import type { Query, QueryDraft, QueryOptions, Row } from "./draft.ts";
import { EVENT } from "./draft.ts";
import type { EventsOf } from "./flips.ts";
import { Flips } from "./flips.ts";
import { dateSql, linear, spanSql, startOfDaySql } from "./instant-sql.ts";
import { draftFor } from "./query.ts";
import { criteriaOf } from "./segments.ts";
import { windowStart } from "./selection-sql.ts";
import { valueSql } from "./value-sql.ts";

/**
 * `_id` and `next_flip` for each member (of those asked about): an instant after the as-of instant
 * before which the answer cannot change unless the data does, or null when time alone never changes it.
 *
 * Never late: between the two instants the answer is the same. It may be early (the answer then turns
 * out unchanged and the next instant is asked for): when another part of an `||` already holds, or when
 * an event of the future comes that a `where` then does not take.
 */
export function nextFlipQuery(criteria: Criteria, options: QueryOptions): Query {
  const draft = draftFor([criteria], options);
  const next = flipsOf(draft, [criteria]).leastMillisecond();
  return draft.statement(`select ${draft.memberId}, ${next} as next_flip`);
}

/** Where the answers of any of the criteria can change as time goes by. */
export function flipsOf(draft: QueryDraft, criteria: readonly Criteria[]): Flips {
  const writer = new FlipWriter(draft);
  for (const one of criteria) {
    writer.condition(membershipOf(one, draft.subject), "member");
  }
  return writer.flips;
}

/** Walks criteria and notes their flips. */
class FlipWriter {
  readonly flips: Flips;
  readonly #draft: QueryDraft;

  constructor(draft: QueryDraft) {
    this.#draft = draft;
    this.flips = new Flips(draft);
  }

  condition(node: Condition, row: Row): void {
    if (node.kind === "comparison") {
      this.#comparison(node, row);
    } else if (node.kind === "segment") {
      this.condition(criteriaOf(this.#draft.segments, node.name).root, row);
    } else if (node.kind === "pinned") {
      this.flips.instant(pinSql(this.#draft, node, "expires_at"));
    } else if (node.kind === "consent") {
      const flips = consentFlipsSql(consentAsked(this.#draft, node));
      this.flips.ahead(`${this.#draft.join(flips)}.flip`);
    } else if (node.kind === "membership" && isClock(node.value)) {
      for (const right of node.options) {
        this.#comparison({ kind: "comparison", operator: "==", left: node.value, right }, row);
      }
    } else {
      const { conditions, values, selections } = childrenOfCondition(node);
      conditions.forEach((child) => this.condition(child, row));
      values.forEach((child) => this.#value(child, row));
      selections.forEach((selection) => this.#selection(selection));
    }
  }

  /** When the value itself can change; an instant that moves with the clock is its comparison's concern. */
  #value(node: Value, row: Row): void {
    const { values, selections } = childrenOfValue(node);
    values.forEach((child) => this.#value(child, row));
    selections.forEach((selection) => this.#selection(selection));
    if (node.kind === "age") {
      const age = valueSql(this.#draft, node, row);
      this.flips.nextBirthday(valueSql(this.#draft, node.date, row), age);
      this.#clockDay(node.date);
    } else if (node.kind === "days-since") {
      this.flips.midnight();
      this.#clockDay(node.of);
    } else if (node.kind === "date-of") {
      this.#clockDay(node);
    }
  }

  /** When a date that follows the clock moves on: at the midnights of the shifted clock. */
  #clockDay(node: Value): void {
    const draft = this.#draft;
    const { base, offsetMs } = linear(node.kind === "date-of" ? node.instant : node);
    if (base.kind === "now") {
      const tomorrow = `(${dateSql(draft, draft.moment(offsetMs))} + 1)`;
      const turn = `(${startOfDaySql(draft, tomorrow)} - ${spanSql(draft, offsetMs)})`;
      this.flips.ahead(draft.once(turn));
    }
  }

  #comparison(node: ComparisonCondition, row: Row): void {
    if (this.#age(node, row) || this.#daysSince(node, row) || this.#today(node, row)) {
      return;
    }
    this.#value(node.left, row);
    this.#value(node.right, row);
    if (typeOf(node.left) === "timestamp") {
      this.#clock(node, row);
    }
  }

  /** `now() + x` against an instant `t + y` turns at `t + y - x`. */
  #clock(node: ComparisonCondition, row: Row): void {
    const left = linear(node.left);
    const right = linear(node.right);
    if ((left.base.kind === "now") !== (right.base.kind === "now")) {
      const [clock, other] = left.base.kind === "now" ? [left, right] : [right, left];
      const instant = valueSql(this.#draft, other.base, row);
      this.flips.instantAfter(instant, other.offsetMs - clock.offsetMs);
    }
  }

  /** `age(d)` beside whole years turns on one birthday, or on two for `==` and `!=`. */
  #age(node: ComparisonCondition, row: Row): boolean {
    const comparison = ageComparison(node);
    if (comparison === undefined || isClock(comparison.age.date)) {
      return false;
    }
    const date = valueSql(this.#draft, comparison.age.date, row);
    const { operator, years } = comparison;
    if (operator !== ">" && operator !== "<=") {
      this.flips.birthday(date, years);
    }
    if (operator !== ">=" && operator !== "<") {
      this.flips.birthday(date, years + 1);
    }
    this.#value(comparison.age.date, row);
    return true;
  }

  /** `daysSince(d)` beside a whole number n turns when the n-th day begins, or the one after, or both. */
  #daysSince(node: ComparisonCondition, row: Row): boolean {
    const comparison = daysSinceComparison(node);
    if (comparison === undefined || isClock(comparison.since.of)) {
      return false;
    }
    const { since, operator, days } = comparison;
    const value = valueSql(this.#draft, since.of, row);
    const isInstant = typeOf(since.of) === "timestamp";
    if (operator !== ">" && operator !== "<=") {
      this.flips.daysAfter(value, days, isInstant);
    }
    if (operator !== ">=" && operator !== "<") {
      this.flips.daysAfter(value, days + 1, isInstant);
    }
    this.#value(since.of, row);
    return true;
  }

  /** `date(now())` against a date turns when that date begins, or the day after it. */
  #today(node: ComparisonCondition, row: Row): boolean {
    const [today, other] = isToday(node.left) ? [node.left, node.right] : [node.right, node.left];
    if (!isToday(today) || isClock(other) || typeOf(other) !== "date") {
      return false;
    }
    const value = valueSql(this.#draft, other, row);
    this.flips.daysAfter(value, 0, false);
    this.flips.daysAfter(value, 1, false);
    this.#value(other, row);
    return true;
  }

  /** Whenever an event enters or leaves the selection. */
  #selection(selection: EventSelection): void {
    const { window, where } = selection;
    valuesOfWindow(window).forEach((bound) => this.#bound(bound));
    const ofEvents = new FlipWriter(this.#draft);
    if (where !== undefined) {
      ofEvents.condition(where, "event");
    }
    if (!ofEvents.flips.isEmpty) {
      this.#changingEvents(selection, ofEvents.flips);
    } else if (window.kind !== "timeless") {
      this.#events(selection);
    }
  }

  /** Events come when their time does, and leave by their age alone: windows are monotone in `_at`. */
  #events({ dataset, window, where }: EventSelection): void {
    const draft = this.#draft;
    const first = (isAhead: string, since: string, where: readonly string[]): string =>
      draft.pass(dataset).column({
        conjuncts: [isAhead, ...where],
        since,
        aggregate: (filter) => `min(${EVENT}._at)${filter}`,
      });
    // Whether `where` takes it is not asked: events of the future are few, and one column serves all.
    this.flips.ahead(first(`${EVENT}._at > ${draft.now}`, draft.now, []));
    const bounds = clockBounds(window);
    if (window.kind !== "within" && bounds.length === 0) {
      return;
    }
    const taken =
      where === undefined ? [] : [draft.write.condition(where, { row: "event", need: "truth" })];
    if (window.kind === "within") {
      this.#exit({ dataset, where: taken }, window.span);
    }
    for (const offsetMs of bounds) {
      const since = draft.moment(offsetMs);
      const at = first(`${EVENT}._at >= ${since}`, since, taken);
      this.flips.instant(`(${at} - ${spanSql(draft, offsetMs)})`);
    }
  }

  #exit(events: EventsOf, span: Span): void {
    if (span.kind === "fixed") {
      this.flips.exit(events, span.ms);
    } else {
      const { months } = span;
      const since = windowStart(this.#draft, span);
      this.flips.calendarExit(events, { months, since, day: this.#calendarDay(months) });
    }
  }

  /** Events that `where` takes at one time and not at another: each has a next flip of its own. */
  #changingEvents({ dataset, window }: EventSelection, flips: Flips): void {
    const draft = this.#draft;
    const at = `${EVENT}._at`;
    if (window.kind !== "timeless") {
      flips.instant(at);
    }
    const span = window.kind === "within" ? window.span : undefined;
    if (span?.kind === "fixed") {
      flips.instantAfter(at, span.ms);
    } else if (span?.kind === "calendar") {
      flips.day(this.#calendarDay(span.months));
    }
    clockBounds(window).forEach((offsetMs) => flips.instantAfter(at, -offsetMs));
    const since = span && windowStart(draft, span);
    const least = flips.least();
    const first = draft.pass(dataset).column({
      conjuncts: since === undefined ? [] : [`${at} >= ${since}`],
      since,
      aggregate: (filter) => `min(${least})${filter}`,
    });
    this.flips.ahead(first);
  }

  /**
   * A calendar window moves at midnight only, and an event leaves it on the day after the same day that
   * many months later, or some days later where months differ in length: from then on, every midnight.
   */
  #calendarDay(months: number): string {
    const draft = this.#draft;
    const span = draft.parameters.add(`${months} months`, "interval");
    const tomorrow = draft.once(`(${draft.today} + 1)`);
    return `greatest((${dateSql(draft, `${EVENT}._at`)} + ${span})::date + 1, ${tomorrow})`;
  }

  /** The end of a window that follows the calendar of the clock moves at midnight. */
  #bound(bound: Value): void {
    if (linear(bound).base.kind !== "now") {
      this.#value(bound, "member");
    }
  }
}

/** The ends of a window that move with the clock: how far after it they are. */
function clockBounds(window: EventWindow): readonly number[] {
  const bounds = valuesOfWindow(window).map(linear);
  return bounds.filter(({ base }) => base.kind === "now").map(({ offsetMs }) => offsetMs);
}

function isToday(node: Value): boolean {
  return node.kind === "date-of" && node.instant.kind === "now";
}

/** Whether a value moves with the clock. */
function isClock(node: Value): boolean {
  return node.kind === "now" || childrenOfValue(node).values.some(isClock);
}
