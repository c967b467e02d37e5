import type { Condition } from "./condition.ts";
import type { Span } from "./span.ts";
import type { Value } from "./value.ts";

/** `within("90d")`: after the instant that lies the span before the as-of instant. */
export interface WithinWindow {
  readonly kind: "within";
  readonly span: Span;
}

/** `between(a, b)`: from `from` on, before `until`. */
export interface BetweenWindow {
  readonly kind: "between";
  readonly from: Value;
  readonly until: Value;
}

/** `before(t)`: earlier than `until`. */
export interface BeforeWindow {
  readonly kind: "before";
  readonly until: Value;
}

/** `after(t)`: at `from` or later, so that `before(t)` and `after(t)` share out all events. */
export interface AfterWindow {
  readonly kind: "after";
  readonly from: Value;
}

/** No window: everything up to the as-of instant. */
export interface AllTimeWindow {
  readonly kind: "all-time";
}

/** Of people: they belong to an account now, or they do not. */
export interface TimelessWindow {
  readonly kind: "timeless";
}

/** When events count. Whatever the window, events later than the as-of instant never do. */
export type EventWindow =
  | WithinWindow
  | BetweenWindow
  | BeforeWindow
  | AfterWindow
  | AllTimeWindow
  | TimelessWindow;

/**
 * Some events of one dataset: those in the window for which `where` is true. Of a customer, or of all
 * people of an account. With a timeless window the dataset is the customers, and the selection some of
 * an account's people.
 */
export interface EventSelection {
  readonly dataset: string;
  readonly window: EventWindow;
  readonly where: Condition | undefined;
}

export function eventSelection(selection: EventSelection): EventSelection {
  return Object.freeze({ ...selection, window: Object.freeze(selection.window) });
}
