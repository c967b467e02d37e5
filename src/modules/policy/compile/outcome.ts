/** What an expression of a policy is once the request is known, before any row is looked at. */
import { InvariantError } from "../../../kernel/index.ts";
import type { ConsentChannel } from "../../criteria/index.ts";
import { booleanValue, fits, numberValue } from "../cedar/value.ts";
import type { NumberKind, Value } from "../cedar/value.ts";
import type { KnownRow } from "./request.ts";
import { FALSE, TRUE } from "./residual.ts";
import type { Column, Constant, Residual } from "./residual.ts";

/** `failed` is Cedar's error; what is a `residual`, a `list` or `consented` asks the row. */
export type Outcome =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "failed" }
  | { readonly kind: "residual"; readonly residual: Residual }
  | { readonly kind: "list"; readonly column: Column }
  | { readonly kind: "row"; readonly of: "customer" | "account" }
  | { readonly kind: "context" | "consents" | "recipient" | "field" }
  | {
      readonly kind: "consented";
      readonly channel: ConsentChannel;
      /** What the customer consents to, where that is known. */
      readonly consents: KnownRow["consents"] | undefined;
    };

export const FAILED: Outcome = { kind: "failed" };

/** A residual for an outcome that is a boolean or another scalar; an error is missing. */
export function asResidual(outcome: Outcome): Residual {
  switch (outcome.kind) {
    case "residual":
      return outcome.residual;
    case "value":
      return constantOf(outcome.value);
    case "failed":
      return { kind: "missing" };
    default:
      throw new InvariantError(`a condition compares ${outcome.kind}`);
  }
}

export function constantOf(value: Value): Constant {
  switch (value.kind) {
    case "boolean":
      return value.boolean ? TRUE : FALSE;
    case "string":
      return { kind: "constant", type: "string", value: value.string };
    case "long":
    case "decimal":
    case "datetime":
    case "duration":
      return { kind: "constant", type: value.kind, value: value.number };
    default:
      throw new InvariantError(`a condition compares a ${value.kind}`);
  }
}

export function known(value: Value): Outcome {
  return { kind: "value", value };
}

export function truth(boolean: boolean): Outcome {
  return known(booleanValue(boolean));
}

export function left(residual: Residual): Outcome {
  return { kind: "residual", residual };
}

export function number(kind: NumberKind, value: bigint): Outcome {
  return fits(value) ? known(numberValue(kind, value)) : FAILED;
}

export function valueOf(outcome: Outcome): Value {
  if (outcome.kind === "value") {
    return outcome.value;
  }
  throw new InvariantError(`a set holds ${outcome.kind}`);
}

export function booleanOf(outcome: Outcome): boolean | undefined {
  return outcome.kind === "value" && outcome.value.kind === "boolean"
    ? outcome.value.boolean
    : undefined;
}
