/**
 * Which conditions can be compiled: whatever depends on a row must be something that SQL says in the
 * same way. What is known of a request beforehand can be anything that Cedar's validator allows.
 */
import { unreachable } from "../../../kernel/index.ts";
import { Inexpressible } from "./expression.ts";
import type { Expression } from "./expression.ts";
import type { ScalarType } from "../compile/residual.ts";

/** What an expression is made of, whoever asks for whatever. */
type Nature =
  | "known"
  /** Known too, and no single value: a written set, or the agreement. */
  | "plural"
  /** A boolean, text, number or time that depends on the row or the clock. */
  | "scalar"
  | "list"
  | "consented"
  | "customer"
  | "account"
  | "consents"
  | "context"
  | "entity";

export type RowAttributes = Readonly<
  Record<"customer" | "account", ReadonlyMap<string, ScalarType | "set">>
>;

/**
 * Refuses what cannot be compiled.
 * @throws Inexpressible with the reason
 */
export function checkExpressible(expression: Expression, rows: RowAttributes): void {
  natureOf(expression, rows);
}

function natureOf(node: Expression, rows: RowAttributes): Nature {
  const nature = (of: Expression): Nature => natureOf(of, rows);
  switch (node.kind) {
    case "value":
      return node.value.kind === "entity" ? "entity" : "known";
    case "variable":
      return node.name === "context" ? "context" : "entity";
    case "attribute":
      return attributeNature(nature(node.of), node.name, rows);
    case "has":
      return isRow(nature(node.of)) ? "scalar" : "known";
    case "is":
      nature(node.of);
      return "known";
    case "set":
      return setNature(node.members.map(nature));
    case "in":
      requireKnown([nature(node.left), nature(node.right)], "in");
      return "known";
    case "equal":
      return equalNature(nature(node.left), nature(node.right));
    case "contains":
    case "contains-all":
    case "contains-any":
      return containsNature(node.kind, nature(node.left), nature(node.right));
    case "is-empty":
      return emptyNature(nature(node.of));
    case "if":
      return ifNature(nature(node.test), [nature(node.then), nature(node.otherwise)]);
    case "and":
    case "or":
    case "comparison":
    case "arithmetic":
      return mostOf([nature(node.left), nature(node.right)]);
    case "offset":
    case "duration-since":
      return mostOf([nature(node.of), nature(node.by)]);
    case "not":
    case "negation":
    case "like":
    case "time-part":
      return mostOf([nature(node.of)]);
    default:
      return unreachable(node);
  }
}

function isRow(nature: Nature): nature is "customer" | "account" {
  return nature === "customer" || nature === "account";
}

function attributeNature(of: Nature, name: string, rows: RowAttributes): Nature {
  if (isRow(of)) {
    return rows[of].get(name) === "set" ? "list" : "scalar";
  }
  if (of === "consents") {
    return "consented";
  }
  if (of !== "context") {
    return name === "agreement" ? "plural" : "known";
  }
  switch (name) {
    case "customer":
    case "account":
    case "consents":
      return name;
    case "purpose":
      return "entity";
    default:
      return "scalar";
  }
}

const WORDS: Readonly<Record<Exclude<Nature, "known" | "plural" | "scalar" | "entity">, string>> = {
  list: "a list of the row",
  consented: "the set of consents",
  customer: "the customer",
  account: "the account",
  consents: "the consents",
  context: "the context",
};

function isKnown(nature: Nature): nature is "known" | "plural" | "entity" {
  return nature === "known" || nature === "plural" || nature === "entity";
}

function refuseWhole(nature: Nature): void {
  if (!isKnown(nature) && nature !== "scalar") {
    throw new Inexpressible(
      `${WORDS[nature]} as a whole cannot be compared: ask for a member, or with contains`,
    );
  }
}

function mostOf(natures: readonly Nature[]): Nature {
  for (const nature of natures) {
    refuseWhole(nature);
  }
  if (!natures.includes("scalar")) {
    return "known";
  }
  if (natures.includes("plural")) {
    throw new Inexpressible(
      "a value of a row is compared with single values, not with a set or a record",
    );
  }
  return "scalar";
}

function equalNature(left: Nature, right: Nature): Nature {
  const nature = mostOf([left, right]);
  if (nature === "scalar" && (left === "entity" || right === "entity")) {
    throw new Inexpressible("a value of a row is never an entity");
  }
  return nature;
}

function requireKnown(natures: readonly Nature[], word: string): void {
  if (!natures.every(isKnown)) {
    throw new Inexpressible(`${word} needs entities that are known before any row is looked at`);
  }
}

function setNature(members: readonly Nature[]): Nature {
  if (!members.every(isKnown)) {
    throw new Inexpressible("a set in a condition holds written values only, none of a row");
  }
  return "plural";
}

function containsNature(
  kind: "contains" | "contains-all" | "contains-any",
  set: Nature,
  member: Nature,
): Nature {
  if (set === "consented" && !isKnown(member)) {
    throw new Inexpressible("consents are asked for a purpose, or for a set of purposes");
  }
  if (kind !== "contains" && !isKnown(member)) {
    throw new Inexpressible("only a set of written values can be looked for in another set");
  }
  refuseWhole(member);
  if (set === "list" || set === "consented") {
    return "scalar";
  }
  if (!isKnown(set)) {
    throw new Inexpressible("contains looks into written sets, lists of the row, and consents");
  }
  return member === "scalar" ? "scalar" : "known";
}

function emptyNature(set: Nature): Nature {
  if (set === "consented") {
    throw new Inexpressible(
      "consents are asked for a purpose: whether there are none at all is not known",
    );
  }
  if (set !== "list" && !isKnown(set)) {
    throw new Inexpressible("isEmpty() is asked of written sets and of lists of the row");
  }
  return set === "list" ? "scalar" : "known";
}

function ifNature(test: Nature, branches: readonly Nature[]): Nature {
  if (test === "scalar" && branches.includes("entity")) {
    throw new Inexpressible("what a row decides cannot be an entity");
  }
  return mostOf([test, ...branches]);
}
