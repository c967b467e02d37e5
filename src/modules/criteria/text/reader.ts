import type { ASTNode } from "@marcbachmann/cel-js";
import type { Catalogue, Dataset, EventDataset, Field } from "../../contracts/index.ts";
import { customerDataset, findDataset, findField } from "../../contracts/index.ts";
import type { CustomerDataset, IndexedPlace } from "../../contracts/index.ts";
import type { Condition, FieldValue, Value, ValueType } from "../tree/index.ts";
import { value } from "../tree/index.ts";
import type { CriteriaIssue, TextRange } from "./refusal.ts";
import { issueOfRefusal, Refusal, refuse } from "./refusal.ts";
import { suggestion } from "../../../kernel/index.ts";

/** What names can be seen: those of the member, or the one event or person that a `where` looks at. */
export type NameScope =
  | { readonly kind: "member" }
  | {
      readonly kind: "selected";
      readonly binding: string;
      readonly dataset: SelectableDataset;
    };

/** What methods such as `where` and `count` are called on: events, or the people of an account. */
export type SelectableDataset = EventDataset | CustomerDataset;

/** Gives the 16 bytes by which a value of a sealed field is found, from its text form. */
export type BlindIndex = (place: IndexedPlace, text: string) => Buffer;

/** How values of sealed fields are replaced in the text that is read. */
export interface Sealing {
  readonly blindIndex: BlindIndex;
  /** What stands where, to be replaced: shared by all parts of the text. */
  readonly replaced: (TextRange & { readonly text: string })[];
}

/** What the lowering of one criteria text carries along. */
export interface Reading {
  readonly text: string;
  readonly catalogue: Catalogue;
  /** The dataset whose rows can be members. */
  readonly subject: Dataset;
  /** The segments there are, with their subjects; undefined when they are not checked. */
  readonly segments: ReadonlyMap<string, Dataset> | undefined;
  /** Names of the scores there are; undefined when they are not checked. */
  readonly scores: ReadonlySet<string> | undefined;
  readonly scope: NameScope;
  /** Undefined when values of sealed fields stay in clear. */
  readonly sealing: Sealing | undefined;
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
export function collecting<T>(
  reading: Pick<Reading, "text" | "issues">,
  part: () => T,
): T | undefined {
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
  if (reading.scope.kind === "selected") {
    return selectedOwner(node, reading.scope, name);
  }
  if (name === "customer") {
    return { dataset: customerOf(node, reading), of: "customer" };
  }
  if (name === "account") {
    return { dataset: accountOf(node, reading), of: "account" };
  }
  if (name === "event" && reading.subject.kind === "event") {
    return { dataset: reading.subject, of: "member" };
  }
  if (findSelectable(reading, name) !== undefined) {
    return refuse(
      node,
      `${name} are many, so they have no single field`,
      `choose a result: ${name}.count(), ${name}.sum("FIELD"), ${name}.any()`,
    );
  }
  return refuse(node, `there is no ${JSON.stringify(name)}`, suggestion(name, subjects(reading)));
}

function customerOf(node: ASTNode, reading: Reading): Dataset {
  const customers = customerDataset(reading.catalogue);
  if (reading.subject.kind === "account") {
    const people = customers?.name ?? "customers";
    return refuse(
      node,
      "an account has many customers, so there is no single one",
      `choose a result: ${people}.where(c, c.FIELD == "x").any(), ${people}.count()`,
    );
  }
  return customers ?? refuse(node, "the contract has no customers");
}

function accountOf(node: ASTNode, reading: Reading): Dataset {
  if (reading.subject.kind === "account") {
    return reading.subject;
  }
  const account = customerDataset(reading.catalogue)?.account;
  const dataset = account && findDataset(reading.catalogue, account.dataset);
  return dataset ?? refuse(node, "the contract says no account of a customer");
}

function selectedOwner(
  node: ASTNode,
  scope: Extract<NameScope, { kind: "selected" }>,
  name: string,
): { readonly dataset: Dataset; readonly of: FieldValue["of"] } {
  if (name === scope.binding) {
    return { dataset: scope.dataset, of: scope.dataset.kind === "event" ? "event" : "person" };
  }
  return refuse(
    node,
    `a where on ${scope.dataset.name} sees the fields of ${scope.binding} only, not ${JSON.stringify(name)}`,
    "compare with other fields outside of the where",
  );
}

/** What can stand before a dot: the names for suggestions. */
export function subjects(reading: Reading): readonly string[] {
  if (reading.scope.kind === "selected") {
    return [reading.scope.binding];
  }
  const owners = {
    customer: ["customer", "account"],
    account: ["account"],
    event: ["event", "customer", "account"],
  } as const;
  return [...owners[reading.subject.kind], ...selectableNames(reading)];
}

/** What events can be chosen from, and, where members are accounts, people. */
export function findSelectable(reading: Reading, name: string): SelectableDataset | undefined {
  const dataset = findDataset(reading.catalogue, name);
  const isOfPeople = reading.subject.kind === "account";
  if (dataset?.kind === "event") {
    return isOfPeople && !hasPeople(reading) ? undefined : dataset;
  }
  return dataset?.kind === "customer" && isOfPeople && hasPeople(reading) ? dataset : undefined;
}

/** The names that {@link findSelectable} finds. */
export function selectableNames(reading: Reading): readonly string[] {
  return reading.catalogue.datasets
    .map(({ name }) => name)
    .filter((name) => findSelectable(reading, name) !== undefined);
}

function hasPeople({ catalogue, subject }: Reading): boolean {
  return customerDataset(catalogue)?.account?.dataset === subject.name;
}

export function valueTypeOf(field: Field): ValueType {
  if (field.sealed === true) {
    return "sealed";
  }
  return field.type.kind === "enum" ? "text" : field.type.kind;
}

/** A type in a sentence: `an integer`, `a list of texts`. */
export function aOrAn(type: ValueType): string {
  switch (type) {
    case "integer":
      return "an integer";
    case "text-list":
      return "a list of texts";
    case "sealed":
      return "a sealed value, of which nothing but its equality can be told";
    default:
      return `a ${type}`;
  }
}
