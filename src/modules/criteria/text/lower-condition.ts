import type { ASTNode } from "@marcbachmann/cel-js";
import { findDataset, findField } from "../../contracts/index.ts";
import type {
  ComparisonOperator,
  Condition,
  EventSelection,
  FixedSpan,
  Literal,
  Value,
} from "../tree/index.ts";
import { allOf, anyOf, condition, isLiteral, isNumber, parseSpan, typeOf } from "../tree/index.ts";
import { isEventChain, lowerSelection, refuseSpan } from "./lower-events.ts";
import { lowerValue } from "./lower-value.ts";
import { clearSides, isSealed, type Side } from "./lower-sealed.ts";
import { lowerConsent } from "./lower-consent.ts";
import { segmentMismatch } from "../subject.ts";
import { readPattern } from "./pattern.ts";
import type { NodeOf, Reading } from "./reader.ts";
import {
  aOrAn,
  collecting,
  expectArguments,
  fieldAccess,
  lowerField,
  stringArgument,
  methodName,
} from "./reader.ts";
import { refuse } from "./refusal.ts";
import { suggestion } from "../../../kernel/index.ts";

const LONGEST_SEQUENCE = 5;
const NEVER: Condition = condition({ kind: "constant", value: false });

/** Lowers a node that must be a condition. */
export function lowerCondition(node: ASTNode, reading: Reading): Condition {
  switch (node.op) {
    case "&&":
      return allOf(lowerOperands(node, reading));
    case "||":
      return anyOf(lowerOperands(node, reading));
    case "!_":
      return condition({ kind: "not", operand: lowerCondition(node.args, reading) });
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return lowerComparison(node, reading);
    case "in":
      return lowerIn(node, reading);
    case "value":
      return typeof node.args === "boolean"
        ? condition({ kind: "constant", value: node.args })
        : refuse(node, "a value by itself is no condition", "compare it with something");
    case "call":
      return lowerCall(node, reading);
    case "rcall":
      return lowerMethod(node, reading);
    case "?:":
      return refuse(node, "a ? b : c is not known", "write (a && b) || (!a && c)");
    default:
      return lowerTruth(node, reading);
  }
}

/** Both sides are read even when one is refused, so that all issues are reported at once. */
function lowerOperands(node: NodeOf<"&&" | "||">, reading: Reading): readonly Condition[] {
  // A chain a && b && c … leans to the left, as deep as it is long.
  const nodes: ASTNode[] = [];
  let current: ASTNode = node;
  while (current.op === node.op) {
    nodes.unshift(current.args[1]);
    current = current.args[0];
  }
  nodes.unshift(current);
  return nodes.map(
    (operand) => collecting(reading, () => lowerCondition(operand, reading)) ?? NEVER,
  );
}

function lowerTruth(node: ASTNode, reading: Reading): Condition {
  const truth = lowerValue(node, reading);
  const type = typeOf(truth);
  return type === "boolean"
    ? condition({ kind: "truth", value: truth })
    : refuse(node, `${aOrAn(type)} by itself is no condition`, "compare it with something");
}

function lowerComparison(node: NodeOf<ComparisonOperator>, reading: Reading): Condition {
  const [leftNode, rightNode] = node.args;
  const operator = node.op;
  if (isNull(leftNode) || isNull(rightNode)) {
    if (operator !== "==" && operator !== "!=") {
      refuse(node, "null can only be compared with == or !=");
    }
    const other = isNull(leftNode) ? rightNode : leftNode;
    if (isNull(other)) {
      return condition({ kind: "constant", value: operator === "==" });
    }
    const present = operator === "!=";
    return condition({ kind: "presence", value: lowerValue(other, reading), present });
  }
  const left = lowerValue(leftNode, reading);
  const right = lowerValue(rightNode, reading);
  checkOperands(
    node,
    { operator, left: { side: left, node: leftNode }, right: { side: right, node: rightNode } },
    reading,
  );
  return condition({ kind: "comparison", operator, left, right });
}

function checkOperands(
  node: ASTNode,
  sides: { readonly operator: ComparisonOperator; readonly left: Side; readonly right: Side },
  reading: Reading,
): void {
  const { operator } = sides;
  const [left, right] =
    isSealed(sides.left.side) || isSealed(sides.right.side)
      ? clearSides(node, sides, reading)
      : [sides.left.side, sides.right.side];
  checkComparable(node, { operator, left, right });
  checkEnumeration(left, sides.right.node, { literal: right, reading });
  checkEnumeration(right, sides.left.node, { literal: left, reading });
}

function isNull(node: ASTNode): boolean {
  return node.op === "value" && node.args === null;
}

function checkComparable(
  node: ASTNode,
  sides: { readonly operator: ComparisonOperator; readonly left: Value; readonly right: Value },
): void {
  const left = typeOf(sides.left);
  const right = typeOf(sides.right);
  if (left === "text-list" || right === "text-list") {
    refuse(
      node,
      "lists cannot be compared",
      '"x" in customer.tags, size(customer.tags) and == null are known',
    );
  }
  if (left !== right && !(isNumber(left) && isNumber(right))) {
    refuse(
      node,
      `${aOrAn(left)} cannot be compared with ${aOrAn(right)}`,
      adviceFor([left, right]),
    );
  }
  if (left === "boolean" && sides.operator !== "==" && sides.operator !== "!=") {
    refuse(node, "true and false have no order", "use == or !=");
  }
}

function adviceFor(types: readonly string[]): string | undefined {
  if (types.includes("date") && types.includes("timestamp")) {
    return "date(x) is the date of a timestamp, timestamp(x) the first instant of a date";
  }
  if (types.includes("date") && types.includes("text")) {
    return 'dates are written date("2026-01-31")';
  }
  if (types.includes("timestamp") && types.includes("text")) {
    return 'timestamps are written timestamp("2026-01-31T12:00:00Z")';
  }
  if (types.includes("date") || types.includes("timestamp")) {
    return "age(x) and daysSince(x) make numbers of dates";
  }
  return types.includes("text")
    ? "texts stand in quotes; numbers, true and false do not"
    : undefined;
}

/** A literal that a field of an enumeration can never equal is a mistake, not a condition. */
function checkEnumeration(
  owner: Value,
  literalNode: ASTNode,
  against: { readonly literal: Value; readonly reading: Reading },
): void {
  const values = enumeratedValues(owner, against.reading);
  const literal = against.literal;
  if (values === undefined || literal.kind !== "text-literal" || values.includes(literal.text)) {
    return;
  }
  refuse(
    literalNode,
    `${JSON.stringify(literal.text)} is not one of the field's values`,
    suggestion(literal.text, values),
  );
}

function enumeratedValues(owner: Value, reading: Reading): readonly string[] | undefined {
  const place =
    owner.kind === "field"
      ? { dataset: owner.dataset, field: owner.field }
      : owner.kind === "aggregate" && (owner.function === "first" || owner.function === "last")
        ? { dataset: owner.events.dataset, field: owner.field ?? "" }
        : undefined;
  const dataset = place && findDataset(reading.catalogue, place.dataset);
  const field = dataset && findField(dataset, place.field);
  return field?.type.kind === "enum" ? field.type.values : undefined;
}

function lowerIn(node: NodeOf<"in">, reading: Reading): Condition {
  const [itemNode, listNode] = node.args;
  const item = lowerValue(itemNode, reading);
  const type = typeOf(item);
  if (type === "text-list") {
    refuse(itemNode, "a list cannot be in a list", '"x" in customer.tags');
  }
  if (listNode.op === "list") {
    const options = listNode.args.map((option) => lowerOption(option, { item, itemNode, reading }));
    return condition({ kind: "membership", value: item, options: Object.freeze(options) });
  }
  const list = lowerValue(listNode, reading);
  if (typeOf(list) !== "text-list") {
    refuse(
      listNode,
      "in needs a list",
      type === "text" ? 'for a part of a text use contains("…")' : 'for example x in ["a", "b"]',
    );
  }
  if (type !== "text") {
    refuse(itemNode, `the list holds texts, not ${aOrAn(type)}`);
  }
  return condition({ kind: "list-contains", list, item });
}

function lowerOption(
  node: ASTNode,
  against: { readonly item: Value; readonly itemNode: ASTNode; readonly reading: Reading },
): Literal {
  if (isNull(node)) {
    refuse(node, "a missing value is in no list", "add || x == null");
  }
  const option = lowerValue(node, against.reading);
  if (!isLiteral(option)) {
    return refuse(node, "only fixed values can stand in a list");
  }
  const item = { side: against.item, node: against.itemNode };
  checkOperands(
    node,
    { operator: "==", left: item, right: { side: option, node } },
    against.reading,
  );
  return option;
}

function lowerCall(node: NodeOf<"call">, reading: Reading): Condition {
  const [name, args] = node.args;
  if (name === "has") {
    expectArguments(node, args, { name: "has()", count: 1, example: "has(customer.email)" });
    const [field] = args;
    if (field === undefined || fieldAccess(field) === undefined) {
      return refuse(node, "has() takes a field", "for example has(customer.email)");
    }
    return condition({ kind: "presence", value: lowerField(field, reading), present: true });
  }
  if (name === "in_segment") {
    return lowerSegment(node, args, reading);
  }
  if (name === "has_consent") {
    return lowerConsent(node, args, reading);
  }
  if (name === "sequence") {
    return refuse(
      node,
      "a sequence needs its span",
      'for example sequence(orders, tickets).within("14d")',
    );
  }
  return lowerTruth(node, reading);
}

function lowerSegment(node: ASTNode, args: readonly ASTNode[], reading: Reading): Condition {
  expectArguments(node, args, { name: "in_segment()", count: 1, example: 'in_segment("loyal")' });
  if (reading.scope.kind === "selected") {
    refuse(node, "a where cannot ask for segments", "use in_segment() outside of the where");
  }
  const name = stringArgument(args[0], node, "the name of a segment");
  if (reading.segments !== undefined) {
    const segment = reading.segments.get(name);
    const mismatch = segment && segmentMismatch(reading.subject, segment);
    if (segment === undefined) {
      const hint = suggestion(name, [...reading.segments.keys()]);
      refuse(args[0] ?? node, `there is no segment ${JSON.stringify(name)}`, hint);
    }
    if (mismatch !== undefined) {
      refuse(args[0] ?? node, mismatch);
    }
  }
  return condition({ kind: "segment", name });
}

function lowerMethod(node: NodeOf<"rcall">, reading: Reading): Condition {
  const [name, receiver, args] = node.args;
  if (receiver.op === "call" && receiver.args[0] === "sequence") {
    return lowerSequence(node, receiver, reading);
  }
  if (isEventChain(node, reading)) {
    if (name !== "any" && name !== "none") {
      return lowerTruth(node, reading);
    }
    expectArguments(node, args, { name: `${name}()`, count: 0, example: `orders.${name}()` });
    const events = lowerSelection(receiver, reading);
    return condition({ kind: "occurrence", events, any: name === "any" });
  }
  switch (name) {
    case "contains":
    case "startsWith":
    case "endsWith": {
      expectArguments(node, args, { name: `${name}()`, count: 1, example: `x.${name}("y")` });
      const value = lowerText(receiver, reading);
      return condition({
        kind: "text-test",
        test: name,
        value,
        argument: lowerText(args[0] ?? node, reading),
      });
    }
    case "matches":
      return lowerMatches(node, reading);
    case "exists":
    case "all":
    case "exists_one":
    case "filter":
    case "map":
      return refuse(
        node,
        `${name}() is not known`,
        '"x" in customer.tags for lists, orders.where(e, …).any() for events',
      );
    default:
      return lowerTruth(node, reading);
  }
}

function lowerText(node: ASTNode, reading: Reading): Value {
  const text = lowerValue(node, reading);
  const type = typeOf(text);
  if (type === "text-list") {
    return refuse(node, "a list has no such method", 'for lists write "x" in customer.tags');
  }
  return type === "text" ? text : refuse(node, `a text is needed here, not ${aOrAn(type)}`);
}

function lowerMatches(node: NodeOf<"rcall">, reading: Reading): Condition {
  const [, receiver, args] = node.args;
  expectArguments(node, args, { name: "matches()", count: 1, example: 'x.matches("^A[0-9]+$")' });
  const value = lowerText(receiver, reading);
  const [argument = node] = args;
  const pattern = stringArgument(argument, node, "a pattern");
  const outcome = readPattern(pattern);
  if (!outcome.ok) {
    refuse(argument, `in the pattern, at character ${outcome.offset + 1}: ${outcome.reason}`);
  }
  if (pattern.includes("\0") || !pattern.isWellFormed()) {
    refuse(argument, "a text must not hold U+0000 or half a surrogate pair");
  }
  return condition({ kind: "pattern", value, pattern });
}

function lowerSequence(node: NodeOf<"rcall">, call: NodeOf<"call">, reading: Reading): Condition {
  const [name, , args] = node.args;
  const example = 'sequence(orders, tickets).within("14d")';
  if (name !== "within") {
    refuse(
      methodName(reading, node),
      `a sequence has no method ${name}()`,
      `for example ${example}`,
    );
  }
  expectArguments(node, args, { name: "within()", count: 1, example });
  const stepNodes = call.args[1];
  if (stepNodes.length < 2 || stepNodes.length > LONGEST_SEQUENCE) {
    refuse(call, `a sequence has 2 to ${LONGEST_SEQUENCE} steps`, `for example ${example}`);
  }
  const steps = stepNodes.map((step) => lowerStep(step, reading));
  const within = lowerSequenceSpan(args[0] ?? node, node);
  return condition({ kind: "sequence", steps: Object.freeze(steps), within });
}

function lowerStep(node: ASTNode, reading: Reading): EventSelection {
  const step = lowerSelection(node, reading);
  return step.window.kind === "timeless"
    ? refuse(node, `${step.dataset} have no time, so they cannot follow each other`)
    : step;
}

function lowerSequenceSpan(argument: ASTNode, owner: ASTNode): FixedSpan {
  const span = parseSpan(stringArgument(argument, owner, "the span of a sequence"));
  if (span === undefined) {
    return refuseSpan(argument);
  }
  return span.kind === "fixed"
    ? span
    : refuse(argument, "the span of a sequence is fixed", 'write days, as in within("90d")');
}
