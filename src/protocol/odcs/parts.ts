/** The small parts of the standard that others are made of. */
import { z } from "zod";
import { closed } from "./closed.ts";

/** JSON Schema's `integer`: also beyond the safe integers, also `1.0`. */
export const integer = z.number().refine(Number.isInteger, { error: "must be a whole number" });

export const stableId = z.string().regex(/^[A-Za-z0-9_-]+$/u, {
  error: "must be made of letters, digits, hyphens and underscores",
});

export const tags = z.array(z.string());

/** RFC 3339 §5.6 `full-date`. */
export const date = z.iso.date({ error: "must be a date such as 2026-03-31" });

/** RFC 3339 §5.6 `date-time`, with `T` and `Z` in upper case and without leap seconds. */
export const dateTime = z.string().refine(isDateTime, {
  error: "must be a time such as 2026-03-31T12:00:00Z",
});

const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/u;

/** Whether the text is an RFC 3339 `date-time` whose day exists. */
export function isDateTime(text: string): boolean {
  const day = DATE_TIME.exec(text)?.[1];
  return day !== undefined && date.safeParse(day).success;
}

/** RFC 3986 §3: a scheme, then characters that may stand in a URI. */
export const uri = z
  .string()
  .regex(/^[a-z][a-z0-9+.-]*:(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9a-f]{2})+$/iu, {
    error: "must be a URI with its scheme",
  });

export const customProperty = closed({
  id: stableId.optional(),
  property: z.string(),
  value: z.unknown().refine((value) => value !== undefined, { error: "is required" }),
  description: z.string().optional(),
});

export const customProperties = z.array(customProperty);

export const authoritativeDefinitions = z.array(
  closed({
    id: stableId.optional(),
    url: z.string(),
    type: z.string(),
    description: z.string().optional(),
  }),
);

export const role = closed({
  id: stableId.optional(),
  role: z.string(),
  description: z.string().optional(),
  access: z.string().optional(),
  firstLevelApprovers: z.string().optional(),
  secondLevelApprovers: z.string().optional(),
  customProperties: customProperties.optional(),
});

/** A value that is no list and no object. */
export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
