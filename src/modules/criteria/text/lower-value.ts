import type { ASTNode } from "@marcbachmann/cel-js";
import type { FixedSpan, Value } from "../tree/index.ts";
import { isNumber, parseSpan, typeOf, value } from "../tree/index.ts";
import { dateLiteral, instantLiteral, negated, numberLiteral, textLiteral } from "./literals.ts";
import { isEventChain, lowerAggregate, refuseSpan, startOf } from "./lower-events.ts";
import { lowerSealed } from "./lower-sealed.ts";
import type { NodeOf, Reading } from "./reader.ts";
import {
  aOrAn,
  expectArguments,
  lowerField,
  methodName,
  selectableNames,
  sourceOf,
  stringArgument,
} from "./reader.ts";
import { refuse } from "./refusal.ts";
import { findDataset } from "../../contracts/index.ts";
import { suggestion } from "../../../kernel/index.ts";

const FUNCTIONS = [
  "now",
  "date",
  "timestamp",
  "age",
  "daysSince",
  "size",
  "lower",
  "upper",
  "distance",
] as const;
const ALL_FUNCTIONS: readonly string[] = [
  ...FUNCTIONS,
  "duration",
  "has",
  "has_consent",
  "in_segment",
  "score",
  "sealed",
  "sequence",
];
const ALL_METHODS = ["contains", "startsWith", "endsWith", "matches", "lower", "upper", "size"];

/** Lowers a node that must have a value other than a condition's. */
export function lowerValue(node: ASTNode, reading: Reading): Value {
  switch (node.op) {
    case "value":
      return lowerLiteral(node, reading);
    case ".":
    case "[]":
    case "id":
      return node.op === "id" ? refuseName(node, reading) : lowerField(node, reading);
    case "-_":
      return lowerNegation(node, reading);
    case "+":
    case "-":
    case "*":
    case "/":
      return lowerArithmetic(node, reading);
    case "call":
      return lowerCall(node, reading);
    case "rcall":
      return lowerMethod(node, reading);
    case "%":
      return refuse(node, "% is not known", "there are + - * /");
    case "list":
      return refuse(node, "a list can stand only after in", 'for example x in ["a", "b"]');
    default:
      return refuse(node, "a value is needed here, not a condition");
  }
}

function lowerLiteral(node: NodeOf<"value">, reading: Reading): Value {
  const written = node.args;
  switch (typeof written) {
    case "string":
      return (
        textLiteral(written) ?? refuse(node, "a text must not hold U+0000 or half a surrogate pair")
      );
    case "bigint":
    case "number": {
      const text = typeof written === "bigint" ? written.toString() : sourceOf(reading, node);
      return (
        numberLiteral(text) ?? refuse(node, "a number has at most 38 digits, all of them finite")
      );
    }
    case "boolean":
      return value({ kind: "boolean-literal", value: written });
    default:
      return written === null
        ? refuse(node, "null can only be compared, with == or !=", "or use has(customer.FIELD)")
        : refuse(node, "bytes and unsigned numbers are not known", "write 5 instead of 5u");
  }
}

function refuseName(node: NodeOf<"id">, reading: Reading): never {
  const name = node.args;
  if (isEventChain(node, reading)) {
    return refuse(
      node,
      `${name} are many: choose a result`,
      `${name}.count(), ${name}.any(), ${name}.sum("FIELD")`,
    );
  }
  return refuse(
    node,
    `${JSON.stringify(name)} is no value by itself`,
    "fields are written customer.FIELD, texts in quotes",
  );
}

function lowerNegation(node: NodeOf<"-_">, reading: Reading): Value {
  const operand = lowerValue(node.args, reading);
  if (operand.kind === "number-literal" && node.args.op === "value") {
    return negated(operand);
  }
  expectNumber(node.args, operand);
  return value({ kind: "negation", operand });
}

function expectNumber(node: ASTNode, operand: Value): void {
  const type = typeOf(operand);
  if (!isNumber(type)) {
    refuse(node, `a number is needed here, not ${aOrAn(type)}`);
  }
}

function lowerArithmetic(node: NodeOf<"+" | "-" | "*" | "/">, reading: Reading): Value {
  const [leftNode, rightNode] = node.args;
  const operator = node.op;
  if ((operator === "+" || operator === "-") && isDuration(rightNode)) {
    const instant = lowerValue(leftNode, reading);
    expectInstant(leftNode, instant);
    return value({ kind: "shift", instant, operator, span: lowerDuration(rightNode) });
  }
  if (operator === "+" && isDuration(leftNode)) {
    const instant = lowerValue(rightNode, reading);
    expectInstant(rightNode, instant);
    return value({ kind: "shift", instant, operator, span: lowerDuration(leftNode) });
  }
  const left = lowerValue(leftNode, reading);
  const right = lowerValue(rightNode, reading);
  const type = typeOf(left);
  if (type === "timestamp" || type === "date") {
    refuse(
      node,
      `${type}s cannot be calculated with each other`,
      'compare them: customer.FIELD > now() - duration("30d"), or use daysSince(customer.FIELD)',
    );
  }
  if (type === "text") {
    refuse(node, "texts cannot be joined in criteria", "compare each of them");
  }
  expectNumber(leftNode, left);
  expectNumber(rightNode, right);
  if (operator === "/" && typeOf(left) === "integer" && typeOf(right) === "integer") {
    refuse(
      node,
      "dividing two whole numbers would cut off the fraction in CEL",
      "write the divisor with a fraction, as in / 2.0, or multiply by 1.0 first",
    );
  }
  return value({ kind: "arithmetic", operator, left, right });
}

function isDuration(node: ASTNode): node is NodeOf<"call"> {
  return node.op === "call" && node.args[0] === "duration";
}

function expectInstant(node: ASTNode, instant: Value): void {
  const type = typeOf(instant);
  if (type !== "timestamp") {
    refuse(
      node,
      `a duration can be added to a timestamp only, not to ${aOrAn(type)}`,
      type === "date" ? "timestamp(DATE) is the first instant of the date" : undefined,
    );
  }
}

function lowerDuration(node: NodeOf<"call">): FixedSpan {
  const [, args] = node.args;
  expectArguments(node, args, { name: "duration()", count: 1, example: 'duration("30d")' });
  const text = stringArgument(args[0], node, "a duration");
  const span = parseSpan(text);
  if (span === undefined) {
    return refuseSpan(args[0] ?? node);
  }
  return span.kind === "fixed"
    ? span
    : refuse(
        args[0] ?? node,
        "a duration is fixed, and months and years differ in length",
        'write days, as in duration("90d"); within("3mo") knows the calendar',
      );
}

function lowerCall(node: NodeOf<"call">, reading: Reading): Value {
  const [name, args] = node.args;
  if (name === "score") {
    return lowerScore(node, args, reading);
  }
  if (name === "sealed") {
    return lowerSealed(node, args);
  }
  const known = FUNCTIONS.find((candidate) => candidate === name);
  if (known === undefined) {
    return refuseFunction(node, name);
  }
  const counts: Partial<Record<string, number>> = { now: 0, distance: 4 };
  const example = EXAMPLES[known];
  expectArguments(node, args, { name: `${known}()`, count: counts[known] ?? 1, example });
  if (known === "now") {
    return value({ kind: "now" });
  }
  const [first] = args;
  if (first?.op === "value" && typeof first.args === "string") {
    const literal = lowerTimeLiteral(known, first, first.args);
    if (literal !== undefined) {
      return literal;
    }
  }
  const operands = args.map((arg) => lowerValue(arg, reading));
  return known === "distance"
    ? lowerDistance(args, operands)
    : lowerUnary(known, args[0] ?? node, operands);
}

function lowerScore(node: ASTNode, args: readonly ASTNode[], reading: Reading): Value {
  expectArguments(node, args, { name: "score()", count: 1, example: 'score("spend") >= 9' });
  if (reading.scope.kind === "selected") {
    refuse(node, "a where cannot ask for scores", "use score() outside of the where");
  }
  if (reading.subject.kind === "account") {
    refuse(node, `${reading.subject.name} have no scores; customers do`);
  }
  const score = stringArgument(args[0], node, "the name of a score");
  if (reading.scores !== undefined && !reading.scores.has(score)) {
    const hint = suggestion(score, [...reading.scores]);
    refuse(args[0] ?? node, `there is no score ${JSON.stringify(score)}`, hint);
  }
  return value({ kind: "score", score });
}

const EXAMPLES: Readonly<Record<(typeof FUNCTIONS)[number], string>> = {
  now: "now()",
  date: 'date("2026-01-31")',
  timestamp: 'timestamp("2026-01-31T12:00:00Z")',
  age: "age(customer.birth_date)",
  daysSince: "daysSince(customer.since)",
  size: "size(customer.tags)",
  lower: "customer.city.lower()",
  upper: "customer.city.upper()",
  distance: "distance(customer.lat, customer.lon, 52.5, 13.4)",
};

function refuseFunction(node: ASTNode, name: string): never {
  if (name === "duration") {
    return refuse(
      node,
      "a duration can only be added to or taken from a timestamp",
      'for example customer.since > now() - duration("30d")',
    );
  }
  return refuse(node, `there is no function ${name}()`, suggestion(name, ALL_FUNCTIONS));
}

function lowerTimeLiteral(name: string, node: ASTNode, text: string): Value | undefined {
  if (name === "date") {
    return dateLiteral(text) ?? refuse(node, "this is no date", 'for example date("2026-01-31")');
  }
  if (name === "timestamp") {
    return (
      instantLiteral(text) ??
      refuse(
        node,
        "this is no timestamp in whole milliseconds with a time zone (RFC 3339)",
        'for example timestamp("2026-01-31T12:00:00Z"); for a whole day date("2026-01-31")',
      )
    );
  }
  return undefined;
}

function lowerUnary(
  name: Exclude<(typeof FUNCTIONS)[number], "now" | "distance">,
  node: ASTNode,
  operands: readonly Value[],
): Value {
  const operand = operands[0] ?? refuse(node, `${name}() takes 1 argument`);
  const type = typeOf(operand);
  const needs = (...types: readonly string[]): void => {
    if (!types.includes(type)) {
      refuse(
        node,
        `${name}() takes a ${types.join(" or a ")}, not ${aOrAn(type)}`,
        `for example ${EXAMPLES[name]}`,
      );
    }
  };
  switch (name) {
    case "age":
      needs("date");
      return value({ kind: "age", date: operand });
    case "daysSince":
      needs("date", "timestamp");
      return value({ kind: "days-since", of: operand });
    case "date":
      needs("timestamp");
      return value({ kind: "date-of", instant: operand });
    case "timestamp":
      needs("date");
      return value({ kind: "start-of-day", date: operand });
    case "size":
      needs("text", "text-list");
      return value({ kind: "size", of: operand });
    case "lower":
    case "upper":
      needs("text");
      return value({ kind: "letter-case", to: name, text: operand });
  }
}

function lowerDistance(nodes: readonly ASTNode[], operands: readonly Value[]): Value {
  nodes.forEach((node, index) => {
    const operand = operands[index];
    if (operand !== undefined) {
      expectNumber(node, operand);
      expectCoordinate(node, operand, index % 2 === 0 ? 90 : 180);
    }
  });
  const [latitude, longitude, toLatitude, toLongitude] = operands;
  if (
    latitude === undefined ||
    longitude === undefined ||
    toLatitude === undefined ||
    toLongitude === undefined
  ) {
    throw new RangeError("distance() was lowered without its four operands");
  }
  return value({ kind: "distance", latitude, longitude, toLatitude, toLongitude });
}

function expectCoordinate(node: ASTNode, operand: Value, limit: number): void {
  if (operand.kind === "number-literal" && Math.abs(Number(operand.text)) > limit) {
    refuse(
      node,
      `this coordinate lies beyond ${limit} degrees`,
      "the order is latitude, longitude, latitude, longitude",
    );
  }
}

/** Says why events or people cannot be asked about here, where a chain begins with their dataset. */
function refuseSelection(start: ASTNode, reading: Reading): void {
  const dataset = start.op === "id" ? findDataset(reading.catalogue, start.args) : undefined;
  if (dataset === undefined || dataset.kind === "account") {
    return;
  }
  if (reading.scope.kind === "selected") {
    const { binding, dataset: selected } = reading.scope;
    refuse(
      start,
      `a where on ${selected.name} sees the fields of ${binding} only, not ${JSON.stringify(dataset.name)}`,
      `ask ${dataset.name} outside of the where`,
    );
  }
  if (dataset.kind === "customer") {
    refuse(start, "only accounts have people", "fields are written customer.FIELD");
  }
}

function lowerMethod(node: NodeOf<"rcall">, reading: Reading): Value {
  if (isEventChain(node, reading)) {
    return lowerAggregate(node, reading);
  }
  const [name, receiver, args] = node.args;
  if (name === "lower" || name === "upper" || name === "size") {
    expectArguments(node, args, { name: `${name}()`, count: 0, example: EXAMPLES[name] });
    return lowerUnary(name, receiver, [lowerValue(receiver, reading)]);
  }
  if (ALL_METHODS.includes(name)) {
    return refuse(node, `${name}() is a condition, so it cannot be compared or calculated with`);
  }
  refuseSelection(startOf(receiver), reading);
  if (receiver.op === "id" && reading.scope.kind === "member") {
    return refuse(
      receiver,
      `there are no events ${JSON.stringify(receiver.args)}`,
      suggestion(receiver.args, selectableNames(reading)),
    );
  }
  return refuse(
    methodName(reading, node),
    `there is no method ${name}()`,
    suggestion(name, ALL_METHODS),
  );
}
