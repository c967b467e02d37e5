/** The files `destinations/*.yaml` and `routes/*.yaml`; `docs/definitions.md` shows them. */
import { Cron } from "croner";
import { z } from "zod";
import { isoDuration, legalBasis } from "../../../protocol/waybill/index.ts";

const name = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,62}$/u,
    "must be lower-case letters, digits and hyphens, beginning with a letter",
  );
const text = z.string().trim().min(1, "must not be empty").max(500);

const common = {
  destination: name,
  /** The name of a file of `recipients/`: who it is for. */
  recipient: name,
};

const folderDestination = z.strictObject({
  ...common,
  kind: z.literal("folder"),
  path: text.refine((path) => !path.split(/[/\\]/u).includes("..") && !path.includes("\0"), {
    message: "must not lead upwards with `..`",
  }),
  format: z.enum(["csv", "jsonl", "parquet"]),
});

const webhookDestination = z.strictObject({
  ...common,
  kind: z.literal("webhook"),
  url: z.string().refine(isHookUrl, {
    message: "must be an http or https address without a user name, password or fragment",
  }),
  secret: z
    .string()
    .regex(
      /^env:[A-Za-z_][A-Za-z0-9_]*$/u,
      "must say where the secret is, as env:NAME, never the secret itself",
    ),
  allowPrivate: z.boolean().default(false),
});

/** The technical end of a recipient. */
export const destinationSchema = z.discriminatedUnion("kind", [
  folderDestination,
  webhookDestination,
]);

export type DestinationDefinition = z.infer<typeof destinationSchema>;
export type FolderDefinition = z.infer<typeof folderDestination>;
export type WebhookDefinition = z.infer<typeof webhookDestination>;

/** What goes where, and under what. */
export const routeSchema = z
  .strictObject({
    route: name,
    title: text.optional(),
    description: text.optional(),
    segment: name.optional(),
    criteria: z.string().trim().min(1).max(10_000).optional(),
    destination: name,
    purpose: text,
    legalBasis,
    fields: z.array(text).min(1, "must name at least one field").max(1000),
    totals: z.array(text).default([]),
    retention: isoDuration,
    erasureWithin: isoDuration,
    schedule: z
      .strictObject({ cron: z.string().refine(isCron, "is not a cron expression") })
      .optional(),
  })
  .refine(({ segment, criteria }) => (segment === undefined) !== (criteria === undefined), {
    message: "must have either a segment or criteria, and not both",
  });

export type RouteDefinition = z.infer<typeof routeSchema>;

function isHookUrl(value: string): boolean {
  if (!URL.canParse(value)) {
    return false;
  }
  const { protocol, username, password, hash } = new URL(value);
  return /^https?:$/u.test(protocol) && `${username}${password}${hash}` === "";
}

/** Five or six fields; croner's own extensions (`L`, `W`, `#`) are allowed. */
function isCron(pattern: string): boolean {
  try {
    return new Cron(pattern, { paused: true }).nextRun() !== null;
  } catch {
    // croner says what it dislikes in its own words; the issue's hint shows the form instead.
    return false;
  }
}
