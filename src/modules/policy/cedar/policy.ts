/** One policy, read: whom, what and which form it is about, and its conditions. */
import type {
  ActionConstraint,
  EntityUidJson,
  PolicyJson,
  PrincipalConstraint,
  ResourceConstraint,
} from "@cedar-policy/cedar-wasm/nodejs";
import { readExpression } from "./expression.ts";
import type { Expression } from "./expression.ts";
import { booleanValue } from "./value.ts";
import type { Entity } from "./value.ts";

/** A condition with the words that it stands in. */
export interface Condition {
  readonly kind: "when" | "unless";
  readonly body: Expression;
}

export interface Policy {
  /** The file's name, with `#2` for its second policy, or `/ID` where `@id("ID")` says one. */
  readonly id: string;
  readonly effect: "permit" | "forbid";
  /** What `@title("…")` says. */
  readonly title: string | undefined;
  readonly text: string;
  /** 1-based line of its file. */
  readonly line: number | undefined;
  readonly principal: Expression;
  readonly action: Expression;
  readonly resource: Expression;
  /** All must be as they say. */
  readonly conditions: readonly Condition[];
}

const ANYTHING: Expression = { kind: "value", value: booleanValue(true) };

/**
 * Reads Cedar's JSON form of a policy.
 * @throws Inexpressible when something in it cannot be compiled
 */
export function readPolicy(json: PolicyJson, about: Pick<Policy, "id" | "text" | "line">): Policy {
  return {
    ...about,
    effect: json.effect,
    title: json.annotations?.["title"],
    principal: scope("principal", json.principal),
    action: scope("action", json.action),
    resource: scope("resource", json.resource),
    conditions: json.conditions.map(({ kind, body }) => ({ kind, body: readExpression(body) })),
  };
}

/** The value of an `@id`, which tells the policies of one file apart. */
export function annotatedId(json: PolicyJson): string | undefined {
  return json.annotations?.["id"];
}

function scope(
  name: "principal" | "action" | "resource",
  constraint: PrincipalConstraint | ActionConstraint | ResourceConstraint,
): Expression {
  const of: Expression = { kind: "variable", name };
  switch (constraint.op) {
    case "All":
      return ANYTHING;
    case "==":
      return { kind: "equal", left: of, right: entity(constraint) };
    case "in":
      return {
        kind: "in",
        left: of,
        right: "entities" in constraint ? entities(constraint.entities) : entity(constraint),
      };
    case "is": {
      const is: Expression = { kind: "is", of, type: constraint.entity_type };
      return constraint.in === undefined
        ? is
        : { kind: "and", left: is, right: { kind: "in", left: of, right: entity(constraint.in) } };
    }
  }
}

/** A template's slot stands where an entity would; the parser refuses templates before this. */
function entity(
  constraint: { readonly entity: EntityUidJson } | { readonly slot: string },
): Expression {
  return "entity" in constraint
    ? { kind: "value", value: { kind: "entity", entity: uid(constraint.entity) } }
    : ANYTHING;
}

function entities(uids: readonly EntityUidJson[]): Expression {
  return {
    kind: "set",
    members: uids.map((one) => ({ kind: "value", value: { kind: "entity", entity: uid(one) } })),
  };
}

function uid(json: EntityUidJson): Entity {
  const { type, id } = "__entity" in json ? json.__entity : json;
  return { type, id };
}
