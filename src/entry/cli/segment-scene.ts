/** What every command on segments begins with: the client as segments ask about it, an instant, a view. */
import { type Client, getClient } from "../../modules/contracts/index.ts";
import { parseAsOf } from "../../modules/criteria/index.ts";
import {
  followClient,
  type SegmentClient,
  type Settlement,
  settleSegments,
} from "../../modules/segments/index.ts";
import type { Context } from "../context.ts";
import type { Invocation } from "./invocation.ts";

export const CLIENT = ["<client>", "the client's key"] as const;
export const SEGMENT = ["<segment>", "the segment's name"] as const;
export const AS_OF = "as of this instant: RFC 3339, or a day (its beginning); default: now";

export interface SegmentScene {
  readonly context: Context;
  readonly client: Client;
  readonly subject: SegmentClient;
}

/** @throws NotFoundError when there is no such client */
export async function openScene({ open }: Invocation, key: string): Promise<SegmentScene> {
  const context = await open();
  const client = await getClient(context.db, key);
  const { scope, catalogue } = client;
  return { context, client, subject: { db: context.db, scope, catalogue } };
}

/**
 * Brings memberships up to date, so that what is asked next is right also where no server runs.
 * @returns when time alone will change the next one; undefined when nothing is due
 */
export async function followed(
  { subject, context }: SegmentScene,
  signal: AbortSignal,
): Promise<Date | undefined> {
  const { nextDue } = await followClient(subject, { clock: context.clock, signal });
  return nextDue;
}

/** Puts in force what the definitions say, with progress on the terminal. */
export async function settled(
  { subject, context }: Pick<SegmentScene, "subject" | "context">,
  { output, signal }: Pick<Invocation, "output" | "signal">,
): Promise<Settlement> {
  const { clock, actor } = context;
  return await settleSegments(subject, {
    clock,
    actor,
    retry: true,
    signal,
    onProgress: ({ kind }) => output.progress(`segments: ${kind}`),
  });
}

/** The instant that an option names, in the client's time zone. */
export function instantOf({ client }: SegmentScene, text: string): Date {
  return parseAsOf(text, client.catalogue.timeZone);
}

/** The instant that an option names, or the present. */
export function instantOrNow(scene: SegmentScene, text: string | undefined): Date {
  return text === undefined ? scene.context.clock.now() : instantOf(scene, text);
}
