/**
 * Sends the notices whose time has come, and tries again until they are taken. Any number of processes
 * may do it: each obligation is taken by one of them for a while. Whoever dies between sending and
 * writing it down lets the next one send it again, under the same number: recipients tell them by it.
 */
import { WaybillError } from "../../../kernel/index.ts";
import { notice as noticeSchema } from "../../../protocol/rights/index.ts";
import type { SentNotice } from "../../distribution/index.ts";
import { recordInLedger } from "../../ledger/index.ts";
import { shredded } from "../../protection/index.ts";
import type { RightsClient, RightsDeps } from "../deps.ts";
import {
  type ClaimedObligation,
  claimObligations,
  updateFailed,
  updateSent,
} from "../store/obligations.ts";
import { rightOf } from "../store/requests.ts";
import { NOTICE_CONTEXT, obligationEntry } from "./write.ts";

/** Hands a notice to a recipient. @returns the destination that took it */
export type Tell = (
  notice: SentNotice,
  to: { readonly recipient: string; readonly preferred: string | undefined },
) => Promise<string>;

export interface Sending {
  readonly client: RightsClient;
  readonly actor: string;
  readonly tell: Tell;
  readonly signal?: AbortSignal | undefined;
}

/** What one look has done. */
export interface Sent {
  readonly sent: number;
  readonly failed: number;
}

/** An obligation belongs to whoever took it for so long: longer than any destination tries. */
const CLAIM_MS = 15 * 60_000;

/** Notices that are taken at once. */
const NOTICES_A_CLAIM = 10;

const FIRST_DELAY_MS = 60_000;
const LONGEST_DELAY_MS = 6 * 3_600_000;

/** How long after its n-th failure a notice is tried again: doubling, and four times a day at the least. */
export function delayAfter(attempts: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, 20));
}

/** Sends every notice whose time has come. */
export async function sendNotices(deps: RightsDeps, sending: Sending): Promise<Sent> {
  let [sent, failed] = [0, 0];
  for (;;) {
    const now = deps.clock.now();
    const until = new Date(now.getTime() + CLAIM_MS);
    const claimed = await deps.db.scoped(sending.client.scope, (tx) =>
      claimObligations(tx, { now, until, limit: NOTICES_A_CLAIM }),
    );
    for (const obligation of claimed) {
      const isSent = await sendOne(deps, sending, obligation);
      sent += isSent ? 1 : 0;
      failed += isSent ? 0 : 1;
    }
    if (claimed.length === 0 || sending.signal?.aborted === true) {
      return { sent, failed };
    }
  }
}

async function sendOne(
  deps: RightsDeps,
  { client, actor, tell }: Sending,
  obligation: ClaimedObligation,
): Promise<boolean> {
  const { obligation: id, recipient, destination } = obligation;
  try {
    const opened = await open(deps, obligation);
    const taken = await tell(
      { id, kind: opened.kind, bytes: opened.bytes },
      { recipient, preferred: destination ?? undefined },
    );
    await noteSent(deps, { client, actor, obligation, destination: taken, right: opened.kind });
    return true;
  } catch (error) {
    await noteFailed(deps, { client, actor, obligation, error });
    return false;
  }
}

interface OpenedNotice {
  readonly kind: "erase" | "correct";
  readonly bytes: Buffer;
}

async function open(
  { protection }: RightsDeps,
  { notice }: ClaimedObligation,
): Promise<OpenedNotice> {
  const opener = await protection.opener([notice]);
  const bytes = opener.openBytes(NOTICE_CONTEXT, notice);
  if (bytes === shredded) {
    throw new NoticeGone();
  }
  const { kind } = noticeSchema.parse(JSON.parse(bytes.toString("utf8")));
  return { kind, bytes };
}

/** Somebody destroyed the key of a notice that was not settled. */
class NoticeGone extends Error {
  override readonly name = "NoticeGone";
}

interface Noting {
  readonly client: RightsClient;
  readonly actor: string;
  readonly obligation: ClaimedObligation;
}

async function noteSent(
  deps: RightsDeps,
  {
    client,
    actor,
    obligation,
    destination,
    right,
  }: Noting & { readonly destination: string; readonly right: OpenedNotice["kind"] },
): Promise<void> {
  const at = deps.clock.now();
  const { obligation: id, request, recipient } = obligation;
  await deps.db.scoped(client.scope, async (tx) => {
    if (await updateSent(tx, id, { at, destination })) {
      const event = { id, request, recipient, right, state: "sent", at, actor } as const;
      await recordInLedger(tx, [obligationEntry(event)]);
    }
  });
}

/** Only the first of a row of failures is told to the ledger: the others are the same state. */
async function noteFailed(
  deps: RightsDeps,
  { client, actor, obligation, error }: Noting & { readonly error: unknown },
): Promise<void> {
  const at = deps.clock.now();
  const { obligation: id, request, recipient, attempts } = obligation;
  const next = new Date(at.getTime() + delayAfter(attempts));
  await deps.db.scoped(client.scope, async (tx) => {
    const before = await updateFailed(tx, id, { failure: failureText(error), next });
    if (before !== undefined && before !== "failed") {
      const right = await rightOf(tx, request);
      const event = { id, request, recipient, right, state: "failed", at, actor } as const;
      await recordInLedger(tx, [obligationEntry(event)]);
    }
  });
}

/** Only messages of our own family are known to hold no value of a record. */
function failureText(error: unknown): string {
  if (error instanceof NoticeGone) {
    return "the key of its notice is gone: tell its contacts by other means";
  }
  return error instanceof WaybillError ? error.message : "an internal error";
}
