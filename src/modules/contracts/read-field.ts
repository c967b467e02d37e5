/** One field of a contract: its type, its rules and what Waybill does with it. */
import { z } from "zod";
import type { OdcsField } from "../../protocol/odcs/index.ts";
import type {
  Dataset,
  ErasureMethod,
  Field,
  FieldType,
  Normaliser,
  Survivorship,
} from "./catalogue.ts";
import { Extensions } from "./extensions.ts";
import { DATA_CATEGORIES, taxonomyProblem } from "./fideslang.ts";
import { readRules } from "./field-rules.ts";
import type { Path } from "./located-yaml.ts";
import { fieldNameProblem } from "./names.ts";
import type { Problems } from "./problems.ts";
import { isSealedCategory } from "./sealing.ts";

export const NORMALISERS = [
  "phone",
  "email",
  "person-name",
  "company-name",
  "postal-code",
  "country",
  "trim",
  "upper",
  "lower",
] as const satisfies readonly Normaliser[];

export const SURVIVORSHIPS = [
  "most-recent",
  "most-trusted",
  "most-complete",
  "longest",
  "majority",
] as const satisfies readonly Survivorship[];

export const ERASURES = [
  "delete",
  "hash",
  "encrypt-one-time-key",
  "pattern-mask",
] as const satisfies readonly ErasureMethod[];

/** PostgreSQL's limit is 1,000 digits; 38 is what Parquet, DuckDB and most warehouses can take. */
export const MAX_PRECISION = 38;
const DEFAULT_DECIMAL = { kind: "decimal", precision: 18, scale: 4 } as const;

export interface FieldSource {
  readonly field: OdcsField;
  readonly path: Path;
  readonly datasetKind: Dataset["kind"];
  /** The only field of the dataset's primary key. */
  readonly isLoneKey: boolean;
  /** Fields of these categories are sealed unless they say otherwise. */
  readonly sealedCategories: readonly string[];
}

/** Reads one field; undefined when its type cannot be told. */
export function readField(source: FieldSource, problems: Problems): Field | undefined {
  const { field, path, datasetKind } = source;
  const name = fieldNameProblem(field.name);
  if (name !== undefined) {
    problems.add([...path, "name"], name.message, name.hint);
  }
  const extensions = new Extensions(
    field.customProperties,
    { path, known: known(datasetKind), owner: owner(datasetKind) },
    problems,
  );
  const type = readType(source, { extensions, problems });
  refuseUnsupported(source, problems);
  if (type === undefined) {
    return undefined;
  }
  const category = readCategory(extensions, problems);
  const survivorship = extensions.read("survivorship", z.enum(SURVIVORSHIPS)) ?? "most-recent";
  const said = extensions.read("sealed", z.union([z.boolean(), z.literal("subject")]));
  const sealed = (said ?? isSealedCategory(category, source.sealedCategories)) !== false;
  const isApart = said === "subject";
  const identifier = readIdentifier(source, { type, extensions, problems });
  if (isApart) {
    refuseFinding({ field, extensions, problems }, { identifier, survivorship });
  }
  if (sealed && survivorship === "longest") {
    problems.add(
      extensions.pathOf("survivorship"),
      "the field is sealed, so nobody can tell which of its values is the longest",
      "use most-recent, most-trusted, most-complete or majority, or give it waybill.sealed: false",
    );
  }
  const options = (field.logicalTypeOptions ?? {}) as Readonly<Record<string, unknown>>;
  const required = field.required === true || field.primaryKey === true;
  return {
    name: field.name,
    title: field.businessName ?? field.name,
    description: field.description ?? "",
    type,
    rules: readRules({ options, path: [...path, "logicalTypeOptions"], type, required }, problems),
    category,
    normaliser: readNormaliser(type, { extensions, problems }),
    survivorship,
    identifier,
    erasure: extensions.read("erasure", z.enum(ERASURES)) ?? "delete",
    ...(sealed ? { sealed } : {}),
    ...(isApart ? { equality: "subject" } : {}),
  };
}

/** Values that look equal for one person only find nobody, and agree with nobody. */
function refuseFinding(
  { field, extensions, problems }: Pick<FieldSource, "field"> & Reading,
  { identifier, survivorship }: Pick<Field, "identifier" | "survivorship">,
): void {
  const hint = "waybill.sealed: true lets equal values be found";
  if (identifier || field.primaryKey === true) {
    problems.add(
      extensions.pathOf("sealed"),
      "rows are told apart by this field, and its values look equal for one person only",
      hint,
    );
  }
  if (survivorship === "majority") {
    problems.add(
      extensions.pathOf("survivorship"),
      "the values of several records look different, so that no majority can be told",
      hint,
    );
  }
}

interface Reading {
  readonly extensions: Extensions;
  readonly problems: Problems;
}

function known(kind: Dataset["kind"]): readonly string[] {
  const always = ["type", "values", "category", "normaliser", "erasure", "sealed"];
  return kind === "event" ? always : [...always, "survivorship", "identifier"];
}

function owner(kind: Dataset["kind"]): string {
  return kind === "event" ? "a field of events" : "a field";
}

function readType(
  { field, path }: FieldSource,
  { extensions, problems }: Reading,
): FieldType | undefined {
  const { logicalType } = field;
  const refuseMisplaced = (): void => {
    if (logicalType !== "string" && extensions.has("values")) {
      problems.add(
        extensions.pathOf("values"),
        "waybill.values is for fields of logicalType string",
      );
    }
    if (logicalType !== "number" && extensions.has("type")) {
      problems.add(extensions.pathOf("type"), "waybill.type is for fields of logicalType number");
    }
  };
  refuseMisplaced();
  switch (logicalType) {
    case "string":
      return readEnumeration({ extensions, problems });
    case "number":
      return readDecimal({ extensions, problems });
    case "array":
      return readList({ field, path }, problems);
    case "integer":
    case "boolean":
    case "date":
    case "timestamp":
      return { kind: logicalType };
    case undefined:
      problems.addKey(path, "a field needs its logicalType", `one of ${LOGICAL_TYPES}`);
      return undefined;
    default:
      problems.add(
        [...path, "logicalType"],
        `logicalType ${logicalType} is not stored by Waybill`,
        `use one of ${LOGICAL_TYPES}`,
      );
      return undefined;
  }
}

const LOGICAL_TYPES = "string, integer, number, boolean, date, timestamp, array (of string)";

function readEnumeration({ extensions, problems }: Reading): FieldType {
  const schema = z.array(z.string().min(1).max(200)).min(1).max(1000);
  const values = extensions.read("values", schema);
  if (values === undefined) {
    return { kind: "text" };
  }
  const repeated = values.findIndex((value, index) => values.indexOf(value) !== index);
  const padded = values.findIndex((value) => value.trim() !== value);
  if (repeated >= 0) {
    problems.add(
      [...extensions.pathOf("values"), repeated],
      "the value is given twice",
      "keep one of the two",
    );
  }
  if (padded >= 0) {
    problems.add(
      [...extensions.pathOf("values"), padded],
      "the value begins or ends with a blank",
      "remove it",
    );
  }
  return { kind: "enum", values };
}

function readDecimal({ extensions, problems }: Reading): FieldType {
  const text = extensions.read("type", z.string());
  if (text === undefined) {
    return DEFAULT_DECIMAL;
  }
  const parts = /^decimal\((\d{1,4}),\s*(\d{1,4})\)$/u.exec(text);
  const precision = Number(parts?.[1]);
  const scale = Number(parts?.[2]);
  const hint = `decimal(P,S): P digits in all, 1 to ${MAX_PRECISION}, S of them after the point`;
  if (parts === null) {
    problems.add(extensions.pathOf("type"), "waybill.type must be decimal(P,S)", hint);
    return DEFAULT_DECIMAL;
  }
  if (precision < 1 || precision > MAX_PRECISION || scale > precision) {
    problems.add(
      extensions.pathOf("type"),
      "waybill.type has a precision or scale that cannot be stored",
      hint,
    );
    return DEFAULT_DECIMAL;
  }
  return { kind: "decimal", precision, scale };
}

function readList(
  { field, path }: Pick<FieldSource, "field" | "path">,
  problems: Problems,
): FieldType | undefined {
  const items = z.object({ logicalType: z.string() }).safeParse(field["items"]);
  if (items.success && items.data.logicalType === "string") {
    return { kind: "text-list" };
  }
  problems.addKey(
    [...path, "items"],
    "a list must be a list of text",
    "items: {logicalType: string}",
  );
  return undefined;
}

function readCategory(extensions: Extensions, problems: Problems): string | undefined {
  const category = extensions.read("category", z.string());
  const problem = category === undefined ? undefined : taxonomyProblem(category, DATA_CATEGORIES);
  if (problem !== undefined) {
    problems.add(
      extensions.pathOf("category"),
      "waybill.category is no fideslang data category",
      problem,
    );
  }
  return category;
}

function readNormaliser(
  type: FieldType,
  { extensions, problems }: Reading,
): Normaliser | undefined {
  const normaliser = extensions.read("normaliser", z.enum(NORMALISERS));
  if (normaliser !== undefined && type.kind !== "text" && type.kind !== "enum") {
    problems.add(
      extensions.pathOf("normaliser"),
      "waybill.normaliser is for fields of logicalType string",
    );
  }
  return normaliser;
}

function readIdentifier(
  source: FieldSource,
  reading: Reading & { readonly type: FieldType },
): boolean {
  const { type, extensions, problems } = reading;
  const canIdentify = type.kind === "text" || type.kind === "integer";
  const said = extensions.read("identifier", z.boolean());
  if (said === true && !canIdentify) {
    const hint = "identifiers are text or integers";
    problems.add(
      extensions.pathOf("identifier"),
      "a field of this type cannot be an identifier",
      hint,
    );
  }
  return said ?? (source.isLoneKey && canIdentify && source.datasetKind !== "event");
}

function refuseUnsupported({ field, path }: FieldSource, problems: Problems): void {
  if (field.unique === true && field.primaryKey !== true) {
    const hint =
      "leave it out; waybill.identifier: true says that equal values mean the same customer";
    problems.addKey([...path, "unique"], "unique is not checked by Waybill", hint);
  }
}
