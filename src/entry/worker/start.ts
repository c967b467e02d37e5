import type { Metrics } from "../../platform/http/index.ts";
import { startWorkers, type Workers } from "../../platform/jobs/index.ts";
import type { Log } from "../../platform/logging/index.ts";
import type { Context } from "../context.ts";
import { deliveryDeps } from "../delivering.ts";
import { deliverJob } from "./deliver-job.ts";
import { startFollowing } from "./following.ts";
import { FollowingFigures } from "./following-figures.ts";
import { importJob } from "./import-job.ts";
import { startKeepingRights } from "./rights.ts";
import { startScheduler } from "./scheduler.ts";
import { startSequencing } from "./sequencing.ts";

/** Starts all that works without being asked: jobs, schedules, segments and ledgers. Disposing stops them. */
export async function startWorking(
  context: Context,
  { log, metrics }: { readonly log: Log; readonly metrics: Metrics },
): Promise<Workers> {
  await using stack = new AsyncDisposableStack();
  const { db, clock, databaseUrl } = context;
  const job = deliverJob(await deliveryDeps(context));
  const { protect } = context;
  const jobs = [importJob({ db, clock, log, protect }), job];
  const workers = stack.use(await startWorkers({ db, url: databaseUrl, log, jobs }));
  stack.use(startScheduler({ db, clock, log, job }));
  stack.use(startSequencing({ context, log }));
  stack.use(startKeepingRights({ context, log, metrics }));
  const figures = new FollowingFigures(metrics);
  stack.use(startFollowing({ db, clock, log, figures, draw: Math.random }));
  const owned = stack.move();
  return {
    stopped: workers.stopped,
    // When the database is gone there is nothing to leave: the locks ended with the connection, and
    // others find the jobs. Why it ended must not be hidden behind that.
    [Symbol.asyncDispose]: () =>
      owned.disposeAsync().catch((error: unknown) => log.error("work-not-left-in-order", error)),
  };
}
