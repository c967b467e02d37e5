/** Comparing and calculating, as far as both sides are known. */
import { unreachable } from "../../../kernel/index.ts";
import type { Arithmetic, Comparison, TimePart } from "../cedar/expression.ts";
import { MILLISECONDS, startOfDay } from "../cedar/extension.ts";
import type { NumberKind } from "../cedar/value.ts";
import { FAILED, asResidual, left, number, truth } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";

function numberOf(outcome: Outcome): bigint | undefined {
  return outcome.kind === "value" && "number" in outcome.value ? outcome.value.number : undefined;
}

/** Longs, decimals, datetimes and durations have an order. */
export function compare(operator: Comparison, one: Outcome, other: Outcome): Outcome {
  if (one.kind === "failed" || other.kind === "failed") {
    return FAILED;
  }
  const [a, b] = [numberOf(one), numberOf(other)];
  if (a === undefined || b === undefined) {
    return left({ kind: "comparison", operator, left: asResidual(one), right: asResidual(other) });
  }
  switch (operator) {
    case "<":
      return truth(a < b);
    case "<=":
      return truth(a <= b);
    case ">":
      return truth(a > b);
    case ">=":
      return truth(a >= b);
    default:
      return unreachable(operator);
  }
}

/** Arithmetic that fails outside of 64 bits. */
export function calculate(
  { operator, type }: { readonly operator: Arithmetic; readonly type: NumberKind },
  one: Outcome,
  other: Outcome,
): Outcome {
  if (one.kind === "failed" || other.kind === "failed") {
    return FAILED;
  }
  const [a, b] = [numberOf(one), numberOf(other)];
  if (a === undefined || b === undefined) {
    const residual = { kind: "arithmetic", operator, type } as const;
    return left({ ...residual, left: asResidual(one), right: asResidual(other) });
  }
  switch (operator) {
    case "+":
      return number(type, a + b);
    case "-":
      return number(type, a - b);
    case "*":
      return number(type, a * b);
    default:
      return unreachable(operator);
  }
}

/** A part of a datetime, or a duration in whole units, cut towards zero. */
export function timePart(part: TimePart, of: Outcome): Outcome {
  if (of.kind === "failed") {
    return FAILED;
  }
  const ms = numberOf(of);
  if (ms === undefined) {
    return left({ kind: "time-part", part, of: asResidual(of) });
  }
  switch (part) {
    case "toDate":
      return number("datetime", startOfDay(ms));
    case "toTime":
      return number("duration", ms - startOfDay(ms));
    default:
      return number("long", ms / MILLISECONDS[part]);
  }
}
