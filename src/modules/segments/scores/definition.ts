import { z } from "zod";
import { parseSpan } from "../../criteria/index.ts";
import { aboutSchema, nameSchema } from "../definition-head.ts";

const HOUR_MS = 3_600_000;

/** Shorter would calculate all the time; longer is no interval but neglect. */
const everySchema = z.string().refine(
  (text) => {
    const span = parseSpan(text);
    return span?.kind === "fixed" && span.ms >= HOUR_MS && span.ms <= 366 * 24 * HOUR_MS;
  },
  { message: "must be a span of one hour to one year, as in 1d or 12h" },
);

/** The file `scores/NAME.yaml`. What its texts mean is checked apart. */
export const scoreSchema = z.strictObject({
  score: nameSchema,
  ...aboutSchema,
  /** The number that customers are compared by, as criteria write it. */
  of: z.string(),
  /** Who is compared; everybody when it is not said. */
  among: z.string().optional(),
  /** 5: quintiles, 10: deciles, 100: percentiles. */
  buckets: z.int("must be a whole number").min(2, "must be 2 to 100").max(100, "must be 2 to 100"),
  /** Which end of the numbers the highest bucket is at. */
  best: z.enum(["highest", "lowest"]).default("highest"),
  /** How long a calculation is good for. */
  every: everySchema.default("1d"),
});

export type ScoreDefinition = z.infer<typeof scoreSchema>;
