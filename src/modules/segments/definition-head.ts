import { z } from "zod";

/** What a segment or a score calls itself: also the name of its file. */
export const nameSchema = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,62}$/u,
    "must be lower-case letters, digits and hyphens, beginning with a letter",
  );

/** What people are told of a definition: the same in each kind. */
export const aboutSchema = {
  title: z.string().trim().min(1, "must not be empty").max(200),
  description: z.string().max(2_000).default(""),
  owner: z.string().trim().min(1, "must not be empty").max(200),
};
