import type { ASTNode } from "@marcbachmann/cel-js";
import { findField } from "../../contracts/index.ts";
import type {
  AggregateFunction,
  AggregateValue,
  Condition,
  EventSelection,
  EventWindow,
  Value,
  ValueType,
} from "../tree/index.ts";
import { eventSelection, parseSpan, typeOf, value, walkValue } from "../tree/index.ts";
import type { NodeOf, Reading, SelectableDataset } from "./reader.ts";
import {
  aOrAn,
  expectArguments,
  findSelectable,
  methodName,
  selectableNames,
  stringArgument,
  valueTypeOf,
} from "./reader.ts";
import { refuse } from "./refusal.ts";
import { suggestion } from "../../../kernel/index.ts";

const WINDOWS = ["within", "between", "before", "after"] as const;
const FIELD_RESULTS = ["sum", "avg", "min", "max", "first", "last", "distinct"] as const;
const PLAIN_RESULTS = ["count", "firstAt", "lastAt"] as const;
/** People have no time and no order. */
const TIMED: readonly string[] = ["first", "last", "firstAt", "lastAt", ...WINDOWS];
const EXAMPLE = 'orders.within("90d").sum("amount")';

/** A result ends the chain: what is called on it is a text's or a number's method. */
const RESULTS: readonly string[] = [...PLAIN_RESULTS, ...FIELD_RESULTS, "any", "none"];

/** Whether a node is events or people, or a method called on them: its chain begins with their dataset. */
export function isEventChain(node: ASTNode, reading: Reading): boolean {
  let start = node.op === "rcall" ? node.args[1] : node;
  while (start.op === "rcall" && !RESULTS.includes(start.args[0])) {
    start = start.args[1];
  }
  return (
    start.op === "id" &&
    reading.scope.kind === "member" &&
    findSelectable(reading, start.args) !== undefined
  );
}

/** `orders.within(..).where(..).sum("amount")`. */
export function lowerAggregate(node: NodeOf<"rcall">, reading: Reading): AggregateValue {
  const [name, receiver, args] = node.args;
  checkTimed(node, name, { receiver, reading });
  const plain = PLAIN_RESULTS.find((result) => result === name);
  if (plain !== undefined) {
    const usage = { name: `${plain}()`, count: 0, example: `orders.${plain}()` };
    expectArguments(node, args, usage);
    const events = lowerSelection(receiver, reading);
    const type = plain === "count" ? "integer" : "timestamp";
    return value({ kind: "aggregate", function: plain, events, field: undefined, type });
  }
  const result = FIELD_RESULTS.find((known) => known === name);
  if (result === undefined) {
    return refuseMethod(node, reading);
  }
  expectArguments(node, args, {
    name: `${result}()`,
    count: 1,
    example: `orders.${result}("amount")`,
  });
  const events = lowerSelection(receiver, reading);
  const field = stringArgument(args[0], node, `the field of ${result}()`);
  return value({
    kind: "aggregate",
    function: result,
    events,
    field,
    type: resultType(result, datasetOf(startOf(receiver), reading), {
      field,
      node: args[0] ?? node,
    }),
  });
}

function checkTimed(
  node: NodeOf<"rcall">,
  name: string,
  { receiver, reading }: { readonly receiver: ASTNode; readonly reading: Reading },
): void {
  const dataset = datasetOf(startOf(receiver), reading);
  if (dataset.kind === "customer" && TIMED.includes(name)) {
    refuse(
      methodName(reading, node),
      `${dataset.name} have no time, so there is no ${name}()`,
      `events do; for example ${dataset.name}.where(c, c.FIELD == "x").count()`,
    );
  }
}

/** The methods that events have, and what was probably meant. */
function refuseMethod(node: NodeOf<"rcall">, reading: Reading): never {
  const [name, receiver] = node.args;
  const { name: dataset } = datasetOf(startOf(receiver), reading);
  if ([...WINDOWS, "where"].includes(name)) {
    return refuse(
      node,
      `${name}() chooses ${dataset} but says nothing of them yet`,
      `end with count(), any(), none(), sum("FIELD") or another result`,
    );
  }
  if (name === "any" || name === "none") {
    return refuse(
      methodName(reading, node),
      `${name}() is a condition, so it cannot be compared or calculated with`,
      "count() makes a number",
    );
  }
  return refuse(
    methodName(reading, node),
    `${dataset} have no method ${name}()`,
    suggestion(name, [...WINDOWS, "where", ...RESULTS]),
  );
}

function resultType(
  result: AggregateFunction,
  dataset: SelectableDataset,
  at: { readonly field: string; readonly node: ASTNode },
): ValueType {
  const field = findField(dataset, at.field);
  if (field === undefined) {
    const names = dataset.fields.map((known) => known.name);
    return refuse(
      at.node,
      `${dataset.name} has no field ${JSON.stringify(at.field)}`,
      suggestion(at.field, names),
    );
  }
  const type = valueTypeOf(field);
  if (type === "sealed") {
    const hint = `in a where it can be compared: ${dataset.name}.where(e, e.${at.field} == "…").count()`;
    refuse(at.node, `${at.field} is sealed, so ${result}() cannot be taken of it`, hint);
  }
  if (result === "distinct") {
    return "integer";
  }
  if (result === "first" || result === "last") {
    return type;
  }
  const numeric = type === "integer" || type === "decimal";
  const ordered = numeric || type === "date" || type === "timestamp";
  if (result === "sum" || result === "avg" ? !numeric : !ordered) {
    return refuse(
      at.node,
      `${result}() cannot be taken of ${at.field}, which is ${aOrAn(type)}`,
      'count(), distinct("FIELD"), first("FIELD") and last("FIELD") take any type',
    );
  }
  return result === "avg" ? "decimal" : type;
}

/** `orders`, with at most one window and one `where`, in either order. */
export function lowerSelection(node: ASTNode, reading: Reading): EventSelection {
  let window: EventWindow | undefined;
  let where: Condition | undefined;
  let current = node;
  while (current.op === "rcall") {
    const [name, receiver, args] = current.args;
    checkTimed(current, name, { receiver, reading });
    const known = WINDOWS.find((candidate) => candidate === name);
    if (known === undefined && name !== "where") {
      return refuse(
        current,
        `${name}() cannot stand in the middle of a selection of events`,
        suggestion(name, [...WINDOWS, "where"]),
      );
    }
    if (known !== undefined) {
      if (window !== undefined) {
        refuse(current, "only one window can be given", "between(a, b) has two ends");
      }
      window = lowerWindow(current, known, reading);
    } else {
      if (where !== undefined) {
        refuse(current, "only one where can be given", "join the conditions with &&");
      }
      where = lowerWhere(current, datasetOf(startOf(receiver), reading), { args, reading });
    }
    current = receiver;
  }
  const dataset = datasetOf(current, reading);
  const always = { kind: dataset.kind === "event" ? "all-time" : "timeless" } as const;
  return eventSelection({ dataset: dataset.name, window: window ?? always, where });
}

/** What the first method of a chain is called on. */
export function startOf(node: ASTNode): ASTNode {
  return node.op === "rcall" ? startOf(node.args[1]) : node;
}

function datasetOf(node: ASTNode, reading: Reading): SelectableDataset {
  const dataset = node.op === "id" ? findSelectable(reading, node.args) : undefined;
  if (dataset !== undefined) {
    return dataset;
  }
  const names = selectableNames(reading);
  return node.op === "id"
    ? refuse(node, `there are no events ${JSON.stringify(node.args)}`, suggestion(node.args, names))
    : refuse(node, "this is no selection of events", `for example ${EXAMPLE}`);
}

function lowerWhere(
  node: ASTNode,
  dataset: SelectableDataset,
  call: { readonly args: readonly ASTNode[]; readonly reading: Reading },
): Condition {
  const example = "orders.where(e, e.amount > 50.0)";
  expectArguments(node, call.args, { name: "where()", count: 2, example });
  const [binding, body] = call.args;
  if (binding?.op !== "id" || body === undefined) {
    return refuse(
      binding ?? node,
      "the first argument of where() names the event",
      `for example ${example}`,
    );
  }
  return call.reading.lower.condition(body, {
    ...call.reading,
    scope: { kind: "selected", binding: binding.args, dataset },
  });
}

function lowerWindow(
  node: NodeOf<"rcall">,
  name: (typeof WINDOWS)[number],
  reading: Reading,
): EventWindow {
  const args = node.args[2];
  const example =
    name === "within"
      ? 'orders.within("90d")'
      : name === "between"
        ? 'orders.between(date("2026-01-01"), date("2026-02-01"))'
        : `orders.${name}(date("2026-01-01"))`;
  expectArguments(node, args, { name: `${name}()`, count: name === "between" ? 2 : 1, example });
  switch (name) {
    case "within": {
      const text = stringArgument(args[0], node, "the span of within()");
      const span = parseSpan(text);
      return span === undefined ? refuseSpan(args[0] ?? node) : { kind: "within", span };
    }
    case "between":
      return {
        kind: "between",
        from: lowerBound(args[0] ?? node, reading),
        until: lowerBound(args[1] ?? node, reading),
      };
    case "before":
      return { kind: "before", until: lowerBound(args[0] ?? node, reading) };
    case "after":
      return { kind: "after", from: lowerBound(args[0] ?? node, reading) };
  }
}

/** Says how spans are written. */
export function refuseSpan(node: ASTNode): never {
  return refuse(
    node,
    "this is no span of time, or longer than 200 years",
    'fixed: "90d", "12h", "1h30m", "2w"; calendar: "3mo", "1y"',
  );
}

function lowerBound(node: ASTNode, reading: Reading): Value {
  const bound = reading.lower.value(node, reading);
  const type = typeOf(bound);
  if (type !== "date" && type !== "timestamp") {
    refuse(
      node,
      `the end of a window must be a date or a timestamp, not ${aOrAn(type)}`,
      'for example date("2026-01-01") or now() - duration("30d")',
    );
  }
  walkValue(bound, {
    value: (part) => {
      if (part.kind === "field" || part.kind === "aggregate" || part.kind === "score") {
        refuse(
          node,
          "the end of a window must be the same for every member",
          "compare firstAt() or lastAt() with the field instead",
        );
      }
    },
  });
  // A date is its first instant: said once here, so that everything below knows instants only.
  return type === "date" ? value({ kind: "start-of-day", date: bound }) : bound;
}
