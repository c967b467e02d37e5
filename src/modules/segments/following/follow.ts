import type { Clock } from "../../../kernel/index.ts";
import type { SegmentClient } from "../segments.ts";
import { followBatch, type Following, type FollowingMemory } from "./batch.ts";
import type { BatchSize } from "./errand.ts";
import { recompute } from "./recompute.ts";

export interface FollowOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** As of {@link Following}: what the batch before left, and how much at once. */
  readonly memory?: FollowingMemory | undefined;
  readonly size?: BatchSize | undefined;
}

/** What catching up did. */
export interface CatchUp {
  readonly changes: number;
  /** How often a member was evaluated. */
  readonly members: number;
  readonly entered: number;
  readonly left: number;
  /** When a member is due next; undefined: never. */
  readonly nextDue: Date | undefined;
}

/**
 * Follows everything there is to follow: afterwards, memberships are what the data and the clock say.
 * Waits for whoever else does so. Where nothing is kept it does nothing.
 */
export async function followClient(
  client: SegmentClient,
  options: FollowOptions,
): Promise<CatchUp> {
  const { memory = {}, ...rest } = options;
  const following: Following = { client, waits: true, memory, ...rest };
  let done: CatchUp = { changes: 0, members: 0, entered: 0, left: 0, nextDue: undefined };
  for (;;) {
    const outcome = await followBatch(following);
    if (outcome.kind === "followed") {
      done = added(done, outcome);
      if (outcome.caughtUp) {
        return done;
      }
    } else if (outcome.kind === "scan") {
      const scan = await recompute(client, { ...options, cause: outcome.cause });
      done = added(done, {
        changes: 0,
        members: 0,
        entered: 0,
        left: 0,
        nextDue: undefined,
        ...scan,
      });
    }
  }
}

function added(one: CatchUp, other: CatchUp): CatchUp {
  return {
    changes: one.changes + other.changes,
    members: one.members + other.members,
    entered: one.entered + other.entered,
    left: one.left + other.left,
    nextDue: other.nextDue,
  };
}
