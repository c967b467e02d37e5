import { z } from "zod";

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

/** The file `segments/NAME.yaml`. Its criteria are text here; whether they mean anything is checked apart. */
export const segmentSchema = z.strictObject({
  segment: z
    .string()
    .regex(
      /^[a-z][a-z0-9-]{0,62}$/u,
      "must be lower-case letters, digits and hyphens, beginning with a letter",
    ),
  title: z.string().trim().min(1, "must not be empty").max(200),
  description: z.string().max(2_000).default(""),
  kind: z.enum(segmentKinds),
  owner: z.string().trim().min(1, "must not be empty").max(200),
  purpose: z.string().min(1, "must not be empty"),
  criteria: z.string(),
});

export type SegmentDefinition = z.infer<typeof segmentSchema>;
