/** The catalogue as `_contracts.catalogue` keeps it: JSON, parsed again whenever it is read. */
import { z } from "zod";
import { InvariantError } from "../../kernel/index.ts";
import type { Catalogue, FieldRules } from "./catalogue.ts";
import { DEFAULT_MINIMUM_COUNT } from "./catalogue.ts";
import { ERASURES, NORMALISERS, SURVIVORSHIPS } from "./read-field.ts";

/** JSON has no undefined: what is absent in it is present and undefined in the catalogue. */
function absent<T>(schema: z.ZodType<T>) {
  return schema.optional().transform((value): T | undefined => value);
}

const fieldType = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("text") }),
  z.strictObject({ kind: z.literal("integer") }),
  z.strictObject({ kind: z.literal("decimal"), precision: z.int(), scale: z.int() }),
  z.strictObject({ kind: z.literal("boolean") }),
  z.strictObject({ kind: z.literal("date") }),
  z.strictObject({ kind: z.literal("timestamp") }),
  z.strictObject({ kind: z.literal("text-list") }),
  z.strictObject({ kind: z.literal("enum"), values: z.array(z.string()) }),
]);

const rules: z.ZodType<FieldRules> = z.strictObject({
  required: z.boolean(),
  minLength: z.number().optional(),
  maxLength: z.number().optional(),
  pattern: z.string().optional(),
  minimum: z.string().optional(),
  maximum: z.string().optional(),
  exclusiveMinimum: z.string().optional(),
  exclusiveMaximum: z.string().optional(),
});

const field = z.strictObject({
  name: z.string(),
  title: z.string(),
  description: z.string(),
  type: fieldType,
  rules,
  category: absent(z.string()),
  normaliser: absent(z.enum(NORMALISERS)),
  survivorship: z.enum(SURVIVORSHIPS),
  identifier: z.boolean(),
  erasure: z.enum(ERASURES),
  sealed: z.literal(true).optional(),
  equality: z.literal("subject").optional(),
});

const reference = z.strictObject({ field: z.string(), dataset: z.string(), target: z.string() });

const base = {
  name: z.string(),
  title: z.string(),
  description: z.string(),
  fields: z.array(field),
  key: z.array(z.string()),
  rowRules: z.array(
    z.strictObject({ id: z.string(), expression: z.string(), message: z.string() }),
  ),
};

const dataset = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("customer"), ...base, account: absent(reference) }),
  z.strictObject({ kind: z.literal("account"), ...base }),
  z.strictObject({
    kind: z.literal("event"),
    ...base,
    eventTime: z.string(),
    subject: reference,
    createsCustomers: z.boolean(),
  }),
]);

const schema: z.ZodType<Catalogue> = z.strictObject({
  client: z.string(),
  contractId: z.string(),
  contractVersion: z.string(),
  contractSha256: z.string(),
  timeZone: z.string(),
  defaultCountry: z.string(),
  currency: z.string(),
  // Contracts that were stored before they could say it.
  minimumCount: z.int().default(DEFAULT_MINIMUM_COUNT),
  purposes: z.array(z.string()),
  datasets: z.array(dataset),
});

/**
 * Reads a stored catalogue.
 * @throws InvariantError when it was not written by {@link storedFromCatalogue}: only a migration
 * that was forgotten, or a hand in the database, can have done that
 */
export function catalogueFromStored(stored: unknown): Catalogue {
  const parsed = schema.safeParse(stored);
  if (!parsed.success) {
    const where = parsed.error.issues.map(({ path }) => path.join(".")).slice(0, 5);
    throw new InvariantError(`the stored catalogue cannot be read at ${where.join(", ")}`);
  }
  return parsed.data;
}

/** The catalogue as JSON text. */
export function storedFromCatalogue(catalogue: Catalogue): string {
  return JSON.stringify(catalogue);
}
