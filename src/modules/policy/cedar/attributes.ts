/** Which fields of a dataset conditions can ask, and as which of Cedar's types. */
import type { Dataset, Field } from "../../contracts/index.ts";
import type { ScalarType } from "../compile/residual.ts";

/** Cedar's decimals have four digits after the point, and these many before it whatever they are. */
const MOST_DECIMALS = 4;
const MOST_DIGITS = 14;

/**
 * The type of a field in conditions: `set` is a set of texts. Undefined when conditions cannot ask it:
 * it is sealed, or has more digits than Cedar's decimals.
 */
export function attributeType({ type, sealed }: Field): ScalarType | "set" | undefined {
  if (sealed === true) {
    return undefined;
  }
  switch (type.kind) {
    case "text":
    case "enum":
      return "string";
    case "integer":
      return "long";
    case "boolean":
      return "boolean";
    case "decimal":
      return type.scale <= MOST_DECIMALS && type.precision - type.scale <= MOST_DIGITS
        ? "decimal"
        : undefined;
    case "date":
    case "timestamp":
      return "datetime";
    case "text-list":
      return "set";
  }
}

/** Why conditions cannot ask a field; undefined when they can. */
export function attributeProblem(field: Field): string | undefined {
  if (attributeType(field) !== undefined) {
    return undefined;
  }
  return field.sealed === true
    ? `${field.name} is sealed, and conditions cannot look into sealed fields`
    : `${field.name} has more digits than Cedar's decimals, which have ${MOST_DECIMALS} after the point`;
}

/** The fields that conditions can ask, with their types, in the contract's order. */
export function attributesOf(
  dataset: Dataset | undefined,
): ReadonlyMap<string, ScalarType | "set"> {
  const attributes = new Map<string, ScalarType | "set">();
  for (const field of dataset?.fields ?? []) {
    const type = attributeType(field);
    if (type !== undefined) {
      attributes.set(field.name, type);
    }
  }
  return attributes;
}
