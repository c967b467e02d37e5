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

/** Says of an attribute that the contract has, and conditions cannot ask, why that is. */
export function improve(finding: Finding, catalogue: Catalogue): Finding {
  const match = /attribute `([^`]+)` on entity type `(Customer|Account)` not found/u.exec(
    finding.message,
  );
  if (match === null) {
    return finding;
  }
  const [, name, type] = match;
  const dataset =
    type === "Customer"
      ? customerDataset(catalogue)
      : catalogue.datasets.find(({ kind }) => kind === "account");
  const field = dataset?.fields.find((one) => one.name === name);
  const problem = field === undefined ? undefined : attributeProblem(field);
  return problem === undefined
    ? {
        ...finding,
        message: `${dataset?.name ?? `the ${type?.toLowerCase()}`} has no field ${name}`,
      }
    : { ...finding, message: problem, hint: "ask another field" };
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
