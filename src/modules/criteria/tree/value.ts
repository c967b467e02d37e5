import type { FixedSpan } from "./span.ts";
import type { EventSelection } from "./events.ts";

/**
 * What kind of thing a value is. `integer` and `decimal` are both exact numbers and compare with each
 * other. `sealed` is a value of a sealed field, whatever its type: it can be compared by equality alone.
 */
export type ValueType =
  | "text"
  | "integer"
  | "decimal"
  | "boolean"
  | "date"
  | "timestamp"
  | "text-list"
  | "sealed";

export interface TextLiteral {
  readonly kind: "text-literal";
  readonly text: string;
}

export interface NumberLiteral {
  readonly kind: "number-literal";
  /** Plain decimal digits, `-?\d+(\.\d+)?`, without needless zeros: never a binary float. */
  readonly text: string;
  /** Written without a fraction or an exponent. */
  readonly integer: boolean;
}

export interface BooleanLiteral {
  readonly kind: "boolean-literal";
  readonly value: boolean;
}

export interface DateLiteral {
  readonly kind: "date-literal";
  /** `YYYY-MM-DD`, years 0001 to 9999. */
  readonly date: string;
}

export interface InstantLiteral {
  readonly kind: "instant-literal";
  /** ISO 8601 in UTC with milliseconds, as `Date.prototype.toISOString` writes it. */
  readonly instant: string;
}

/** A value of a sealed field. */
export interface SealedLiteral {
  readonly kind: "sealed-literal";
  /** Its blind index, 32 lower-case hexadecimal digits. */
  readonly index: string;
}

/**
 * A field of the customer, of its account, of the event that is the member itself, or of what a `where`
 * looks at: an `event`, or a `person` of an account.
 */
export interface FieldValue {
  readonly kind: "field";
  readonly of: "customer" | "account" | "member" | "event" | "person";
  readonly dataset: string;
  readonly field: string;
  readonly type: ValueType;
}

/** The instant the criteria are asked for. */
export interface NowValue {
  readonly kind: "now";
}

export type ArithmeticOperator = "+" | "-" | "*" | "/";

/** Exact arithmetic; a quotient is cut (not rounded) after 12 decimals, and missing when divided by zero. */
export interface ArithmeticValue {
  readonly kind: "arithmetic";
  readonly operator: ArithmeticOperator;
  readonly left: Value;
  readonly right: Value;
}

export interface NegationValue {
  readonly kind: "negation";
  readonly operand: Value;
}

/** An instant moved by a fixed span. */
export interface ShiftValue {
  readonly kind: "shift";
  readonly instant: Value;
  readonly operator: "+" | "-";
  readonly span: FixedSpan;
}

export interface LetterCaseValue {
  readonly kind: "letter-case";
  readonly to: "lower" | "upper";
  readonly text: Value;
}

/** Characters (Unicode code points) of a text, or entries of a list. */
export interface SizeValue {
  readonly kind: "size";
  readonly of: Value;
}

/** Whole years since a date, counted in the client's time zone. */
export interface AgeValue {
  readonly kind: "age";
  readonly date: Value;
}

/** Calendar days since a date or since the day of an instant, in the client's time zone. */
export interface DaysSinceValue {
  readonly kind: "days-since";
  readonly of: Value;
}

/** The first instant of a date in the client's time zone: `timestamp(DATE)`. */
export interface StartOfDayValue {
  readonly kind: "start-of-day";
  readonly date: Value;
}

/** The date of an instant in the client's time zone: `date(TIMESTAMP)`. */
export interface DateOfValue {
  readonly kind: "date-of";
  readonly instant: Value;
}

/** Great-circle distance in kilometres. Coordinates in degrees; outside ±90 and ±180 they are missing. */
export interface DistanceValue {
  readonly kind: "distance";
  readonly latitude: Value;
  readonly longitude: Value;
  readonly toLatitude: Value;
  readonly toLongitude: Value;
}

export type AggregateFunction =
  | "count"
  | "sum"
  | "avg"
  | "min"
  | "max"
  | "first"
  | "last"
  | "distinct"
  | "firstAt"
  | "lastAt";

/**
 * `score("spend")`: the bucket in which the customer was when the score was last calculated, 1 for the
 * worst. Missing for who is not scored.
 */
export interface ScoreValue {
  readonly kind: "score";
  readonly score: string;
}

/** One number, text or instant made of selected events, or of selected people. */
export interface AggregateValue {
  readonly kind: "aggregate";
  readonly function: AggregateFunction;
  readonly events: EventSelection;
  /** The field it is made of; undefined for `count`, `firstAt` and `lastAt`. */
  readonly field: string | undefined;
  readonly type: ValueType;
}

export type Literal =
  | TextLiteral
  | NumberLiteral
  | BooleanLiteral
  | DateLiteral
  | InstantLiteral
  | SealedLiteral;

export type Value =
  | Literal
  | FieldValue
  | NowValue
  | ArithmeticValue
  | NegationValue
  | ShiftValue
  | LetterCaseValue
  | SizeValue
  | AgeValue
  | DaysSinceValue
  | StartOfDayValue
  | DateOfValue
  | DistanceValue
  | ScoreValue
  | AggregateValue;

/** Makes a node of the tree: frozen, so that trees can be shared between segments and threads of work. */
export function value<V extends Value>(node: V): V {
  return Object.freeze(node);
}

export function isLiteral(node: Value): node is Literal {
  return node.kind.endsWith("-literal");
}

/** The type of a value, from the node itself or its operands. */
export function typeOf(node: Value): ValueType {
  switch (node.kind) {
    case "text-literal":
    case "letter-case":
      return "text";
    case "number-literal":
      return node.integer ? "integer" : "decimal";
    case "boolean-literal":
      return "boolean";
    case "date-literal":
    case "date-of":
      return "date";
    case "instant-literal":
    case "now":
    case "shift":
    case "start-of-day":
      return "timestamp";
    case "sealed-literal":
      return "sealed";
    case "field":
    case "aggregate":
      return node.type;
    case "arithmetic":
      return node.operator !== "/" &&
        typeOf(node.left) === "integer" &&
        typeOf(node.right) === "integer"
        ? "integer"
        : "decimal";
    case "negation":
      return typeOf(node.operand);
    case "size":
    case "age":
    case "days-since":
    case "score":
      return "integer";
    case "distance":
      return "decimal";
  }
}

export function isNumber(type: ValueType): boolean {
  return type === "integer" || type === "decimal";
}
