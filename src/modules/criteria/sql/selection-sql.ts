import { unreachable } from "../../../kernel/index.ts";
import type { EventSelection, EventWindow, Value } from "../tree/index.ts";
import type { QueryDraft } from "./draft.ts";
import { fixedInstant, startOfDaySql } from "./instant-sql.ts";

/** What an event of a selection must be, as conditions on `e`, and how old it can be. */
export interface SelectionConjuncts {
  readonly conjuncts: readonly string[];
  readonly since: string | undefined;
}

/** People have no time. Events of the future never count, so the as-of instant is a condition of every selection. */
export function selectionConjuncts(
  draft: QueryDraft,
  selection: EventSelection,
): SelectionConjuncts {
  const where =
    selection.where === undefined
      ? []
      : [draft.write.condition(selection.where, { row: "event", need: "truth" })];
  if (selection.window.kind === "timeless") {
    return { conjuncts: where, since: undefined };
  }
  const window = windowConjuncts(draft, selection.window);
  return {
    // The window first: most events are older than it, and none of them is asked a second question.
    conjuncts: [...window.conjuncts, `e._at <= ${draft.now}`, ...where],
    since: window.since,
  };
}

function windowConjuncts(
  draft: QueryDraft,
  window: Exclude<EventWindow, { kind: "timeless" }>,
): SelectionConjuncts {
  switch (window.kind) {
    case "all-time":
      return { conjuncts: [], since: undefined };
    case "within": {
      const start = windowStart(draft, window.span);
      const after = window.span.kind === "fixed" ? ">" : ">=";
      return { conjuncts: [`e._at ${after} ${start}`], since: start };
    }
    case "between": {
      const from = boundSql(draft, window.from);
      const until = boundSql(draft, window.until);
      return { conjuncts: [`e._at >= ${from}`, `e._at < ${until}`], since: from };
    }
    case "after": {
      const from = boundSql(draft, window.from);
      return { conjuncts: [`e._at >= ${from}`], since: from };
    }
    case "before":
      return { conjuncts: [`e._at < ${boundSql(draft, window.until)}`], since: undefined };
    default:
      return unreachable(window);
  }
}

/**
 * Where `within` begins. Fixed spans: that long ago, exclusive. Calendar spans: the first instant of
 * the day that many months before today (of the last day of the month, when it has no such day),
 * inclusive; so calendar windows move at midnight only.
 */
export function windowStart(
  draft: QueryDraft,
  span: Extract<EventWindow, { kind: "within" }>["span"],
): string {
  if (span.kind === "fixed") {
    return draft.moment(-span.ms);
  }
  const months = draft.parameters.add(`${span.months} months`, "interval");
  return draft.once(startOfDaySql(draft, `(${draft.today} - ${months})::date`));
}

/** The end of a window: an expression without any column. */
export function boundSql(draft: QueryDraft, bound: Value): string {
  return fixedInstant(draft, bound) ?? draft.once(draft.write.value(bound, "member"));
}
