import type { Value } from "../tree/index.ts";
import type { QueryDraft } from "./draft.ts";

/** Milliseconds as an interval without days, so that no session's time zone can change it. */
export function spanSql(draft: QueryDraft, ms: number): string {
  return draft.parameters.add(`${(ms / 1000).toFixed(3)} seconds`, "interval");
}

/** A timestamp as something that stands still, or the clock, plus milliseconds. */
export function linear(node: Value): { readonly base: Value; readonly offsetMs: number } {
  if (node.kind !== "shift") {
    return { base: node, offsetMs: 0 };
  }
  const { base, offsetMs } = linear(node.instant);
  return { base, offsetMs: offsetMs + (node.operator === "+" ? node.span.ms : -node.span.ms) };
}

/** The parameter of an instant that is the same for every customer; undefined when it is not one. */
export function fixedInstant(draft: QueryDraft, node: Value): string | undefined {
  const { base, offsetMs } = linear(node);
  switch (base.kind) {
    case "now":
      return draft.moment(offsetMs);
    case "instant-literal":
      return offsetMs === 0
        ? draft.instant(new Date(base.instant))
        : draft.once(`(${draft.instant(new Date(base.instant))} + ${spanSql(draft, offsetMs)})`);
    default:
      return undefined;
  }
}

/**
 * The first instant of a date in the client's time zone. Of a midnight that the clocks show twice
 * (01:00 becomes 00:00 in the Azores) PostgreSQL takes the second: the instant after the day before
 * is the first. Where that instant is skipped (23:00 becomes 00:00 in Nuuk) midnight itself is.
 */
export function startOfDaySql(draft: QueryDraft, date: string): string {
  const midnight = `(${date}::timestamp at time zone ${draft.zone})`;
  const tick = "interval '1 microsecond'";
  return `least(${midnight}, ((${date}::timestamp - ${tick}) at time zone ${draft.zone}) + ${tick})`;
}

/** The date of an instant in the client's time zone. */
export function dateSql(draft: QueryDraft, instant: string): string {
  return `(${instant} at time zone ${draft.zone})::date`;
}
