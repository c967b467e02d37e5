/**
 * Follows the clock for routes with a schedule. The instants lie in the database, and a run is enqueued
 * in the transaction that moves its route's instant on: whatever dies when, no run is lost or doubled.
 * Any number of processes may follow the same clock; one at a time has the turn.
 */
import { setTimeout } from "node:timers/promises";
import type { Clock } from "../../kernel/index.ts";
import { listClients } from "../../modules/contracts/index.ts";
import { enqueueJob } from "../../platform/jobs/index.ts";
import type { Log } from "../../platform/logging/index.ts";
import type { Database } from "../../platform/postgres/index.ts";
import type { deliverJob } from "./deliver-job.ts";
import { readRoutes, scheduledRoutes } from "./routes.ts";
import { decideSchedules, routeKey, type ScheduledRoute } from "./schedule.ts";
import {
  deleteSchedules,
  selectSchedules,
  tryScheduling,
  upsertSchedules,
} from "./store/route-schedules.ts";

/** Definitions are looked at this often, so that a route which was just applied is followed soon. */
const LOOK_MS = 15_000;

export interface SchedulerOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly job: ReturnType<typeof deliverJob>;
}

/**
 * Looks at the clock once: follows the definitions, and enqueues what is due.
 * @returns the earliest instant at which anything is due next; undefined when nothing is, or when
 * another process has the turn
 */
export async function followSchedules(options: SchedulerOptions): Promise<Date | undefined> {
  const { db, clock, log, job } = options;
  return await db.control(async (tx) => {
    if (!(await tryScheduling(tx))) {
      return undefined;
    }
    const wanted = await wantedSchedules(db);
    const decision = decideSchedules(await selectSchedules(tx), wanted, clock.now());
    for (const { client, route } of decision.due) {
      const key = routeKey({ client, route });
      const run = await enqueueJob(tx, { job, input: { client, route }, client, key });
      log.info("route-due", { client, route, job: run });
    }
    if (decision.kept.length > 0) {
      await upsertSchedules(tx, decision.kept);
    }
    if (decision.dropped.length > 0) {
      await deleteSchedules(tx, decision.dropped);
    }
    return decision.wakeAt;
  });
}

async function wantedSchedules(db: Database): Promise<ScheduledRoute[]> {
  const wanted: ScheduledRoute[] = [];
  for (const client of await listClients(db)) {
    const routes = await db.scoped(client.scope, readRoutes, { readOnly: true });
    wanted.push(...scheduledRoutes(client, routes));
  }
  return wanted;
}

/** Follows the clock until it is disposed of. A look that fails is logged and repeated. */
export function startScheduler(options: SchedulerOptions): AsyncDisposable {
  const stop = new AbortController();
  const following = follow(options, stop.signal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await following;
    },
  };
}

async function follow(options: SchedulerOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    let wakeAt: Date | undefined;
    try {
      wakeAt = await followSchedules(options);
    } catch (error) {
      options.log.error("schedules-not-followed", error);
    }
    const untilDue = (wakeAt?.getTime() ?? Infinity) - options.clock.now().getTime();
    const delayMs = Math.max(0, Math.min(untilDue, LOOK_MS));
    // Rejects only when it is time to stop, which the loop's condition sees.
    await setTimeout(delayMs, undefined, { signal }).catch(() => undefined);
  }
}
