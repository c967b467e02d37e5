/** The names that policies use: of recipients, categories, purposes, datasets and fields. */
import { suggestion } from "../../../kernel/index.ts";
import {
  DATA_CATEGORIES,
  DATA_USES,
  customerDataset,
  taxonomyProblem,
} from "../../contracts/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import type { Recipient } from "../recipients/recipient.ts";
import { attributeProblem } from "./attributes.ts";
import type { Finding } from "./engine.ts";
import type { Expression } from "./expression.ts";
import type { Policy } from "./policy.ts";
import type { Entity, Value } from "./value.ts";

interface Scene {
  readonly catalogue: Catalogue;
  readonly recipients: readonly Recipient[];
}

/** The entities that a policy names and that do not exist, each where it first stands. */
export function unknownNames(policy: Policy, scene: Scene): Finding[] {
  const named = new Map<string, Entity>();
  const { principal, action, resource, conditions } = policy;
  for (const part of [principal, action, resource, ...conditions.map(({ body }) => body)]) {
    for (const entity of entitiesIn(part)) {
      named.set(`${entity.type}::${JSON.stringify(entity.id)}`, entity);
    }
  }
  return [...named].flatMap(([spelled, entity]) => {
    const problem = entityProblem(entity, scene);
    return problem === undefined
      ? []
      : [{ ...problem, offset: Math.max(0, policy.text.indexOf(spelled)) }];
  });
}

/**
 * What a policy asks of rows that no row has. Cedar lets `has` pass with any name: a forbid that asks for
 * a misspelled field would never apply.
 */
export function unknownAttributes(policy: Policy, catalogue: Catalogue): Finding[] {
  const asked = fieldsAsked(policy.conditions.map(({ body }) => body));
  return asked.flatMap(({ of, field }) => {
    const problem = attributeIssue(of, field, catalogue);
    const place = new RegExp(`${of}(?:\\s*\\.\\s*|\\s+has\\s+)${RegExp.escape(field ?? "")}`, "u");
    return problem === undefined
      ? []
      : [{ ...problem, offset: Math.max(0, policy.text.search(place)) }];
  });
}

function attributeIssue(
  of: AskedField["of"],
  name: string | undefined,
  catalogue: Catalogue,
): Pick<Finding, "message" | "hint"> | undefined {
  if (of === "consents") {
    return undefined;
  }
  const dataset =
    of === "customer"
      ? customerDataset(catalogue)
      : catalogue.datasets.find(({ kind }) => kind === "account");
  const field = dataset?.fields.find((one) => one.name === name);
  if (field === undefined) {
    const names = dataset?.fields.map((one) => one.name) ?? [];
    const message = `${dataset?.name ?? `the ${of}`} has no field ${name}`;
    return { message, hint: suggestion(name ?? "", names) };
  }
  const problem = attributeProblem(field);
  return problem === undefined ? undefined : { message: problem, hint: "ask another field" };
}

/** A field of the customer or of its account, or its consents. */
export interface AskedField {
  readonly of: "customer" | "account" | "consents";
  /** The field; undefined for the consents. */
  readonly field: string | undefined;
}

/** What conditions ask of rows, each thing once. */
export function fieldsAsked(conditions: readonly Expression[]): readonly AskedField[] {
  const all = conditions.flatMap((condition) => [...asked(condition)]);
  return [...new Map(all.map((one) => [`${one.of} ${one.field ?? ""}`, one])).values()];
}

function* asked(node: Expression): Iterable<AskedField> {
  if (node.kind === "attribute" || node.kind === "has") {
    const row = contextMember(node.of);
    if (row === "customer" || row === "account") {
      yield { of: row, field: node.name };
    }
    if (row === "consents") {
      yield { of: row, field: undefined };
    }
  }
  for (const child of childrenOf(node)) {
    yield* asked(child);
  }
}

/** `customer` of `context.customer`. */
function contextMember(node: Expression): string | undefined {
  return node.kind === "attribute" && node.of.kind === "variable" && node.of.name === "context"
    ? node.name
    : undefined;
}

function entityProblem(
  { type, id }: Entity,
  { catalogue, recipients }: Scene,
): Pick<Finding, "message" | "hint"> | undefined {
  switch (type) {
    case "Recipient":
      return unlessNamed(
        "recipient",
        id,
        recipients.map(({ recipient }) => recipient),
      );
    case "Category":
      return unlessKey("data category", id, DATA_CATEGORIES);
    case "Purpose":
      return unlessKey("purpose", id, DATA_USES);
    case "Dataset":
      return unlessNamed(
        "dataset",
        id,
        catalogue.datasets.map(({ name }) => name),
      );
    case "Field":
      return unlessNamed("field", id, fieldNames(catalogue));
    case "Customer":
    case "Account":
      return {
        message: `${type}::"…" names one row, and policies are about all of them`,
        hint: `ask a field: context.${type.toLowerCase()}.FIELD`,
      };
    default:
      // Actions and unknown types are Cedar's to judge.
      return undefined;
  }
}

function fieldNames({ datasets }: Catalogue): string[] {
  return datasets.flatMap(({ name, fields }) => fields.map((field) => `${name}.${field.name}`));
}

function unlessNamed(
  what: string,
  id: string,
  names: readonly string[],
): Pick<Finding, "message" | "hint"> | undefined {
  return names.includes(id)
    ? undefined
    : { message: `there is no ${what} ${JSON.stringify(id)}`, hint: suggestion(id, names) };
}

function unlessKey(
  what: string,
  id: string,
  keys: ReadonlySet<string>,
): Pick<Finding, "message" | "hint"> | undefined {
  return keys.has(id)
    ? undefined
    : {
        message: `${JSON.stringify(id)} is no ${what} of fideslang`,
        hint: taxonomyProblem(id, keys),
      };
}

/** Every entity that stands in an expression. */
function* entitiesIn(node: Expression): Iterable<Entity> {
  if (node.kind === "value") {
    yield* entitiesOf(node.value);
    return;
  }
  for (const child of childrenOf(node)) {
    yield* entitiesIn(child);
  }
}

function* entitiesOf(value: Value): Iterable<Entity> {
  if (value.kind === "entity") {
    yield value.entity;
  }
}

/** The expressions that an expression is made of. */
export function childrenOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case "value":
    case "variable":
      return [];
    case "set":
      return node.members;
    case "if":
      return [node.test, node.then, node.otherwise];
    case "offset":
    case "duration-since":
      return [node.of, node.by];
    default:
      return "of" in node ? [node.of] : [node.left, node.right];
  }
}
