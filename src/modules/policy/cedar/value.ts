/** Values of Cedar, as policies write them and as the evaluation makes them. */

/** A named thing: who asks, an action, a field, a category, a purpose. */
export interface Entity {
  readonly type: string;
  readonly id: string;
}

/**
 * `long` is a 64-bit integer, `decimal` counts ten-thousandths, `datetime` milliseconds since 1970 in
 * UTC, `duration` milliseconds; each of the latter three in 64 bits too.
 */
export type Value =
  | { readonly kind: "boolean"; readonly boolean: boolean }
  | { readonly kind: "string"; readonly string: string }
  | { readonly kind: "long" | "decimal" | "datetime" | "duration"; readonly number: bigint }
  | { readonly kind: "entity"; readonly entity: Entity }
  | { readonly kind: "set"; readonly members: readonly Value[] }
  | { readonly kind: "record"; readonly members: ReadonlyMap<string, Value> };

export type NumberKind = Extract<Value, { number: bigint }>["kind"];

export const LARGEST = 9_223_372_036_854_775_807n;
export const SMALLEST = -9_223_372_036_854_775_808n;

/** Whether a number fits into the 64 bits that Cedar has for it; its arithmetic fails otherwise. */
export function fits(number: bigint): boolean {
  return number >= SMALLEST && number <= LARGEST;
}

export function booleanValue(boolean: boolean): Value {
  return { kind: "boolean", boolean };
}

export function stringValue(string: string): Value {
  return { kind: "string", string };
}

export function numberValue(kind: NumberKind, number: bigint): Value {
  return { kind, number };
}

export function entityValue(type: string, id: string): Value {
  return { kind: "entity", entity: { type, id } };
}

export function recordValue(members: Iterable<readonly [string, Value]>): Value {
  return { kind: "record", members: new Map(members) };
}

export function isSameEntity(left: Entity, right: Entity): boolean {
  return left.type === right.type && left.id === right.id;
}

/** Cedar's equality: values of different types are unequal, and sets have no order and no repetition. */
export function isEqual(left: Value, right: Value): boolean {
  if (left.kind === "set" && right.kind === "set") {
    return isSubset(left.members, right.members) && isSubset(right.members, left.members);
  }
  if (left.kind === "record" && right.kind === "record") {
    return (
      left.members.size === right.members.size &&
      [...left.members].every(([name, value]) => {
        const other = right.members.get(name);
        return other !== undefined && isEqual(value, other);
      })
    );
  }
  if (left.kind === "entity" && right.kind === "entity") {
    return isSameEntity(left.entity, right.entity);
  }
  if ("number" in left && "number" in right) {
    return left.kind === right.kind && left.number === right.number;
  }
  if (left.kind === "boolean" && right.kind === "boolean") {
    return left.boolean === right.boolean;
  }
  return left.kind === "string" && right.kind === "string" && left.string === right.string;
}

export function isSubset(some: readonly Value[], all: readonly Value[]): boolean {
  return some.every((one) => all.some((other) => isEqual(one, other)));
}
