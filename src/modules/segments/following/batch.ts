/**
 * One step of following: some changes and some members whose time has come, in one short transaction. The
 * cursor, who is in what, the history and the entries of the change log commit together, so that a process
 * that dies loses and doubles nothing. One process at a time works on a client: the row of `_following` is
 * locked first, the head of the change log last.
 */
import type { Clock } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { SegmentClient } from "../segments.ts";
import {
  askForScan,
  lockPosition,
  movePosition,
  noteSetBack,
  type DueMember,
  type Position,
  readDue,
  readNextDue,
  type ScanCause,
} from "../store/following.ts";
import { makeDue } from "../store/members.ts";
import { type Ahead, isStillAhead, lookAhead } from "./ahead.ts";
import { asksOf } from "./asks.ts";
import {
  type BatchSize,
  type CountedBehind,
  isLeftToScan,
  takeErrand,
  USUAL_SIZE,
} from "./errand.ts";
import { evaluateAsks, type Evaluating } from "./evaluate-asks.ts";
import { isPoison } from "./careful.ts";
import { type FollowPlan, planFor } from "./plan.ts";
import { logDecisions } from "./store-decision.ts";
import { parkedNow } from "./parking.ts";

/** A clock that is behind by this much is waited for; one that is further behind was set back. */
const HELD_MS = 1_000;

/** What follows a client, from batch to batch. Nothing in it is needed to go on. */
export interface Following {
  readonly client: SegmentClient;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Whether to wait while another process works on the client, or to leave it to that. */
  readonly waits: boolean;
  readonly memory: FollowingMemory;
  /** How much at once; by default {@link USUAL_SIZE}. */
  readonly size?: BatchSize | undefined;
}

/** What one batch leaves to the next. */
export interface FollowingMemory {
  /** What it evaluated, for that takes long to make. */
  plan?: FollowPlan | undefined;
  /** The next batch, evaluated while this one was stored. */
  ahead?: Ahead | undefined;
  counted?: CountedBehind | undefined;
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
  const { memory } = following;
  const { ahead } = memory;
  memory.ahead = undefined;
  try {
    return await tryBatch(following, { isCareful: false, ahead });
  } catch (error) {
    if (!isPoison(error)) {
      throw error;
    }
    return await tryBatch(following, { isCareful: true, ahead: undefined });
  }
}

interface Attempt {
  readonly isCareful: boolean;
  readonly ahead: Ahead | undefined;
}

async function tryBatch(following: Following, attempt: Attempt): Promise<BatchOutcome> {
  const { client, clock, signal, waits, memory, size = USUAL_SIZE } = following;
  let lookingAhead: Promise<Ahead | undefined> | undefined;
  try {
    return await client.db.scoped(
      client.scope,
      async (tx): Promise<BatchOutcome> => {
        const position = await lockPosition(tx, waits);
        if (position === undefined) {
          return { kind: "busy" };
        }
        const { catalogue } = client;
        const plan = await planFor(tx, { position, catalogue, known: memory.plan });
        memory.plan = plan;
        const time = readClock(clock, position);
        const cause = time.wentBackFrom === undefined ? position.rescan : "time";
        if (time.wentBackFrom !== undefined) {
          await noteSetBack(tx, { from: time.wentBackFrom, to: time.asOf });
          await askForScan(tx, { cause: "time", asOf: time.asOf });
        }
        if (cause !== null) {
          return { kind: "scan", cause };
        }
        const { asOf } = time;
        const lookOn = (after: bigint): void => {
          const { counted } = memory;
          lookingAhead = lookAhead({ client, clock, signal, plan, after, asOf, counted, size });
        };
        return await follow(tx, { ...attempt, position, plan, asOf, memory, size, lookOn });
      },
      { signal, keepsPlans: true, lockTimeoutMs: 0 },
    );
  } finally {
    memory.ahead = await lookingAhead;
  }
}

/** The clock never goes back by itself: what was answered for a later instant would be wrong. */
function readClock(clock: Clock, { asOf }: Position): ReadClock {
  const now = clock.now();
  const backMs = asOf === null ? 0 : asOf.getTime() - now.getTime();
  if (asOf === null || backMs <= 0) {
    return { asOf: now, wentBackFrom: undefined };
  }
  return backMs <= HELD_MS ? { asOf, wentBackFrom: undefined } : { asOf: now, wentBackFrom: asOf };
}

interface ReadClock {
  /** The instant to evaluate for. */
  readonly asOf: Date;
  /** The clock was set back from this instant. */
  readonly wentBackFrom: Date | undefined;
}

interface Step extends Evaluating, Attempt {
  readonly position: Position;
  readonly memory: FollowingMemory;
  readonly size: BatchSize;
  /** Begins with the batch after this change, while what is evaluated is stored. */
  readonly lookOn: (after: bigint) => void;
}

async function follow(tx: Transaction, step: Step): Promise<BatchOutcome> {
  const { position, plan, asOf, size, isCareful } = step;
  if (plan.bySlot.size === 0) {
    return await skipToHead(tx, step);
  }
  const { errand, prepared, isLeft } = await nextErrand(tx, step);
  if (isLeft) {
    await askForScan(tx, { cause: "change", asOf });
    return { kind: "scan", cause: "change" };
  }
  const lookOn = (): void => {
    if (errand.isLarge && !isCareful) {
      step.lookOn(errand.cursor);
    }
  };
  // Before anybody due is read: who is due by time and put off is asked about everything, not about time.
  for (const later of errand.putOff) {
    await makeDue(tx, later);
  }
  const parking = await parkedNow(tx, position, asOf);
  const due = [...(await readDue(tx, { now: asOf, limit: size.members })), ...parking.retried];
  const { asks, reasons } = asksOf({ work: errand.work, due, prepared });
  const done = await evaluateAsks(tx, step, { asks, reasons, parking, onEvaluated: lookOn });
  const { moves } = done;
  const reasonOf = (member: bigint) =>
    reasons.get(member) ?? ({ cause: "change", causedBy: null } as const);
  const logged = await logDecisions(tx, { moves, reasonOf, asOf });
  // Its own entries are nothing to follow, where no other came in between.
  const told = BigInt(logged.entered + logged.left);
  const isNext = logged.last !== undefined && logged.last - told === errand.cursor;
  const cursor = isNext && logged.last !== undefined ? logged.last : errand.cursor;
  const isMoved = cursor !== position.cursor || done.members > 0;
  await (isMoved ? movePosition(tx, { cursor, asOf }) : undefined);
  const isAll = errand.cursor === position.head && errand.putOff.length === 0;
  const caughtUp = isAll && due.length < size.members && done.again === 0;
  return {
    kind: "followed",
    unreadable: plan.unreadable.length,
    changes: errand.changes,
    members: done.members,
    entered: logged.entered,
    left: logged.left,
    parked: done.parked,
    caughtUp,
    cursor,
    behind: position.head - errand.cursor,
    nextDue: caughtUp ? await readNextDue(tx) : undefined,
    lateMs: lateness(due, asOf),
  };
}

/** What was found by looking ahead, where that still holds; else what there is now. */
async function nextErrand(
  tx: Transaction,
  { position, plan, ahead, memory, size }: Step,
): Promise<Pick<Ahead, "errand" | "prepared" | "isLeft">> {
  if (ahead !== undefined && isStillAhead(ahead, plan, position)) {
    memory.counted = ahead.counted;
    return ahead;
  }
  const stretch = { after: position.cursor, upTo: position.head, size };
  const { isLeft, counted } = await isLeftToScan(tx, plan, { stretch, counted: memory.counted });
  memory.counted = counted;
  const nothing = { changes: 0, cursor: position.cursor, isLarge: true, work: [], putOff: [] };
  const errand = isLeft ? nothing : await takeErrand(tx, plan, stretch);
  return { errand, prepared: new Map(), isLeft };
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

/** Members to whom everything is to be evaluated were not due at an instant. */
function lateness(due: readonly DueMember[], asOf: Date): number {
  const instants = due.filter(({ whole }) => !whole).map((one) => one.due.getTime());
  return instants.length === 0 ? 0 : asOf.getTime() - Math.min(...instants);
}
