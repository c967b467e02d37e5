/**
 * Cedar's expressions, read from the JSON form that its own parser gives. The closed union is what the
 * compiler knows; whatever else Cedar can say is refused here, with the reason.
 */
import type { Expr } from "@cedar-policy/cedar-wasm/nodejs";
import { readDatetime, readDecimal, readDuration } from "./extension.ts";
import { entityValue, numberValue, stringValue, booleanValue } from "./value.ts";
import type { Value } from "./value.ts";

export type Comparison = "<" | "<=" | ">" | ">=";
export type Arithmetic = "+" | "-" | "*";

/** The methods of datetimes and durations that take no argument. */
export const TIME_PARTS = [
  "toDate",
  "toTime",
  "toMilliseconds",
  "toSeconds",
  "toMinutes",
  "toHours",
  "toDays",
] as const;

export type TimePart = (typeof TIME_PARTS)[number];

export type Expression =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "variable"; readonly name: "principal" | "action" | "resource" | "context" }
  | { readonly kind: "not"; readonly of: Expression }
  | { readonly kind: "is-empty"; readonly of: Expression }
  | { readonly kind: "negation"; readonly of: Expression }
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "equal" | "in"; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: "contains" | "contains-all" | "contains-any";
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "comparison";
      readonly operator: Comparison;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: "arithmetic";
      readonly operator: Arithmetic;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
  | { readonly kind: "has"; readonly of: Expression; readonly name: string }
  | {
      readonly kind: "like";
      readonly of: Expression;
      /** Texts, with undefined where anything may stand. */
      readonly pattern: readonly (string | undefined)[];
    }
  | {
      readonly kind: "is";
      readonly of: Expression;
      readonly type: string;
    }
  | {
      readonly kind: "if";
      readonly test: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
    }
  | { readonly kind: "set"; readonly members: readonly Expression[] }
  | { readonly kind: "offset" | "duration-since"; readonly of: Expression; readonly by: Expression }
  | { readonly kind: "time-part"; readonly part: TimePart; readonly of: Expression };

/** What the compiler cannot express. The message is the reason, without a place. */
export class Inexpressible extends Error {
  override readonly name = "Inexpressible";
}

type MakeBinary = (left: Expression, right: Expression) => Expression;

const compares =
  (operator: Comparison): MakeBinary =>
  (left, right) => ({ kind: "comparison", operator, left, right });

const calculates =
  (operator: Arithmetic): MakeBinary =>
  (left, right) => ({ kind: "arithmetic", operator, left, right });

const BINARY = new Map<string, MakeBinary>([
  ["&&", (left, right) => ({ kind: "and", left, right })],
  ["||", (left, right) => ({ kind: "or", left, right })],
  ["==", (left, right) => ({ kind: "equal", left, right })],
  ["!=", (left, right) => ({ kind: "not", of: { kind: "equal", left, right } })],
  ["in", (left, right) => ({ kind: "in", left, right })],
  ["contains", (left, right) => ({ kind: "contains", left, right })],
  ["containsAll", (left, right) => ({ kind: "contains-all", left, right })],
  ["containsAny", (left, right) => ({ kind: "contains-any", left, right })],
  ["offset", (of, by) => ({ kind: "offset", of, by })],
  ["durationSince", (of, by) => ({ kind: "duration-since", of, by })],
  ["<", compares("<")],
  ["<=", compares("<=")],
  [">", compares(">")],
  [">=", compares(">=")],
  // Decimals have methods instead of operators; they mean the same.
  ["lessThan", compares("<")],
  ["lessThanOrEqual", compares("<=")],
  ["greaterThan", compares(">")],
  ["greaterThanOrEqual", compares(">=")],
  ["+", calculates("+")],
  ["-", calculates("-")],
  ["*", calculates("*")],
]);

const LITERALS = new Map<string, (text: string) => Value | undefined>([
  ["decimal", readDecimal],
  ["datetime", readDatetime],
  ["duration", readDuration],
]);

/**
 * Reads an expression.
 * @throws Inexpressible when it has something that cannot be compiled
 */
export function readExpression(expr: Expr): Expression {
  const [entry] = Object.entries(expr);
  if (entry === undefined) {
    throw new Inexpressible("an empty expression means nothing");
  }
  const [operator, operand] = entry as [string, unknown];
  if (operator === "Value") {
    return { kind: "value", value: literal(operand) };
  }
  if (operator === "Var") {
    return { kind: "variable", name: operand as "principal" | "action" | "resource" | "context" };
  }
  if (operator === "Set") {
    return { kind: "set", members: (operand as Expr[]).map(readExpression) };
  }
  return (
    readLiteralCall(operator, operand) ??
    readUnary(operator, operand) ??
    readBinary(operator, operand) ??
    readSpecial(operator, operand)
  );
}

function literal(value: unknown): Value {
  if (typeof value === "boolean") {
    return booleanValue(value);
  }
  if (typeof value === "string") {
    if (value.includes("\0")) {
      throw new Inexpressible("no field can hold the character U+0000");
    }
    return stringValue(value);
  }
  if (typeof value === "number") {
    // The parser's JSON holds numbers as doubles: a larger one may already be another.
    if (!Number.isSafeInteger(value)) {
      throw new Inexpressible(`numbers beyond ±${Number.MAX_SAFE_INTEGER} cannot be read exactly`);
    }
    return numberValue("long", BigInt(value));
  }
  const { __entity: entity } = value as { __entity: { type: string; id: string } };
  return entityValue(entity.type, entity.id);
}

/** `decimal("1.5")`, `datetime("2026-01-01")` and `duration("7d")`, which stand for values. */
function readLiteralCall(operator: string, operand: unknown): Expression | undefined {
  const read = LITERALS.get(operator);
  if (read === undefined) {
    return undefined;
  }
  const [argument] = operand as Expr[];
  const text = argument !== undefined && "Value" in argument ? argument.Value : undefined;
  const value = typeof text === "string" ? read(text) : undefined;
  if (value === undefined) {
    throw new Inexpressible(`${operator}() is made of a text that is written out, in its own form`);
  }
  return { kind: "value", value };
}

function readUnary(operator: string, operand: unknown): Expression | undefined {
  const part = TIME_PARTS.find((name) => name === operator);
  if (part !== undefined) {
    return { kind: "time-part", part, of: argumentsOf(operand)[0] };
  }
  const kind = ({ "!": "not", neg: "negation", isEmpty: "is-empty" } as const)[operator];
  return kind === undefined
    ? undefined
    : { kind, of: readExpression((operand as { arg: Expr }).arg) };
}

function readBinary(operator: string, operand: unknown): Expression | undefined {
  const make = BINARY.get(operator);
  return make === undefined ? undefined : make(...argumentsOf(operand));
}

/** Operators come with a left and a right, methods with a list whose first is what they are called on. */
function argumentsOf(operand: unknown): [Expression, Expression] {
  const [left, right] = Array.isArray(operand)
    ? (operand as Expr[])
    : [(operand as { left: Expr }).left, (operand as { right: Expr }).right];
  const first = readExpression(left ?? { Value: true });
  return [first, right === undefined ? first : readExpression(right)];
}

function readSpecial(operator: string, operand: unknown): Expression {
  switch (operator) {
    case ".": {
      const { left, attr } = operand as { left: Expr; attr: string };
      return { kind: "attribute", of: readExpression(left), name: attr };
    }
    case "has": {
      const { left, attr } = operand as { left: Expr; attr: string | string[] };
      return readHas(readExpression(left), Array.isArray(attr) ? attr : [attr]);
    }
    case "like": {
      const { left, pattern } = operand as {
        left: Expr;
        pattern: ("Wildcard" | { Literal: string })[];
      };
      const parts = pattern.map((part) => (part === "Wildcard" ? undefined : part.Literal));
      if (parts.some((part) => part?.includes("\0"))) {
        throw new Inexpressible("no field can hold the character U+0000");
      }
      return { kind: "like", of: readExpression(left), pattern: parts };
    }
    case "is": {
      const { left, entity_type: type, in: above } = operand as IsOperand;
      const of = readExpression(left);
      const is: Expression = { kind: "is", of, type };
      return above === undefined
        ? is
        : { kind: "and", left: is, right: { kind: "in", left: of, right: readExpression(above) } };
    }
    case "if-then-else": {
      const { if: test, then, else: otherwise } = operand as Record<"if" | "then" | "else", Expr>;
      return {
        kind: "if",
        test: readExpression(test),
        then: readExpression(then),
        otherwise: readExpression(otherwise),
      };
    }
    case "hasTag":
    case "getTag":
      throw new Inexpressible("nothing here has tags");
    case "Record":
      throw new Inexpressible("records cannot be made in a condition: compare their members");
    default:
      throw new Inexpressible(`${operator}() is not known here`);
  }
}

interface IsOperand {
  readonly left: Expr;
  readonly entity_type: string;
  readonly in?: Expr;
}

/** `x has a.b.c` is `x has a && x.a has b && x.a.b has c`. */
function readHas(of: Expression, [name = "", ...deeper]: readonly string[]): Expression {
  const has: Expression = { kind: "has", of, name };
  return deeper.length === 0
    ? has
    : { kind: "and", left: has, right: readHas({ kind: "attribute", of, name }, deeper) };
}
