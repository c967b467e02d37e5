/** Expressions as Cedar spells them, for explanations. */
import { unreachable } from "../../../kernel/index.ts";
import type { Expression } from "./expression.ts";
import type { Value } from "./value.ts";

/** Spells an expression. Reading it again gives an equal one. */
export function spell(node: Expression): string {
  switch (node.kind) {
    case "value":
      return spellValue(node.value);
    case "variable":
      return node.name;
    case "not":
      return `!${inner(node.of)}`;
    case "negation":
      return `-${inner(node.of)}`;
    case "and":
    case "or":
      return `${inner(node.left)} ${node.kind === "and" ? "&&" : "||"} ${inner(node.right)}`;
    case "equal":
      return `${inner(node.left)} == ${inner(node.right)}`;
    case "in":
      return `${inner(node.left)} in ${inner(node.right)}`;
    case "comparison":
    case "arithmetic":
      return `${inner(node.left)} ${node.operator} ${inner(node.right)}`;
    case "attribute":
      return `${inner(node.of)}.${node.name}`;
    case "has":
      return `${inner(node.of)} has ${node.name}`;
    case "is":
      return `${inner(node.of)} is ${node.type}`;
    case "like":
      return `${inner(node.of)} like "${node.pattern.map(spellPart).join("")}"`;
    case "if":
      return `if ${inner(node.test)} then ${inner(node.then)} else ${inner(node.otherwise)}`;
    case "set":
      return `[${node.members.map(spell).join(", ")}]`;
    default:
      return spellCall(node);
  }
}

type Call = Extract<
  Expression,
  {
    kind:
      | "contains"
      | "contains-all"
      | "contains-any"
      | "is-empty"
      | "offset"
      | "duration-since"
      | "time-part";
  }
>;

function spellCall(node: Call): string {
  switch (node.kind) {
    case "contains":
      return `${inner(node.left)}.contains(${spell(node.right)})`;
    case "contains-all":
      return `${inner(node.left)}.containsAll(${spell(node.right)})`;
    case "contains-any":
      return `${inner(node.left)}.containsAny(${spell(node.right)})`;
    case "is-empty":
      return `${inner(node.of)}.isEmpty()`;
    case "offset":
      return `${inner(node.of)}.offset(${spell(node.by)})`;
    case "duration-since":
      return `${inner(node.of)}.durationSince(${spell(node.by)})`;
    case "time-part":
      return `${inner(node.of)}.${node.part}()`;
    default:
      return unreachable(node);
  }
}

/** What can stand beside an operator without parentheses. */
const CLOSED: ReadonlySet<Expression["kind"]> = new Set([
  "value",
  "variable",
  "attribute",
  "set",
  "contains",
  "contains-all",
  "contains-any",
  "is-empty",
  "offset",
  "duration-since",
  "time-part",
]);

function inner(node: Expression): string {
  return CLOSED.has(node.kind) ? spell(node) : `(${spell(node)})`;
}

function spellPart(part: string | undefined): string {
  return part === undefined ? "*" : escaped(part).replaceAll("*", "\\*");
}

function escaped(text: string): string {
  return text.replace(/["\\]/gu, "\\$&").replaceAll("\n", "\\n");
}

function spellValue(value: Value): string {
  switch (value.kind) {
    case "boolean":
      return String(value.boolean);
    case "string":
      return `"${escaped(value.string)}"`;
    case "long":
      return String(value.number);
    case "decimal": {
      const digits = (value.number < 0n ? -value.number : value.number).toString().padStart(5, "0");
      const sign = value.number < 0n ? "-" : "";
      return `decimal("${sign}${digits.slice(0, -4)}.${digits.slice(-4)}")`;
    }
    case "datetime":
      return `datetime("${new Date(Number(value.number)).toISOString()}")`;
    case "duration":
      return `duration("${value.number}ms")`;
    case "entity":
      return `${value.entity.type}::"${escaped(value.entity.id)}"`;
    case "set":
      return `[${value.members.map(spellValue).join(", ")}]`;
    case "record":
      return "{…}";
    default:
      return unreachable(value);
  }
}
