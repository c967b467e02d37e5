import { InvalidInputError, NotFoundError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  customerDataset,
  type Dataset,
  findDataset,
  type Catalogue,
} from "../../contracts/index.ts";
import { commitToOne, recordInLedger, type Subjects } from "../../ledger/index.ts";
import type { SegmentDefinition } from "../definition.ts";
import type { SegmentClient } from "../segments.ts";
import {
  insertPin,
  logPin,
  removePins,
  selectConcerned,
  selectMerged,
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
  /** How the ledger names customers: it is told of every pin. */
  readonly subjects: Subjects;
}

/**
 * Puts a member into a segment or keeps it out. A pin that the member has in the segment ends with it;
 * those of customers who were merged into it do not count beside it.
 * Members are what the segment is about: customers, accounts or events.
 * @throws NotFoundError `segment-not-found` or `member-not-found`
 * @throws InvalidInputError `pin-expired` when it would expire before it begins
 */
export async function pinMember(
  { db, scope, catalogue }: SegmentClient,
  pin: Pinning,
): Promise<Pin> {
  const { segment, member, direction, who, at, reason, expiresAt, subjects } = pin;
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
    const definition = (await openBook(tx, catalogue)).definition(segment);
    const concerned = await findConcerned(tx, subjectOf(catalogue, definition), member);
    if (concerned === undefined) {
      throw new NotFoundError("member-not-found", `${member} cannot be in segment ${segment}`, {
        hint: `${definition.subject ?? "customers"} are named by their ids, as segment members lists them`,
      });
    }
    const { customer } = concerned;
    await changePins(tx, async () => {
      await removePins(tx, { segment, members: [member], at, who });
      await insertPin(tx, stored);
    });
    await logPin(tx, { segment, member, customer, at, who, reason });
    const state = direction;
    await tellPin(tx, { subjects, member, customer, segment, state, until: expiresAt, who, at });
  });
  return stored;
}

/**
 * Ends a pin: the criteria count again. With it end the pins of those who were merged into the member.
 * Also one of a segment or a member that is no longer there.
 * @throws NotFoundError `pin-not-found`
 */
export async function unpinMember(
  { db, scope, catalogue }: SegmentClient,
  pin: PinnedMember & {
    readonly who: string;
    readonly at: Date;
    readonly reason?: string | undefined;
    readonly subjects: Subjects;
  },
): Promise<void> {
  const { segment, member, who, at, reason, subjects } = pin;
  await db.scoped(scope, async (tx) => {
    const definition = (await openBook(tx, catalogue)).find(segment);
    const dataset = subjectOf(catalogue, definition);
    const { living, former } =
      dataset === undefined || dataset.kind === "event"
        ? { living: member, former: [] }
        : await selectMerged(tx, dataset.name, member);
    const concerned = await findConcerned(tx, dataset, living);
    const customer = concerned?.customer ?? null;
    await changePins(tx, async () => {
      if (!(await removePins(tx, { segment, members: [member, ...former], at, who }))) {
        throw new NotFoundError("pin-not-found", `${member} has no pin in segment ${segment}`, {
          hint: "list the pins of the segment",
        });
      }
    });
    await logPin(tx, { segment, member: living, customer, at, who, reason });
    await tellPin(tx, { subjects, member: living, customer, segment, state: "none", who, at });
  });
}

interface ToldPin {
  readonly subjects: Subjects;
  readonly member: bigint;
  /** Null when the member concerns no customer: then the ledger names the member itself. */
  readonly customer: bigint | null;
  readonly segment: string;
  readonly state: "in" | "out" | "none";
  readonly until?: Date | undefined;
  readonly who: string;
  readonly at: Date;
}

async function tellPin(
  tx: Transaction,
  { subjects, member, customer, segment, state, until, who, at }: ToldPin,
): Promise<void> {
  const about = await commitToOne(subjects, customer ?? member);
  const pin = { segment, state, ...(until === undefined ? {} : { until: until.toISOString() }) };
  await recordInLedger(tx, [
    { version: "1", kind: "customer-pinned", at: at.toISOString(), actor: who, about, pin },
  ]);
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

/** The dataset that a segment's members are rows of; undefined: there is no such segment. */
function subjectOf(
  catalogue: Catalogue,
  definition: SegmentDefinition | undefined,
): Dataset | undefined {
  const { subject } = definition ?? {};
  const own = subject === undefined ? customerDataset(catalogue) : findDataset(catalogue, subject);
  return definition === undefined ? undefined : own;
}

/** Whom a pin concerns; undefined when the segment or the member is no longer there. */
async function findConcerned(
  tx: Transaction,
  dataset: Dataset | undefined,
  member: bigint,
): Promise<{ readonly customer: bigint | null } | undefined> {
  if (dataset === undefined) {
    return undefined;
  }
  const columns = { customer: "_id", event: "_customer", account: undefined } as const;
  const customerColumn = columns[dataset.kind];
  return await selectConcerned(tx, member, { dataset: dataset.name, customerColumn });
}
