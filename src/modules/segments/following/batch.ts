/**
 * One step of following: some changes and some members whose time has come, in one short transaction. The
 * cursor, who is in what, the history and the entries of the change log commit together, so that a process
 * that dies loses and doubles nothing. One process at a time works on a client: the row of `_following` is
 * locked first, the head of the change log last.
 */
import type { Clock } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { customerDataset } from "../../contracts/index.ts";
import type { SegmentClient } from "../segments.ts";
import {
  askForScan,
  countFollowed,
  estimateRows,
  type FollowedChange,
  lockPosition,
  movePosition,
  type DueMember,
  type Position,
  readDue,
  readFollowed,
  readNextDue,
  type ScanCause,
} from "../store/following.ts";
import { makeDue } from "../store/members.ts";
import { asksOf } from "./asks.ts";
import { evaluateAsks, type Evaluating } from "./evaluate-asks.ts";
import { isPoison } from "./careful.ts";
import { type FollowPlan, planFor } from "./plan.ts";
import { logDecisions } from "./store-decision.ts";
import { addChange, countTouched, nothingTouched, type Touched } from "./touched.ts";
import { reachOn, type SubjectWork, workOf } from "./work.ts";
import { parkedNow } from "./parking.ts";

/** Most changes that are read at once, and most rows and members that a batch is about. */
const MOST_CHANGES = 20_000;
const MOST_MEMBERS = 2_000;

/** So much more changed than a batch takes, and a scan of everybody is quicker than following. */
const SCAN_SHARE = 0.1;
const SCAN_LEAST = 50_000;

/** A clock that is behind by this much is waited for; one that is further behind was set back. */
const HELD_MS = 1_000;

/** What follows a client, from batch to batch. Nothing in it is needed to go on. */
export interface Following {
  readonly client: SegmentClient;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Whether to wait while another process works on the client, or to leave it to that. */
  readonly waits: boolean;
  /** What the last batch evaluated; remembered, for it takes long to make. */
  readonly memory: { plan?: FollowPlan | undefined };
}

/** What a batch did. */
export interface Batch {
  readonly kind: "followed";
  readonly changes: number;
  /** How many were evaluated. */
  readonly members: number;
  readonly entered: number;
  readonly left: number;
  /** Members that were set aside, since evaluating them failed. */
  readonly parked: number;
  /** Versions that cannot be followed, since their criteria do not fit the contract. */
  readonly unreadable: number;
  /** Nothing more was to be done, when it began. */
  readonly caughtUp: boolean;
  /** The newest change that is followed. */
  readonly cursor: bigint;
  /** Changes that are still to be followed. */
  readonly behind: bigint;
  /** When a member is due next, once caught up; undefined: never. */
  readonly nextDue: Date | undefined;
  /** By how much the latest of the members that were due was too late. */
  readonly lateMs: number;
}

/** What came of trying. */
export type BatchOutcome =
  | Batch
  /** Another process works on the client. */
  | { readonly kind: "busy" }
  /** Everybody is to be evaluated first. */
  | { readonly kind: "scan"; readonly cause: ScanCause };

/**
 * Follows on by one batch. When evaluating fails for what is in the data, it is done again with care:
 * who fails alone is parked, the rest goes on.
 */
export async function followBatch(following: Following): Promise<BatchOutcome> {
  try {
    return await tryBatch(following, false);
  } catch (error) {
    if (!isPoison(error)) {
      throw error;
    }
    return await tryBatch(following, true);
  }
}

async function tryBatch(following: Following, isCareful: boolean): Promise<BatchOutcome> {
  const { client, signal, waits, memory, clock } = following;
  return await client.db.scoped(
    client.scope,
    async (tx): Promise<BatchOutcome> => {
      const position = await lockPosition(tx, waits);
      if (position === undefined) {
        return { kind: "busy" };
      }
      const { catalogue } = client;
      memory.plan = await planFor(tx, { position, catalogue, known: memory.plan });
      const time = readClock(clock, position);
      const cause = time.isSetBack ? "time" : position.rescan;
      if (cause !== null) {
        await (time.isSetBack ? askForScan(tx, { cause, asOf: time.asOf }) : undefined);
        return { kind: "scan", cause };
      }
      return await follow(tx, { position, plan: memory.plan, asOf: time.asOf, isCareful });
    },
    { signal, keepsPlans: true, lockTimeoutMs: 0 },
  );
}

/** The clock never goes back by itself: what was answered for a later instant would be wrong. */
function readClock(
  clock: Clock,
  { asOf }: Position,
): { readonly asOf: Date; readonly isSetBack: boolean } {
  const now = clock.now();
  const backMs = asOf === null ? 0 : asOf.getTime() - now.getTime();
  const isHeld = asOf !== null && backMs > 0 && backMs <= HELD_MS;
  return { asOf: isHeld ? asOf : now, isSetBack: backMs > HELD_MS };
}

interface Step extends Evaluating {
  readonly position: Position;
}

async function follow(tx: Transaction, step: Step): Promise<BatchOutcome> {
  const { position, plan, asOf } = step;
  if (plan.bySlot.size === 0) {
    return await skipToHead(tx, step);
  }
  const taken = await takeChanges(tx, plan, position);
  if (taken.isLarge && (await isLeftToScan(tx, plan, position))) {
    await askForScan(tx, { cause: "change", asOf });
    return { kind: "scan", cause: "change" };
  }
  const parking = await parkedNow(tx, position, asOf);
  const due = [...(await readDue(tx, { now: asOf, limit: MOST_MEMBERS })), ...parking.retried];
  const origin = { touched: taken.touched, after: position.cursor };
  const work = workOf(plan, await reachOn(tx, plan, origin));
  const put = await putOff(tx, work);
  const { asks, reasons } = asksOf({ work, due });
  const done = await evaluateAsks(tx, step, { asks, reasons, parking });
  const { moves } = done;
  const reasonOf = (member: bigint) =>
    reasons.get(member) ?? ({ cause: "change", causedBy: null } as const);
  const logged = await logDecisions(tx, { catalogue: plan.catalogue, moves, reasonOf, asOf });
  // Its own entries are nothing to follow, where no other came in between.
  const told = moves.filter(({ slot }) => slot.state === "live").length;
  const isNext = logged.last !== undefined && logged.last - BigInt(told) === taken.cursor;
  const cursor = isNext && logged.last !== undefined ? logged.last : taken.cursor;
  const isMoved = cursor !== position.cursor || done.members > 0;
  await (isMoved ? movePosition(tx, { cursor, asOf }) : undefined);
  const caughtUp = taken.cursor === position.head && due.length < MOST_MEMBERS && put === 0;
  return {
    kind: "followed",
    unreadable: plan.unreadable.length,
    changes: taken.changes,
    members: done.members,
    entered: logged.entered,
    left: logged.left,
    parked: done.parked,
    caughtUp,
    cursor,
    behind: position.head - taken.cursor,
    nextDue: caughtUp ? await readNextDue(tx) : undefined,
    lateMs: lateness(due, asOf),
  };
}

/** Where nothing is kept there is nothing to follow, however much has changed. */
async function skipToHead(tx: Transaction, { position, plan, asOf }: Step): Promise<Batch> {
  const { cursor, head } = position;
  if (cursor !== head) {
    await movePosition(tx, { cursor: head, asOf });
  }
  const nothing = { changes: 0, members: 0, entered: 0, left: 0, parked: 0, lateMs: 0 };
  const end = { caughtUp: true, cursor: head, behind: 0n, nextDue: undefined };
  return { kind: "followed", unreadable: plan.unreadable.length, ...nothing, ...end };
}

interface Taken {
  readonly touched: Touched;
  readonly changes: number;
  /** The newest change that was taken. */
  readonly cursor: bigint;
  /** More are left. */
  readonly isLarge: boolean;
}

/** However often one row changes, it is touched once: so changes are taken until enough rows are. */
async function takeChanges(
  tx: Transaction,
  plan: FollowPlan,
  { cursor, head }: Position,
): Promise<Taken> {
  const touched = nothingTouched(plan.watched);
  const customers = customerDataset(plan.catalogue)?.name ?? "";
  const range = { after: cursor, upTo: head, limit: MOST_CHANGES };
  const entries: FollowedChange[] = cursor === head ? [] : await readFollowed(tx, range);
  let changes = 0;
  for (const entry of entries) {
    if (countTouched(touched) >= MOST_MEMBERS) {
      break;
    }
    addChange(touched, entry, customers);
    changes += 1;
  }
  const isAll = changes === entries.length && entries.length < MOST_CHANGES;
  const last = isAll ? head : (entries[changes - 1]?.change ?? cursor);
  return { touched, changes, cursor: last, isLarge: !isAll };
}

async function isLeftToScan(
  tx: Transaction,
  { catalogue }: FollowPlan,
  { cursor, head }: Position,
): Promise<boolean> {
  if (head - cursor < SCAN_LEAST) {
    return false;
  }
  const customers = customerDataset(catalogue);
  const rows = customers === undefined ? 0 : await estimateRows(tx, customers.name);
  const most = Math.max(SCAN_LEAST, Math.floor(rows * SCAN_SHARE));
  // Entries that are nothing to follow, as its own are, can be ten times as many as the others.
  const behind = await countFollowed(tx, { after: cursor, upTo: head, limit: most + 1 });
  return behind > most;
}

/** Leaves members for later batches where one change reaches very many, as that of a large account. */
async function putOff(tx: Transaction, work: readonly SubjectWork[]): Promise<number> {
  let count = 0;
  for (const { plan, members } of work) {
    const later = [...members.keys()].slice(2 * MOST_MEMBERS);
    if (later.length > 0) {
      await makeDue(tx, { subject: plan.subject, members: later });
      later.forEach((member) => members.delete(member));
      count += later.length;
    }
  }
  return count;
}

/** Members to whom everything is to be evaluated were not due at an instant. */
function lateness(due: readonly DueMember[], asOf: Date): number {
  const instants = due.filter(({ whole }) => !whole).map((one) => one.due.getTime());
  return instants.length === 0 ? 0 : asOf.getTime() - Math.min(...instants);
}
