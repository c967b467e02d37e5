import type { ConsentChannel } from "../consent.ts";
import type { EventSelection } from "./events.ts";
import type { FixedSpan } from "./span.ts";
import type { Literal, Value } from "./value.ts";

export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=";

export interface AndCondition {
  readonly kind: "and";
  /** Two or more; none is itself an `and`. */
  readonly operands: readonly Condition[];
}

export interface OrCondition {
  readonly kind: "or";
  /** Two or more; none is itself an `or`. */
  readonly operands: readonly Condition[];
}

export interface NotCondition {
  readonly kind: "not";
  readonly operand: Condition;
}

export interface ConstantCondition {
  readonly kind: "constant";
  readonly value: boolean;
}

/**
 * `==` and `!=` are never missing: a missing value equals only a missing value. An order comparison
 * with a missing value is missing.
 */
export interface ComparisonCondition {
  readonly kind: "comparison";
  readonly operator: ComparisonOperator;
  readonly left: Value;
  readonly right: Value;
}

/** `x in [..]`; a missing value is in no list. */
export interface MembershipCondition {
  readonly kind: "membership";
  readonly value: Value;
  readonly options: readonly Literal[];
}

/** `"x" in customer.tags`; missing when the list is. */
export interface ListContainsCondition {
  readonly kind: "list-contains";
  readonly list: Value;
  readonly item: Value;
}

/** `has(x)` and `x != null`, or the opposite. Never missing. */
export interface PresenceCondition {
  readonly kind: "presence";
  readonly value: Value;
  readonly present: boolean;
}

/** A boolean value by itself. */
export interface TruthCondition {
  readonly kind: "truth";
  readonly value: Value;
}

export interface TextTestCondition {
  readonly kind: "text-test";
  readonly test: "contains" | "startsWith" | "endsWith";
  readonly value: Value;
  readonly argument: Value;
}

/** A regular expression of the subset in `text/pattern.ts`, found anywhere in the text. */
export interface PatternCondition {
  readonly kind: "pattern";
  readonly value: Value;
  readonly pattern: string;
}

/** `any()` and `none()` of selected events. Never missing. */
export interface OccurrenceCondition {
  readonly kind: "occurrence";
  readonly events: EventSelection;
  readonly any: boolean;
}

/** Events in this order, each strictly later than the one before, the last less than `within` after the first. */
export interface SequenceCondition {
  readonly kind: "sequence";
  readonly steps: readonly EventSelection[];
  readonly within: FixedSpan;
}

/** `in_segment("loyal")`. Never missing. */
export interface SegmentCondition {
  readonly kind: "segment";
  readonly name: string;
}

/** `has_consent("marketing", "email")`: the one customer consents to that. Never missing. */
export interface ConsentCondition {
  readonly kind: "consent";
  /** A fideslang data use key. */
  readonly purpose: string;
  readonly channel: ConsentChannel;
}

/**
 * Somebody put the member into a segment by hand, or keeps it out, and that has not expired. Never
 * missing. No text says it: {@link withPins} puts it around a segment's criteria.
 */
export interface PinnedCondition {
  readonly kind: "pinned";
  readonly segment: string;
  /** The dataset of the segment's members; undefined: the customers. */
  readonly subject: string | undefined;
  readonly direction: "in" | "out";
}

/**
 * A condition is true, false or missing for a member (Kleene's three values); it belongs only when the
 * condition is true.
 */
export type Condition =
  | AndCondition
  | OrCondition
  | NotCondition
  | ConstantCondition
  | ComparisonCondition
  | MembershipCondition
  | ListContainsCondition
  | PresenceCondition
  | TruthCondition
  | TextTestCondition
  | PatternCondition
  | OccurrenceCondition
  | SequenceCondition
  | SegmentCondition
  | ConsentCondition
  | PinnedCondition;

/** Makes a node of the tree: frozen, so that trees can be shared between segments and threads of work. */
export function condition<C extends Condition>(node: C): C {
  return Object.freeze(node);
}

/** All of the operands; nested `and`s are flattened, a lone operand stands for itself. */
export function allOf(operands: readonly Condition[]): Condition {
  const flat = operands.flatMap((operand) => (operand.kind === "and" ? operand.operands : operand));
  const [first, second] = flat;
  if (first === undefined) {
    return condition({ kind: "constant", value: false });
  }
  return second === undefined ? first : condition({ kind: "and", operands: Object.freeze(flat) });
}

/** Any of the operands; nested `or`s are flattened, a lone operand stands for itself. Nothing gives false. */
export function anyOf(operands: readonly Condition[]): Condition {
  const flat = operands.flatMap((operand) => (operand.kind === "or" ? operand.operands : operand));
  const [first, second] = flat;
  if (first === undefined) {
    return condition({ kind: "constant", value: false });
  }
  return second === undefined ? first : condition({ kind: "or", operands: Object.freeze(flat) });
}

/** A parsed criteria text: the tree, and what looks wrong about it although it can be evaluated. */
export interface Criteria {
  readonly root: Condition;
  /** The dataset whose rows can be members: accounts or events; undefined: the customers. */
  readonly subject?: string | undefined;
  /** Sentences for the author: contradictions, conditions that hold for everybody. */
  readonly warnings: readonly string[];
}

/** The criteria of a segment that has pins: (criteria or pinned in) and not pinned out. */
export function withPins(criteria: Criteria, segment: string): Criteria {
  const { root, subject } = criteria;
  const pinned = (direction: PinnedCondition["direction"]): Condition =>
    condition({ kind: "pinned", segment, subject, direction });
  const out = condition({ kind: "not", operand: pinned("out") });
  return Object.freeze({ ...criteria, root: allOf([anyOf([root, pinned("in")]), out]) });
}
