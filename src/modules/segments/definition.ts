import { z } from "zod";
import { aboutSchema, nameSchema } from "./definition-head.ts";

/** What a segment is about; `docs/definitions.md` lists them. */
export const segmentKinds = [
  "demographic",
  "behavioural",
  "geographic",
  "psychographic",
  "firmographic",
  "transactional",
  "operational",
  "service-level",
] as const;

const size = z.int("must be a whole number").min(0, "must not be below 0");

/** Between which sizes the segment makes sense; a change that would leave them is refused. */
const sizeSchema = z
  .strictObject({ atLeast: size.optional(), atMost: size.optional() })
  .refine(({ atLeast = 0, atMost = Infinity }) => atLeast <= atMost, {
    message: "atLeast must not be above atMost",
  });

/** The file `segments/NAME.yaml`. Its criteria are text here; whether they mean anything is checked apart. */
export const segmentSchema = z.strictObject({
  segment: nameSchema,
  ...aboutSchema,
  kind: z.enum(segmentKinds),
  purpose: z.string().min(1, "must not be empty"),
  /** The dataset whose rows are the members: accounts, or events such as tickets. Default: customers. */
  subject: z.string().min(1, "must not be empty").optional(),
  size: sizeSchema.optional(),
  /** What it may cost, in milliseconds for 1,000 changed members; default: {@link DEFAULT_BUDGET_MS}. */
  budget: z.number().positive("must be above 0").max(60_000, "must not be above 60000").optional(),
  criteria: z.string(),
});

export type SegmentDefinition = z.infer<typeof segmentSchema>;

/**
 * What evaluating a segment may cost where its definition says nothing: milliseconds for 1,000 changed
 * members. A hundred segments together take some tens of them, so one that needs this much alone reads
 * far more than it should: events of all time, or a sequence of frequent ones.
 */
export const DEFAULT_BUDGET_MS = 250;
