/** Datasets and their fields (ODCS v3.1, "Schema"). */
import { z } from "zod";
import { closed } from "./closed.ts";
import type { Further } from "./closed.ts";
import { authoritativeDefinitions, customProperties, integer, stableId, tags } from "./parts.ts";
import { quality } from "./quality.ts";

const element = {
  id: stableId.optional(),
  physicalType: z.string().optional(),
  description: z.string().optional(),
  businessName: z.string().optional(),
  authoritativeDefinitions: authoritativeDefinitions.optional(),
  tags: tags.optional(),
  customProperties: customProperties.optional(),
};

const shorthand = /^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$/u;
const qualified =
  /^(?:(?:https?:\/\/)?[A-Za-z0-9._\-/]+\.yaml#)?\/?[A-Za-z_][A-Za-z0-9_]*\/[A-Za-z0-9_-]+(?:\/[A-Za-z_][A-Za-z0-9_]*\/[A-Za-z0-9_-]+)*$/u;
const reference = z.string().refine((text) => shorthand.test(text) || qualified.test(text), {
  error: "must name a field as DATASET.FIELD or as a path of ids",
});
const references = z.union([reference, z.array(reference).min(1)]);

const relationship = {
  type: z.enum(["foreignKey"]).optional(),
  to: references,
  customProperties: customProperties.optional(),
};
const fieldRelationship = closed(relationship);
const datasetRelationship = closed({ ...relationship, from: references }).refine(
  ({ from, to }) => Array.isArray(from) === Array.isArray(to),
  { error: "must name one field on both sides, or a list on both" },
);

const count = integer.refine((value) => value >= 0, { error: "must not be negative" }).optional();
const textBounds = {
  exclusiveMaximum: z.string().optional(),
  maximum: z.string().optional(),
  exclusiveMinimum: z.string().optional(),
  minimum: z.string().optional(),
};
const numberBounds = {
  multipleOf: z.number().gt(0, { error: "must be greater than 0" }).optional(),
  maximum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
};
const timeOptions = {
  ...textBounds,
  format: z.string().optional(),
  timezone: z.boolean().optional(),
  defaultTimezone: z.string().optional(),
};
const options = {
  string: closed({
    minLength: count,
    maxLength: count,
    pattern: z.string().optional(),
    format: z.string().optional(),
  }),
  date: closed({ ...textBounds, format: z.string().optional() }),
  timestamp: closed(timeOptions),
  time: closed(timeOptions),
  integer: closed({
    ...numberBounds,
    format: z
      .enum(["i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64", "u128"])
      .optional(),
  }),
  number: closed({ ...numberBounds, format: z.enum(["f32", "f64"]).optional() }),
  object: closed({
    maxProperties: count,
    minProperties: count,
    required: z
      .array(z.string())
      .min(1)
      .refine((names) => new Set(names).size === names.length, { error: "must not repeat a name" })
      .optional(),
  }),
  array: closed({ maxItems: count, minItems: count, uniqueItems: z.boolean().optional() }),
};

const nested = {
  properties: z.lazy(() => z.array(property)).optional(),
  items: z.lazy(() => item).optional(),
};

const optionSchemas = new Map<unknown, z.ZodObject>([
  ["string", z.looseObject({ logicalTypeOptions: options.string.optional() })],
  ["date", z.looseObject({ logicalTypeOptions: options.date.optional() })],
  ["timestamp", z.looseObject({ logicalTypeOptions: options.timestamp.optional() })],
  ["time", z.looseObject({ logicalTypeOptions: options.time.optional() })],
  ["integer", z.looseObject({ logicalTypeOptions: options.integer.optional() })],
  ["number", z.looseObject({ logicalTypeOptions: options.number.optional() })],
  [
    "object",
    z.looseObject({ logicalTypeOptions: options.object.optional(), properties: nested.properties }),
  ],
  ["array", z.looseObject({ logicalTypeOptions: options.array.optional(), items: nested.items })],
  ["boolean", z.looseObject({ logicalTypeOptions: z.record(z.string(), z.unknown()).optional() })],
  // Without a type every `if` of the JSON Schema holds at once: no option is known to all of them.
  [undefined, z.looseObject({ logicalTypeOptions: closed({}).optional(), ...nested })],
]);

const further: Further = ({ logicalType }) => optionSchemas.get(logicalType);

const base = {
  ...element,
  name: z.string().optional(),
  primaryKey: z.boolean().optional(),
  primaryKeyPosition: integer.optional(),
  logicalType: z
    .enum([
      "string",
      "date",
      "timestamp",
      "time",
      "number",
      "integer",
      "object",
      "array",
      "boolean",
    ])
    .optional(),
  // Checked by `further`: what it may hold depends on the type.
  logicalTypeOptions: z.unknown().optional(),
  physicalName: z.string().optional(),
  required: z.boolean().optional(),
  unique: z.boolean().optional(),
  partitioned: z.boolean().optional(),
  partitionKeyPosition: integer.optional(),
  classification: z.string().optional(),
  encryptedName: z.string().optional(),
  transformSourceObjects: z.array(z.string()).optional(),
  transformLogic: z.string().optional(),
  transformDescription: z.string().optional(),
  examples: z.array(z.unknown()).optional(),
  criticalDataElement: z.boolean().optional(),
  relationships: z.array(fieldRelationship).optional(),
  quality: quality.optional(),
};

/** The element of a list: a field that needs no name. */
const item = closed(base, further);

/** A field. `properties`, `items` and the options that a `logicalType` allows are checked as further keys. */
export const property = closed({ ...base, name: z.string() }, further);

/** A dataset: a table, a topic, a document. */
export const schemaObject = closed({
  ...element,
  name: z.string(),
  logicalType: z.enum(["object"]).optional(),
  physicalName: z.string().optional(),
  dataGranularityDescription: z.string().optional(),
  properties: z.array(property).optional(),
  relationships: z.array(datasetRelationship).optional(),
  quality: quality.optional(),
});
