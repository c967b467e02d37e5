import type {
  ComparisonCondition,
  Condition,
  Criteria,
  EventSelection,
  Value,
} from "../tree/index.ts";
import { childrenOfCondition, childrenOfValue, typeOf, valuesOfWindow } from "../tree/index.ts";
import { membershipOf } from "../subject.ts";
import { ageComparison, pinTable } from "./condition-sql.ts";
import type { Query, QueryDraft, QueryOptions, Row } from "./draft.ts";
import { EVENT } from "./draft.ts";
import { draftFor } from "./query.ts";
import { meaningOf } from "./segments.ts";
import { windowStart } from "./selection-sql.ts";
import { dateSql, linear, spanSql, startOfDaySql } from "./instant-sql.ts";
import { dayOf, valueSql } from "./value-sql.ts";

/**
 * `_id` and `next_flip` for each customer (of those asked about): an instant after the as-of instant
 * before which the answer cannot change unless the data does, or null when time alone never changes it.
 *
 * Never late: between the two instants the answer is the same. It may be early (the answer then turns
 * out unchanged and the next instant is asked for), as when another part of an `||` already holds.
 * Criteria are asked at whole milliseconds; data may be finer, so an instant is rounded up to the next.
 *
 * Segments that are stored elsewhere have flips of their own, which are not part of this.
 */
export function nextFlipQuery(criteria: Criteria, options: QueryOptions): Query {
  const draft = draftFor([criteria], options);
  return draft.statement(
    `select ${draft.memberId}, ${dueSql(draft, nextFlipsOf(draft, criteria))} as next_flip`,
  );
}

/** Instants, one of which is the next at which the answer can change: SQL, null or after as-of. */
export function nextFlipsOf(draft: QueryDraft, criteria: Criteria): readonly string[] {
  return distinct(flipsOfCondition(draft, membershipOf(criteria, draft.subject), "member"));
}

/** The least of the instants, null when there is none. */
export function dueSql(_draft: QueryDraft, flips: readonly string[]): string {
  return flips.length === 0 ? "null::timestamptz" : `least(${flips.join(",\n")})`;
}

function distinct(flips: readonly string[]): readonly string[] {
  return [...new Set(flips)];
}

/** Candidates, each null or an instant after the as-of instant. */
function flipsOfCondition(draft: QueryDraft, node: Condition, row: Row): readonly string[] {
  if (node.kind === "comparison") {
    return comparisonFlips(draft, node, row);
  }
  if (node.kind === "segment") {
    const meaning = meaningOf(draft.segments, node.name);
    return meaning.kind === "stored" ? [] : flipsOfCondition(draft, meaning.criteria.root, row);
  }
  if (node.kind === "pinned") {
    return [boundary(draft, `${pinTable(draft, node)}.expires_at`)];
  }
  if (node.kind === "membership" && isClock(node.value)) {
    return node.options.flatMap((option) =>
      comparisonFlips(
        draft,
        { kind: "comparison", operator: "==", left: node.value, right: option },
        row,
      ),
    );
  }
  const { conditions, values, selections } = childrenOfCondition(node);
  return [
    ...conditions.flatMap((child) => flipsOfCondition(draft, child, row)),
    ...values.flatMap((child) => flipsOfValue(draft, child, row)),
    ...selections.flatMap((selection) => flipsOfSelection(draft, selection)),
  ];
}

/** When the value itself can change; an instant that moves with the clock is its comparison's concern. */
function flipsOfValue(draft: QueryDraft, node: Value, row: Row): readonly string[] {
  const { values, selections } = childrenOfValue(node);
  const below = [
    ...values.flatMap((child) => flipsOfValue(draft, child, row)),
    ...selections.flatMap((selection) => flipsOfSelection(draft, selection)),
  ];
  switch (node.kind) {
    case "age":
      return [...below, nextBirthday(draft, node.date, row), ...clockDays(draft, node.date)];
    case "days-since":
      return [...below, nextMidnight(draft), ...clockDays(draft, node.of)];
    case "date-of":
      return [...below, ...clockDays(draft, node)];
    default:
      return below;
  }
}

/** When a date that follows the clock moves on: at the midnights of the shifted clock. */
function clockDays(draft: QueryDraft, node: Value): readonly string[] {
  const instant = node.kind === "date-of" ? node.instant : node;
  const { base, offsetMs } = linear(instant);
  if (base.kind !== "now") {
    return [];
  }
  const shifted = draft.moment(offsetMs);
  const midnight = startOfDaySql(draft, `(${dateSql(draft, shifted)} + 1)`);
  return [boundary(draft, `(${midnight} - ${spanSql(draft, offsetMs)})`)];
}

function comparisonFlips(
  draft: QueryDraft,
  node: ComparisonCondition,
  row: Row,
): readonly string[] {
  const exact =
    ageFlips(draft, node, row) ?? daysSinceFlips(draft, node, row) ?? todayFlips(draft, node, row);
  if (exact !== undefined) {
    return exact;
  }
  const values = [node.left, node.right].flatMap((side) => flipsOfValue(draft, side, row));
  if (typeOf(node.left) !== "timestamp") {
    return values;
  }
  return [...values, ...clockFlips(draft, node, row)];
}

/** `now() + x` against an instant `t + y` turns at `t + y - x`. */
function clockFlips(draft: QueryDraft, node: ComparisonCondition, row: Row): readonly string[] {
  const left = linear(node.left);
  const right = linear(node.right);
  if ((left.base.kind === "now") === (right.base.kind === "now")) {
    return [];
  }
  const [clock, other] = left.base.kind === "now" ? [left, right] : [right, left];
  const distance = spanSql(draft, other.offsetMs - clock.offsetMs);
  return [boundary(draft, `(${valueSql(draft, other.base, row)} + ${distance})`)];
}

/** `age(d)` beside whole years turns on one birthday, or on two for `==` and `!=`. */
function ageFlips(
  draft: QueryDraft,
  node: ComparisonCondition,
  row: Row,
): readonly string[] | undefined {
  const comparison = ageComparison(node);
  if (comparison === undefined || isClock(comparison.age.date)) {
    return undefined;
  }
  const date = valueSql(draft, comparison.age.date, row);
  const { operator, years } = comparison;
  const first = operator === ">" || operator === "<=" ? [] : [years];
  const second = operator === ">=" || operator === "<" ? [] : [years + 1];
  return [
    ...[...first, ...second].map((count) => {
      const birthday = birthdaySql(date, draft.parameters.add(`${count} years`, "interval"));
      return boundary(draft, startOfDaySql(draft, birthday));
    }),
    ...flipsOfValue(draft, comparison.age.date, row),
  ];
}

/** Farther days than dates can be moved by are not worth an exact answer. */
const FARTHEST_DAYS = /^-?\d{1,5}$/;

/** `daysSince(d)` beside a whole number n turns when the n-th day begins, or the one after. */
function daysSinceFlips(
  draft: QueryDraft,
  node: ComparisonCondition,
  row: Row,
): readonly string[] | undefined {
  const [since, count] =
    node.left.kind === "days-since" ? [node.left, node.right] : [node.right, node.left];
  if (
    since.kind !== "days-since" ||
    count.kind !== "number-literal" ||
    !FARTHEST_DAYS.test(count.text) ||
    isClock(since.of)
  ) {
    return undefined;
  }
  const day = dayOf(draft, since.of, row);
  const days = Number(count.text);
  return [
    ...dayFlips(draft, `(${day} + ${draft.parameters.add(String(days), "integer")})`),
    ...flipsOfValue(draft, since.of, row),
  ];
}

/** `date(now())` against a date turns when that date begins, or the day after it. */
function todayFlips(
  draft: QueryDraft,
  node: ComparisonCondition,
  row: Row,
): readonly string[] | undefined {
  const [today, other] = isToday(node.left) ? [node.left, node.right] : [node.right, node.left];
  if (!isToday(today) || isClock(other) || typeOf(other) !== "date") {
    return undefined;
  }
  return [...dayFlips(draft, valueSql(draft, other, row)), ...flipsOfValue(draft, other, row)];
}

function isToday(node: Value): boolean {
  return node.kind === "date-of" && node.instant.kind === "now";
}

/** The beginnings of a day and of the day after it. */
function dayFlips(draft: QueryDraft, day: string): readonly string[] {
  return [
    boundary(draft, startOfDaySql(draft, day)),
    boundary(draft, startOfDaySql(draft, `(${day} + 1)`)),
  ];
}

/** Whether a value moves with the clock. */
function isClock(node: Value): boolean {
  return node.kind === "now" || childrenOfValue(node).values.some(isClock);
}

/**
 * The first whole millisecond at which the clock has reached `instant`, or, if that is now, the next
 * one, when it has passed it.
 */
function boundary(draft: QueryDraft, instant: string): string {
  const ceiling = `date_trunc('milliseconds', ${instant} + interval '999 microseconds')`;
  return (
    `(case when ${instant} > ${draft.now} then ${ceiling} ` +
    `when ${instant} = ${draft.now} then ${draft.moment(1)} end)`
  );
}

function nextMidnight(draft: QueryDraft): string {
  return startOfDaySql(draft, `(${draft.today} + 1)`);
}

/** The day on which somebody is that many years old: 1 March for 29 February in years without one. */
function birthdaySql(date: string, years: string): string {
  const day = `(${date} + ${years})::date`;
  return `(${day} + (extract(day from ${date}) = 29 and extract(day from ${day}) = 28)::integer)`;
}

function nextBirthday(draft: QueryDraft, node: Value, row: Row): string {
  const date = valueSql(draft, node, row);
  const age = valueSql(draft, { kind: "age", date: node }, row);
  const years = `make_interval(years => ${age} + 1)`;
  return boundary(draft, startOfDaySql(draft, birthdaySql(date, years)));
}

/** The first instant at which any event enters or leaves a selection. */
function flipsOfSelection(draft: QueryDraft, selection: EventSelection): readonly string[] {
  const { dataset, window, where } = selection;
  const inner = where === undefined ? [] : flipsOfCondition(draft, where, "event");
  const isTimeless = window.kind === "timeless";
  if (isTimeless && inner.length === 0) {
    return [];
  }
  const candidates = distinct([
    ...(isTimeless ? [] : [boundary(draft, `${EVENT}._at`)]),
    ...windowCandidates(draft, selection),
    ...inner,
  ]);
  const next = candidates.length === 1 ? candidates.join("") : `least(${candidates.join(", ")})`;
  const whereSql =
    where === undefined || inner.length > 0
      ? []
      : [draft.write.condition(where, { row: "event", need: "truth" })];
  // Nothing older than the window can enter it again; without a window only the future can matter.
  const since =
    window.kind === "within"
      ? windowStart(draft, window.span)
      : inner.length === 0 && valuesOfWindow(window).length === 0
        ? draft.now
        : undefined;
  const conjuncts = [...(since === undefined ? [] : [`${EVENT}._at >= ${since}`]), ...whereSql];
  const aggregate = (filter: string): string => `min(${next})${filter}`;
  const bounds = valuesOfWindow(window).flatMap((bound) => boundFlips(draft, bound));
  return [draft.pass(dataset).column({ conjuncts, since, aggregate }), ...bounds];
}

function windowCandidates(draft: QueryDraft, { window }: EventSelection): readonly string[] {
  if (window.kind === "within") {
    return [
      window.span.kind === "fixed"
        ? boundary(draft, `(${EVENT}._at + ${spanSql(draft, window.span.ms)})`)
        : calendarCandidate(draft, window.span.months),
    ];
  }
  return valuesOfWindow(window).flatMap((bound) => {
    const { base, offsetMs } = linear(bound);
    return base.kind === "now"
      ? [boundary(draft, `(${EVENT}._at - ${spanSql(draft, offsetMs)})`)]
      : [];
  });
}

/**
 * A calendar window moves at midnight only, and an event leaves it on the day after the same day that
 * many months later, or some days later where months differ in length: from then on, every midnight.
 */
function calendarCandidate(draft: QueryDraft, months: number): string {
  const span = draft.parameters.add(`${months} months`, "interval");
  const day = `((${dateSql(draft, `${EVENT}._at`)} + ${span})::date + 1)`;
  return `greatest(${startOfDaySql(draft, day)}, ${nextMidnight(draft)})`;
}

/** The end of a window that follows the calendar of the clock moves at midnight. */
function boundFlips(draft: QueryDraft, bound: Value): readonly string[] {
  return linear(bound).base.kind === "now" ? [] : flipsOfValue(draft, bound, "member");
}
