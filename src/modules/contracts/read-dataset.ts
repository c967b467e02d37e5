/** One dataset of a contract: its kind, its fields, its key and what it refers to. */
import { didYouMean } from "../../kernel/index.ts";
import { z } from "zod";
import { closed } from "../../protocol/odcs/index.ts";
import type { OdcsDataset } from "../../protocol/odcs/index.ts";
import type { Dataset, Field, Reference, RowRule } from "./catalogue.ts";
import { Extensions } from "./extensions.ts";
import type { Path } from "./located-yaml.ts";
import { datasetNameProblem } from "./names.ts";
import type { Problems } from "./problems.ts";
import { readField } from "./read-field.ts";

/** PostgreSQL stores at most 1,600 columns; 800 leave room for those that were dropped. */
const MAX_FIELDS = 800;

const KINDS = ["customer", "account", "event"] as const satisfies readonly Dataset["kind"][];

const EXTENSIONS: Readonly<Record<Dataset["kind"], readonly string[]>> = {
  customer: ["kind", "account", "rules"],
  account: ["kind", "rules"],
  event: ["kind", "eventTime", "subject", "createsCustomers", "rules"],
};

const referenceSchema = closed({
  field: z.string(),
  references: z.string().regex(/^[^.\s]+\.[^.\s]+$/u, { error: "must be DATASET.FIELD" }),
});

const ruleSchema = z.array(
  closed({
    id: z.string().regex(/^[a-z][a-z0-9-]{0,58}$/u, {
      error: "must be lower-case letters, digits and hyphens, beginning with a letter",
    }),
    expression: z.string().min(1).max(10_000),
    message: z.string().min(1).max(500),
  }),
);

/** A dataset with the places that later checks speak of. */
export interface ReadDataset {
  readonly dataset: Dataset;
  readonly path: Path;
  /** Where the reference to another dataset stands. */
  readonly referencePath: Path;
}

export interface DatasetSource {
  readonly source: OdcsDataset;
  /** Fields of these categories are sealed unless they say otherwise. */
  readonly sealedCategories: readonly string[];
}

/** Reads one dataset; undefined when its kind cannot be told. References are checked later, among all. */
export function readDataset(
  { source, sealedCategories }: DatasetSource,
  path: Path,
  problems: Problems,
): ReadDataset | undefined {
  const name = datasetNameProblem(source.name);
  if (name !== undefined) {
    problems.add([...path, "name"], name.message, name.hint);
  }
  const kind = readKind(source, path, problems);
  if (kind === undefined) {
    return undefined;
  }
  const known = EXTENSIONS[kind];
  const owner = `${kind === "customer" ? "a" : "an"} ${kind} dataset`;
  const extensions = new Extensions(source.customProperties, { path, known, owner }, problems);
  const base = {
    name: source.name,
    title: source.businessName ?? source.name,
    description: source.description ?? "",
    fields: readFields({ source, path, kind, sealedCategories }, problems),
    key: readKey(source, path, problems),
    rowRules: readRowRules(extensions, problems),
  };
  const reading = { base, extensions, problems, path };
  switch (kind) {
    case "event":
      return readEvent(reading);
    case "customer": {
      requireIdentity(reading);
      const account = readReference("account", reading);
      return {
        dataset: { kind, ...base, account },
        path,
        referencePath: extensions.pathOf("account"),
      };
    }
    case "account":
      requireIdentity(reading);
      return { dataset: { kind, ...base }, path, referencePath: path };
  }
}

interface Reading {
  readonly base: Omit<Dataset, "kind">;
  readonly extensions: Extensions;
  readonly problems: Problems;
  readonly path: Path;
}

/** The kind decides which other properties mean something, so it is found before they are read. */
function readKind(
  { customProperties }: OdcsDataset,
  path: Path,
  problems: Problems,
): Dataset["kind"] | undefined {
  const index = (customProperties ?? []).findIndex(({ property }) => property === "waybill.kind");
  const value = customProperties?.[index]?.value;
  const kind = KINDS.find((one) => one === value);
  if (kind !== undefined) {
    return kind;
  }
  const hint = `one of ${KINDS.join(", ")}`;
  if (index < 0) {
    problems.addKey(path, "a dataset needs the property waybill.kind", hint);
  } else {
    const near = typeof value === "string" ? didYouMean(value, KINDS) : undefined;
    problems.add(
      [...path, "customProperties", index, "value"],
      `waybill.kind must be ${hint}`,
      near,
    );
  }
  return undefined;
}

interface FieldsSource extends DatasetSource {
  readonly path: Path;
  readonly kind: Dataset["kind"];
}

function readFields(
  { source, path, kind, sealedCategories }: FieldsSource,
  problems: Problems,
): Field[] {
  const properties = source.properties ?? [];
  if (properties.length === 0) {
    problems.addKey(path, "a dataset needs fields", "list them under properties");
  }
  if (properties.length > MAX_FIELDS) {
    problems.addKey([...path, "properties"], `a dataset can have at most ${MAX_FIELDS} fields`);
  }
  const keyCount = properties.filter(({ primaryKey }) => primaryKey === true).length;
  const seen = new Set<string>();
  const fields: Field[] = [];
  for (const [index, field] of properties.entries()) {
    const at = [...path, "properties", index];
    if (seen.has(field.name)) {
      problems.add(
        [...at, "name"],
        "the dataset has a field of this name already",
        "give it another name",
      );
    }
    seen.add(field.name);
    const isLoneKey = field.primaryKey === true && keyCount === 1;
    const read = readField(
      { field, path: at, datasetKind: kind, isLoneKey, sealedCategories },
      problems,
    );
    if (read !== undefined) {
      fields.push(read);
    }
  }
  return fields;
}

/** The key's fields by `primaryKeyPosition`; those without a position follow in their order. */
function readKey(source: OdcsDataset, path: Path, problems: Problems): string[] {
  const parts = (source.properties ?? [])
    .map((field, index) => ({ field, index, position: field.primaryKeyPosition ?? -1 }))
    .filter(({ field }) => field.primaryKey === true);
  const given = parts.map(({ position }) => position).filter((position) => position > 0);
  for (const { field, index, position } of parts) {
    if (position > 0 && given.indexOf(position) !== given.lastIndexOf(position)) {
      const at = [...path, "properties", index, "primaryKeyPosition"];
      problems.add(at, "two fields of the key have the same position", "number them 1, 2, 3 …");
    }
    if (field.logicalType === "array") {
      problems.addKey(
        [...path, "properties", index, "primaryKey"],
        "a list cannot be part of a key",
      );
    }
  }
  const rank = ({ position }: { position: number }): number => (position > 0 ? position : Infinity);
  const sorted = parts.toSorted((a, b) =>
    rank(a) === rank(b) ? a.index - b.index : rank(a) - rank(b),
  );
  return sorted.map(({ field }) => field.name);
}

function readRowRules(extensions: Extensions, problems: Problems): RowRule[] {
  const rules = extensions.read("rules", ruleSchema) ?? [];
  const ids = rules.map(({ id }) => id);
  for (const [index, id] of ids.entries()) {
    if (ids.indexOf(id) !== index) {
      problems.add(
        [...extensions.pathOf("rules"), index, "id"],
        "another rule has this id",
        "give it another",
      );
    }
  }
  return rules.map(({ id, expression, message }) => ({ id, expression, message }));
}

function readEvent(reading: Reading): ReadDataset | undefined {
  const { base, extensions, problems, path } = reading;
  const hintTime = "the date or timestamp field that says when it happened";
  const eventTime = extensions.require("eventTime", z.string(), hintTime);
  const time = base.fields.find(({ name }) => name === eventTime);
  if (eventTime !== undefined && time === undefined) {
    problems.add(extensions.pathOf("eventTime"), ...unknownField(base.fields));
  } else if (time !== undefined && time.type.kind !== "date" && time.type.kind !== "timestamp") {
    problems.add(
      extensions.pathOf("eventTime"),
      "the field is neither a date nor a timestamp",
      hintTime,
    );
  } else if (time?.sealed === true) {
    problems.add(
      extensions.pathOf("eventTime"),
      "the field is sealed, and events are placed in time by it",
      "give the field waybill.sealed: false",
    );
  }
  if (!extensions.has("subject")) {
    const hint = "waybill.subject: {field, references: DATASET.FIELD} says whose event it is";
    problems.addKey(path, "an event dataset needs the property waybill.subject", hint);
  }
  const subject = readReference("subject", reading);
  const createsCustomers = extensions.read("createsCustomers", z.boolean()) ?? false;
  if (eventTime === undefined || subject === undefined) {
    return undefined;
  }
  // An event without its time or its customer means nothing, so both fields are required.
  const fields = base.fields.map((field) =>
    field.name === eventTime || field.name === subject.field
      ? { ...field, rules: { ...field.rules, required: true } }
      : field,
  );
  const dataset = { kind: "event", ...base, fields, eventTime, subject, createsCustomers } as const;
  return { dataset, path, referencePath: extensions.pathOf("subject") };
}

function readReference(name: "subject" | "account", reading: Reading): Reference | undefined {
  const { base, extensions, problems } = reading;
  const read = extensions.read(name, referenceSchema);
  if (read === undefined) {
    return undefined;
  }
  const [dataset = "", target = ""] = read.references.split(".");
  if (!base.fields.some((field) => field.name === read.field)) {
    const [message] = unknownField(base.fields);
    const hint = didYouMean(
      read.field,
      base.fields.map((field) => field.name),
    );
    problems.add([...extensions.pathOf(name), "field"], message, hint);
  }
  return { field: read.field, dataset, target };
}

function requireIdentity({ base, problems, path }: Reading): void {
  if (base.key.length === 0 && !base.fields.some(({ identifier }) => identifier)) {
    const hint = "mark a field with primaryKey: true, or with waybill.identifier: true";
    problems.addKey(path, "nothing tells one row of this dataset from another", hint);
  }
}

function unknownField(fields: readonly Field[]): [message: string, hint: string] {
  const names = fields.slice(0, 20).map(({ name }) => name);
  return ["the dataset has no such field", `its fields: ${names.join(", ")}`];
}
