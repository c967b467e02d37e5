/** The form of a model file, before its conditions and keys are read. */
import { didYouMean } from "../../../kernel/index.ts";
import { z } from "zod";
import type { FieldKind } from "./model.ts";
import type { ModelProblem } from "./model-yaml.ts";

/** What the first line of a model file says. */
export const MODEL_FORMAT = "waybill-linkage-model/1";

const fieldKinds = [
  "given-name",
  "family-name",
  "full-name",
  "company-name",
  "date",
  "phone",
  "email",
  "street-address",
  "house-number",
  "postal-code",
  "place",
  "country",
  "identifier",
  "sealed",
  "coordinates",
  "set",
  "category",
  "text",
] as const satisfies readonly FieldKind[];

const name = z.string().min(1, "must not be empty").max(200, "has at most 200 characters");
const share = z.number().gt(0, "must be above 0").lte(1, "must be at most 1");
const innerShare = z.number().gt(0, "must be above 0").lt(1, "must be below 1");
const fraction = z.number().min(0, "must be at least 0").max(1, "must be at most 1");
const count = z.int("must be a whole number").min(0, "must be at least 0");

const field = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/u, "must be lower-case letters, digits and _, a letter first"),
  kind: z.enum(fieldKinds),
  columns: z.array(name).min(1, "must name a column"),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/u, "must be the two capital letters of a country")
    .optional(),
  dates: z
    .strictObject({
      order: z.enum(["day-month", "month-day"]),
      placeholderDays: z.array(z.string().regex(/^\d{8}$/u, "must be a day as yyyymmdd in quotes")),
    })
    .optional(),
});

const level = z.strictObject({
  name,
  when: z.string(),
  missing: z.boolean().default(false),
  m: share.optional(),
  u: share.optional(),
  related: share.optional(),
  termFrequency: z
    .strictObject({
      column: name,
      weight: fraction.default(1),
      minimum: fraction.default(0),
      mean: share.optional(),
    })
    .optional(),
  start: z.strictObject({ m: share, weight: z.number(), related: share.optional() }).optional(),
  tells: z.enum(["contradiction", "identity"]).optional(),
});

const rule = z.strictObject({ name, key: z.string() });

/** What a model file says, its conditions and keys as text. */
export const modelShape = z.strictObject({
  format: z.literal(MODEL_FORMAT),
  fields: z.array(field).default([]),
  prior: innerShare.optional(),
  related: innerShare.optional(),
  comparisons: z
    .array(
      z.strictObject({
        name,
        personal: z.boolean().optional(),
        levels: z.array(level).min(2, "must have two levels or more"),
      }),
    )
    .min(1, "must have a comparison"),
  factors: z
    .array(
      z.strictObject({
        name,
        comparisons: z.array(name).min(2, "must name two comparisons or more"),
        cells: z
          .array(
            z.strictObject({
              levels: z.array(name.nullable()),
              m: share,
              u: share,
              related: share.optional(),
            }),
          )
          .default([]),
      }),
    )
    .optional(),
  blocking: z.array(rule).default([]),
  largestBlock: z.int("must be a whole number").min(2, "must be at least 2"),
  thresholds: z.strictObject({ link: fraction, review: fraction }).optional(),
  training: z
    .strictObject({
      records: count,
      seed: z.int("must be a whole number"),
      known: z.strictObject({ same: count, different: count }).optional(),
      sampledPairs: count,
      sessions: z.array(z.strictObject({ rule: name, pairs: count, iterations: count })),
    })
    .optional(),
});

export type ModelShape = z.output<typeof modelShape>;
export type LevelShape = z.output<typeof level>;
export type RuleShape = z.output<typeof rule>;

const KEYS = [
  ...Object.keys(modelShape.shape),
  ...Object.keys(field.shape),
  ...Object.keys(level.shape),
  ...Object.keys(rule.shape),
  "personal",
  "levels",
  "cells",
  "recall",
  "rules",
  "link",
  "review",
];

/** Everything wrong with the form, in our words. */
export function shapeProblems(error: z.ZodError): readonly ModelProblem[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: [...path, key],
        isKey: true,
        message: `${JSON.stringify(key)} is no key of a model file here`,
        hint: didYouMean(key, KEYS),
      }));
    }
    return [{ path, message: messageOf(issue) }];
  });
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") {
    const isAbsent = issue.input === undefined;
    return isAbsent ? "is missing" : `must be a ${WORDS[issue.expected] ?? issue.expected}`;
  }
  if (issue.code === "invalid_value") {
    return `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
  }
  return issue.message;
}

const WORDS: Readonly<Record<string, string>> = {
  array: "list",
  object: "map of keys and values",
  string: "text",
  boolean: "true or false",
};
