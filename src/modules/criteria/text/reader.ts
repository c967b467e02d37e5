import type { ASTNode } from "@marcbachmann/cel-js";
import type { Catalogue, Dataset, EventDataset, Field } from "../../contracts/index.ts";
import { customerDataset, findDataset, findField } from "../../contracts/index.ts";
import type { Condition, FieldValue, Value, ValueType } from "../tree/index.ts";
import { value } from "../tree/index.ts";
import type { CriteriaIssue, TextRange } from "./refusal.ts";
import { issueOfRefusal, Refusal, refuse } from "./refusal.ts";
import { suggestion } from "../../../kernel/index.ts";

/** What names can be seen: the customer and its account, or the one event that a `where` looks at. */
export type NameScope =
  | { readonly kind: "customer" }
  | { readonly kind: "event"; readonly binding: string; readonly dataset: EventDataset };

/** What the lowering of one criteria text carries along. */
export interface Reading {
  readonly text: string;
  readonly catalogue: Catalogue;
  /** Names of the segments there are; undefined when they are not checked. */
  readonly segments: ReadonlySet<string> | undefined;
  readonly scope: NameScope;
  /** Everything refused so far: shared by all parts of the text. */
  readonly issues: CriteriaIssue[];
  /** The grammar's two recursive entries: conditions hold values, and events in values hold conditions. */
  readonly lower: {
    readonly condition: (node: ASTNode, reading: Reading) => Condition;
    readonly value: (node: ASTNode, reading: Reading) => Value;
  };
}

/** The node of one operator of cel-js's tree. */
export type NodeOf<Operator extends ASTNode["op"]> = Extract<ASTNode, { op: Operator }>;

/** Runs a part of the reading; a refusal becomes an issue and the rest of the text is still read. */
export function collecting<T>(reading: Reading, part: () => T): T | undefined {
  try {
    return part();
  } catch (error) {
    if (error instanceof Refusal) {
      reading.issues.push(issueOfRefusal(reading.text, error));
      return undefined;
    }
    throw error;
  }
}

/** What the author wrote for a node. */
export function sourceOf(reading: Reading, node: ASTNode): string {
  return reading.text.slice(node.start, node.end);
}

/** Where a method's name stands: behind what it is called on. */
export function methodName(reading: Reading, node: NodeOf<"rcall">): TextRange {
  const [name, receiver] = node.args;
  const start = reading.text.indexOf(name, receiver.end);
  return start === -1 ? node : { start, end: start + name.length };
}

/** The string literal that an argument must be. */
export function stringArgument(node: ASTNode | undefined, owner: ASTNode, what: string): string {
  if (node?.op === "value" && typeof node.args === "string") {
    return node.args;
  }
  return refuse(node ?? owner, `${what} must be a text in quotes`);
}

/** Refuses a call that has not exactly `count` arguments. */
export function expectArguments(
  node: ASTNode,
  args: readonly ASTNode[],
  usage: { readonly name: string; readonly count: number; readonly example: string },
): void {
  if (args.length !== usage.count) {
    const noun = usage.count === 1 ? "argument" : "arguments";
    refuse(
      node,
      `${usage.name} takes ${usage.count} ${noun}, not ${args.length}`,
      `for example ${usage.example}`,
    );
  }
}

/** `customer.f`, `account["f"]` or, inside a `where`, `e.f`; undefined when the node is no field access. */
export function fieldAccess(
  node: ASTNode,
): { readonly owner: ASTNode; readonly field: string } | undefined {
  if (node.op === ".") {
    return { owner: node.args[0], field: node.args[1] };
  }
  if (node.op === "[]") {
    const [owner, index] = node.args;
    return index.op === "value" && typeof index.args === "string"
      ? { owner, field: index.args }
      : undefined;
  }
  return undefined;
}

/** Resolves a field access against the catalogue, or says what was probably meant. */
export function lowerField(node: ASTNode, reading: Reading): FieldValue {
  const access = fieldAccess(node);
  if (access === undefined) {
    return refuse(node, "this is not a field", 'write customer.FIELD or customer["FIELD"]');
  }
  const { dataset, of } = ownerOf(access.owner, reading);
  const field = findField(dataset, access.field);
  if (field === undefined) {
    const names = dataset.fields.map((known) => known.name);
    return refuse(
      { start: access.owner.end + 1, end: node.end },
      `${dataset.name} has no field ${JSON.stringify(access.field)}`,
      suggestion(access.field, names),
    );
  }
  return value({
    kind: "field",
    of,
    dataset: dataset.name,
    field: field.name,
    type: valueTypeOf(field),
  });
}

function ownerOf(
  node: ASTNode,
  reading: Reading,
): { readonly dataset: Dataset; readonly of: FieldValue["of"] } {
  if (node.op !== "id") {
    return refuse(node, "fields belong to customer, account or the event of a where");
  }
  const name = node.args;
  if (reading.scope.kind === "event") {
    return eventOwner(node, reading.scope, name);
  }
  const customers = customerDataset(reading.catalogue);
  if (name === "customer") {
    return { dataset: customers ?? refuse(node, "the contract has no customers"), of: "customer" };
  }
  if (name === "account") {
    const account = customers?.account;
    const dataset = account && findDataset(reading.catalogue, account.dataset);
    return {
      dataset: dataset ?? refuse(node, "the contract says no account of a customer"),
      of: "account",
    };
  }
  if (findDataset(reading.catalogue, name)?.kind === "event") {
    return refuse(
      node,
      `${name} are many events, so they have no single field`,
      `choose a result: ${name}.count(), ${name}.sum("FIELD"), ${name}.last("FIELD"), ${name}.any()`,
    );
  }
  return refuse(node, `there is no ${JSON.stringify(name)}`, suggestion(name, subjects(reading)));
}

function eventOwner(
  node: ASTNode,
  scope: Extract<NameScope, { kind: "event" }>,
  name: string,
): { readonly dataset: Dataset; readonly of: FieldValue["of"] } {
  if (name === scope.binding) {
    return { dataset: scope.dataset, of: "event" };
  }
  return refuse(
    node,
    `a where on ${scope.dataset.name} sees the fields of ${scope.binding} only, not ${JSON.stringify(name)}`,
    "compare with the customer outside of the where",
  );
}

/** What can stand before a dot: the names for suggestions. */
export function subjects(reading: Reading): readonly string[] {
  if (reading.scope.kind === "event") {
    return [reading.scope.binding];
  }
  return ["customer", "account", ...eventDatasets(reading).map((dataset) => dataset.name)];
}

export function eventDatasets(reading: Reading): readonly EventDataset[] {
  return reading.catalogue.datasets.filter((dataset) => dataset.kind === "event");
}

export function valueTypeOf(field: Field): ValueType {
  return field.type.kind === "enum" ? "text" : field.type.kind;
}

/** A type in a sentence: `an integer`, `a list of texts`. */
export function aOrAn(type: ValueType): string {
  switch (type) {
    case "integer":
      return "an integer";
    case "text-list":
      return "a list of texts";
    default:
      return `a ${type}`;
  }
}
