/**
 * Looking ahead: while one batch is stored, on the connection that holds the lock, the next one is
 * evaluated on another, so that a client that is behind has both at work: this process and two of the
 * server's. Nothing is locked and nothing written.
 *
 * What is found is as old as its snapshot when it is stored, and that is no harm: every change that the
 * snapshot did not see has a number after those of the batch, so who it concerns is evaluated again.
 * What would do harm is checked by {@link isStillAhead} once the lock is held; then all is done again.
 */
import type { Clock } from "../../../kernel/index.ts";
import type { SegmentClient } from "../segments.ts";
import { type Position, readPosition } from "../store/following.ts";
import type { Evaluated } from "./decide.ts";
import {
  type BatchSize,
  type CountedBehind,
  type Errand,
  isLeftToScan,
  takeErrand,
} from "./errand.ts";
import { evaluate } from "./evaluate.ts";
import type { FollowPlan, SlotGroup, SubjectPlan } from "./plan.ts";

/** The answers about all members of a subject's work. */
export interface Prepared {
  readonly slots: SlotGroup;
  readonly answers: ReadonlyMap<bigint, Evaluated>;
}

/** A batch that is evaluated and waits to be stored. */
export interface Ahead {
  readonly plan: FollowPlan;
  /** The change that it goes on from. */
  readonly after: bigint;
  readonly errand: Errand;
  readonly prepared: ReadonlyMap<SubjectPlan, Prepared>;
  /** So much is behind that it is left to a scan. */
  readonly isLeft: boolean;
  readonly counted: CountedBehind | undefined;
}

/** From where, by what and with what it looks ahead. */
export interface Outlook {
  readonly client: SegmentClient;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly plan: FollowPlan;
  readonly after: bigint;
  /** The clock of the batch before. */
  readonly asOf: Date;
  readonly counted: CountedBehind | undefined;
  readonly size: BatchSize;
}

/**
 * Evaluates the changes after a number.
 * @returns undefined when there is nothing to look ahead at, or it failed: what fails is done again in its
 * turn, where failures have their place
 */
export async function lookAhead(outlook: Outlook): Promise<Ahead | undefined> {
  const { client, plan, after, signal, size, counted: before } = outlook;
  const evaluated = client.db.scoped(
    client.scope,
    async (tx): Promise<Ahead | undefined> => {
      const { head, hasParked } = await readPosition(tx);
      if (head <= after || hasParked) {
        return undefined;
      }
      const stretch = { after, upTo: head, size };
      const { isLeft, counted } = await isLeftToScan(tx, plan, { stretch, counted: before });
      const errand = await takeErrand(tx, plan, stretch);
      const prepared = new Map<SubjectPlan, Prepared>();
      const asOf = laterOf(outlook.clock.now(), outlook.asOf);
      for (const { plan: subject, members, slots: concerned } of errand.work) {
        if (members.size > 0) {
          const slots = subject.groupOf(concerned);
          const answers = await evaluate(tx, plan, { slots, members: [...members.keys()], asOf });
          prepared.set(subject, { slots, answers });
        }
      }
      return { plan, after, errand, prepared, isLeft, counted };
    },
    { isolation: "repeatable read", readOnly: true, signal, keepsPlans: true },
  );
  return await evaluated.catch(() => undefined);
}

/**
 * Whether what was found goes on from what is stored now, and asks what is to be asked now. The lock is
 * held.
 */
export function isStillAhead(ahead: Ahead, plan: FollowPlan, position: Position): boolean {
  return ahead.plan === plan && ahead.after === position.cursor && !position.hasParked;
}

function laterOf(left: Date, right: Date): Date {
  return left > right ? left : right;
}
