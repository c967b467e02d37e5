/**
 * What remains of policies once the asker, the purpose and the field are known: conditions on the
 * customer, its account, its consents and the clock. Values that fail in Cedar (a missing attribute, an
 * overflow) are missing here.
 */
import type { Arithmetic, Comparison, TimePart } from "../cedar/expression.ts";
import type { ConsentChannel } from "../../criteria/index.ts";
import type { NumberKind } from "../cedar/value.ts";

export type ScalarType = "boolean" | "string" | NumberKind;

/** A field of the golden customer or account that the row belongs to. */
export interface Column {
  readonly kind: "column";
  readonly of: "customer" | "account";
  readonly field: string;
  readonly type: ScalarType | "set";
}

export interface Constant {
  readonly kind: "constant";
  readonly type: ScalarType;
  readonly value: boolean | string | bigint;
}

export type Residual =
  /** What fails in Cedar. */
  | { readonly kind: "missing" }
  | Constant
  | Column
  | { readonly kind: "present"; readonly column: Column }
  | { readonly kind: "now" | "today" }
  | { readonly kind: "consent"; readonly channel: ConsentChannel; readonly purpose: string }
  | { readonly kind: "not"; readonly of: Residual }
  | { readonly kind: "and" | "or"; readonly left: Residual; readonly right: Residual }
  /** Whether something is true, where missing is not: never missing itself. */
  | { readonly kind: "holds"; readonly of: Residual }
  | { readonly kind: "equal"; readonly left: Residual; readonly right: Residual }
  | {
      readonly kind: "comparison";
      readonly operator: Comparison;
      readonly left: Residual;
      readonly right: Residual;
    }
  | {
      readonly kind: "arithmetic";
      readonly operator: Arithmetic;
      readonly type: NumberKind;
      readonly left: Residual;
      readonly right: Residual;
    }
  | { readonly kind: "time-part"; readonly part: TimePart; readonly of: Residual }
  | {
      readonly kind: "like";
      readonly of: Residual;
      readonly pattern: readonly (string | undefined)[];
    }
  /** One value among written ones. */
  | { readonly kind: "one-of"; readonly of: Residual; readonly options: readonly Constant[] }
  /** A list that holds one value, all of several, or any of them. */
  | { readonly kind: "holds-one"; readonly column: Column; readonly member: Residual }
  | {
      readonly kind: "holds-all" | "holds-any";
      readonly column: Column;
      readonly members: readonly string[];
    }
  | { readonly kind: "empty"; readonly column: Column }
  | {
      readonly kind: "if";
      readonly test: Residual;
      readonly then: Residual;
      readonly otherwise: Residual;
    };

export const TRUE: Constant = { kind: "constant", type: "boolean", value: true };
export const FALSE: Constant = { kind: "constant", type: "boolean", value: false };

/** The boolean that a residual is for all rows; undefined when rows differ. */
export function constantTruth(residual: Residual): boolean | undefined {
  return residual.kind === "constant" && typeof residual.value === "boolean"
    ? residual.value
    : undefined;
}

/** Of residuals that are never missing, so that their order does not matter, and what both ask is asked once. */
export function both(left: Residual, right: Residual): Residual {
  const [known, other] = constantTruth(left) === undefined ? [right, left] : [left, right];
  switch (constantTruth(known)) {
    case true:
      return other;
    case false:
      return FALSE;
    case undefined:
      return allOf(new Map([...conjuncts(left), ...conjuncts(right)]));
  }
}

/** What remains to be asked of a residual where another one is known to hold; neither is ever missing. */
export function where(residual: Residual, known: Residual): Residual {
  const given = conjuncts(known);
  return allOf(new Map([...conjuncts(residual)].filter(([key]) => !given.has(key))));
}

/** By key; an `and` of residuals that can be missing is inside a `holds` wherever this is asked. */
function conjuncts(residual: Residual): ReadonlyMap<string, Residual> {
  return residual.kind === "and"
    ? new Map([...conjuncts(residual.left), ...conjuncts(residual.right)])
    : new Map([[residualKey(residual), residual]]);
}

function allOf(parts: ReadonlyMap<string, Residual>): Residual {
  const [first = TRUE, ...others] = parts.values();
  return others.reduce<Residual>((left, right) => ({ kind: "and", left, right }), first);
}

export function either(left: Residual, right: Residual): Residual {
  const [known, other] = constantTruth(left) === undefined ? [right, left] : [left, right];
  switch (constantTruth(known)) {
    case true:
      return TRUE;
    case false:
      return other;
    case undefined:
      return { kind: "or", left, right };
  }
}

export function opposite(of: Residual): Residual {
  const truth = constantTruth(of);
  if (truth !== undefined) {
    return truth ? FALSE : TRUE;
  }
  return of.kind === "not" ? of.of : { kind: "not", of };
}

/** Whether something is true. Of `a && b`: whether each is, since one that fails makes neither true. */
export function holds(of: Residual): Residual {
  switch (of.kind) {
    case "missing":
      return FALSE;
    case "and":
      return both(holds(of.left), holds(of.right));
    case "constant":
    case "present":
    case "consent":
    case "holds":
      return of;
    default:
      return { kind: "holds", of };
  }
}

/** Any of several residuals that are never missing; those that ask more than another one say nothing new. */
export function anyOf(residuals: readonly Residual[]): Residual {
  const distinct = [...new Map(residuals.map((one) => [residualKey(one), one])).values()];
  const asked = distinct.map((one) => ({ one, parts: conjuncts(one) }));
  let found: Residual = FALSE;
  for (const { one, parts } of asked) {
    const isCovered = asked.some(
      (other) => other.parts.size < parts.size && other.parts.keys().every((key) => parts.has(key)),
    );
    found = isCovered ? found : either(found, one);
  }
  return found;
}

const keys = new WeakMap<Residual, string>();

/** Equal for equal residuals. */
export function residualKey(residual: Residual): string {
  const known = keys.get(residual);
  if (known !== undefined) {
    return known;
  }
  const key = JSON.stringify(residual, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
  keys.set(residual, key);
  return key;
}
