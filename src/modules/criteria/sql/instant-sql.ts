import type { Value } from "../tree/index.ts";
import type { QueryDraft } from "./draft.ts";

/** Milliseconds as an interval without days, so that no session's time zone can change it. */
export function spanSql(draft: QueryDraft, ms: number): string {
  return draft.parameters.add(`${(ms / 1000).toFixed(3)} seconds`, "interval");
}

/** The instant of an expression that is the same for every customer; undefined when it is not one. */
export function fixedInstant(node: Value, asOf: Date): Date | undefined {
  switch (node.kind) {
    case "now":
      return asOf;
    case "instant-literal":
      return new Date(node.instant);
    case "shift": {
      const from = fixedInstant(node.instant, asOf);
      const sign = node.operator === "+" ? 1 : -1;
      return from && new Date(from.getTime() + sign * node.span.ms);
    }
    default:
      return undefined;
  }
}

/** The first instant of a date in the client's time zone. */
export function startOfDaySql(draft: QueryDraft, date: string): string {
  return `(${date}::timestamp at time zone ${draft.zone})`;
}

/** The date of an instant in the client's time zone. */
export function dateSql(draft: QueryDraft, instant: string): string {
  return `(${instant} at time zone ${draft.zone})::date`;
}
