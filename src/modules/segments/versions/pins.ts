import { InvalidInputError, must, NotFoundError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { customerDataset, findDataset, type Catalogue } from "../../contracts/index.ts";
import type { SegmentClient } from "../segments.ts";
import {
  insertPin,
  logPin,
  removePin,
  selectConcerned,
  selectPinnedSegments,
  selectPins,
  type Pin,
  type PinnedMember,
} from "../store/pins.ts";
import { lockFollowing, raiseRevision } from "../store/versions.ts";
import { openBook } from "./open-book.ts";

/** A member to be put into a segment, or kept out of it, whatever the criteria say. */
export interface Pinning extends PinnedMember {
  readonly direction: "in" | "out";
  /** From this instant on the criteria count again; undefined: never by itself. */
  readonly expiresAt?: Date | undefined;
  readonly reason?: string | undefined;
  /** Who pins. */
  readonly who: string;
  readonly at: Date;
}

/**
 * Puts a member into a segment or keeps it out. A pin that the member has in the segment ends with it.
 * Members are what the segment is about: customers, accounts or events.
 * @throws NotFoundError `segment-not-found` or `member-not-found`
 * @throws InvalidInputError `pin-expired` when it would expire before it begins
 */
export async function pinMember({ db, scope, catalogue }: SegmentClient, pin: Pinning): Promise<Pin> {
  const { segment, member, direction, who, at, reason, expiresAt } = pin;
  if (expiresAt !== undefined && expiresAt <= at) {
    const message = "the pin would expire before it begins";
    throw new InvalidInputError("pin-expired", message, [{ at: "expires", message }], {
      hint: "name an instant in the future, or leave it out: the pin then stays until it is removed",
    });
  }
  const stored: Pin = {
    segment,
    member,
    direction,
    expiresAt: expiresAt ?? null,
    reason: reason ?? null,
    pinnedAt: at,
    pinnedBy: who,
  };
  await db.scoped(scope, async (tx) => {
    const { customer } = await getConcerned(tx, catalogue, pin);
    await changePins(tx, async () => {
      await removePin(tx, { segment, member, at, who });
      await insertPin(tx, stored);
    });
    await logPin(tx, { segment, member, customer, at, who, reason });
  });
  return stored;
}

/**
 * Ends a pin: the criteria count again.
 * @throws NotFoundError `segment-not-found`, `member-not-found` or `pin-not-found`
 */
export async function unpinMember(
  { db, scope, catalogue }: SegmentClient,
  pin: PinnedMember & {
    readonly who: string;
    readonly at: Date;
    readonly reason?: string | undefined;
  },
): Promise<void> {
  const { segment, member, who, at, reason } = pin;
  await db.scoped(scope, async (tx) => {
    const { customer } = await getConcerned(tx, catalogue, pin);
    await changePins(tx, async () => {
      if (!(await removePin(tx, { segment, member, at, who }))) {
        throw new NotFoundError("pin-not-found", `${member} has no pin in segment ${segment}`, {
          hint: "list the pins of the segment",
        });
      }
    });
    await logPin(tx, { segment, member, customer, at, who, reason });
  });
}

/** Pins that nobody removed, newest first, of one segment or all. Those that expired are among them. */
export async function listPins(
  { db, scope }: SegmentClient,
  question: { readonly segment?: string | undefined } = {},
): Promise<readonly Pin[]> {
  return await db.scoped(scope, (tx) => selectPins(tx, question), { readOnly: true });
}

/** With the first pin of a segment its criteria begin to ask for pins, and with the last they cease. */
async function changePins(tx: Transaction, change: () => Promise<void>): Promise<void> {
  await lockFollowing(tx);
  const before = await selectPinnedSegments(tx);
  await change();
  const after = await selectPinnedSegments(tx);
  if (before.symmetricDifference(after).size > 0) {
    await raiseRevision(tx);
  }
}

async function getConcerned(
  tx: Transaction,
  catalogue: Catalogue,
  { segment, member }: PinnedMember,
): Promise<{ readonly customer: bigint | null }> {
  const book = await openBook(tx, catalogue);
  const name = book.definition(segment).subject ?? customerDataset(catalogue)?.name ?? "";
  const dataset = must(findDataset(catalogue, name), "segments are checked against the contract");
  const columns = { customer: "_id", event: "_customer", account: undefined } as const;
  const customerColumn = columns[dataset.kind];
  const concerned = await selectConcerned(tx, member, { dataset: name, customerColumn });
  if (concerned === undefined) {
    throw new NotFoundError("member-not-found", `${name} has no row ${member}`, {
      hint: "members are named by their ids in Waybill, as segment members lists them",
    });
  }
  return concerned;
}
