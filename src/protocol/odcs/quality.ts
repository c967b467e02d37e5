/** Quality checks of a dataset or a field (ODCS v3.1, "Data quality"). */
import { z } from "zod";
import { closed } from "./closed.ts";
import type { Further } from "./closed.ts";
import { authoritativeDefinitions, customProperties, stableId, tags } from "./parts.ts";

const range = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low !== high, { error: "must hold two different numbers" });

const operators = {
  mustBe: z.unknown().optional(),
  mustNotBe: z.unknown().optional(),
  mustBeGreaterThan: z.number().optional(),
  mustBeGreaterOrEqualTo: z.number().optional(),
  mustBeLessThan: z.number().optional(),
  mustBeLessOrEqualTo: z.number().optional(),
  mustBeBetween: range.optional(),
  mustNotBeBetween: range.optional(),
};

const library = {
  ...operators,
  metric: z.enum(["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"]),
  rule: z.string().optional(),
  arguments: z.record(z.string(), z.unknown()).optional(),
};

const libraryCheck = z.looseObject(library);
const sqlCheck = z.looseObject({ ...operators, query: z.string() });
const librarySqlCheck = z.looseObject({ ...library, query: z.string() });
const customCheck = z.looseObject({
  engine: z.string(),
  implementation: z.union([z.string(), z.record(z.string(), z.unknown())]),
});
const libraryCustomCheck = z.looseObject({ ...library, ...customCheck.shape });

const further: Further = ({ type, metric }) => {
  const hasMetric = typeof metric === "string";
  switch (type) {
    case "library":
      return libraryCheck;
    case "sql":
      return hasMetric ? librarySqlCheck : sqlCheck;
    case "custom":
      return hasMetric ? libraryCustomCheck : customCheck;
    default:
      return hasMetric ? libraryCheck : undefined;
  }
};

const check = closed(
  {
    id: stableId.optional(),
    authoritativeDefinitions: authoritativeDefinitions.optional(),
    businessImpact: z.string().optional(),
    customProperties: customProperties.optional(),
    description: z.string().optional(),
    dimension: z
      .enum([
        "accuracy",
        "completeness",
        "conformity",
        "consistency",
        "coverage",
        "timeliness",
        "uniqueness",
      ])
      .optional(),
    method: z.string().optional(),
    name: z.string().optional(),
    schedule: z.string().optional(),
    scheduler: z.string().optional(),
    severity: z.string().optional(),
    tags: tags.optional(),
    type: z.enum(["text", "library", "sql", "custom"]).optional(),
    unit: z.string().optional(),
  },
  further,
).superRefine(
  (value, context) => {
    const count = Object.keys(operators).filter((name) => Object.hasOwn(value, name)).length;
    const compares =
      typeof value["metric"] === "string" || value.type === "library" || value.type === "sql";
    if (compares && count !== 1) {
      const hint = `exactly one of ${Object.keys(operators).join(", ")}`;
      const message = `must compare with one operator, not ${count}`;
      context.addIssue({ code: "custom", message, params: { hint } });
    }
  },
  { when: ({ value }) => typeof value === "object" && value !== null },
);

export const quality = z.array(check);
