import { setTimeout } from "node:timers/promises";
import { NotFoundError } from "../../kernel/index.ts";
import type { Database, Transaction } from "../postgres/index.ts";
import type { Job, JobRun, JobState } from "./job.ts";
import { loadQueueLibrary } from "./queue-library.ts";

/** The queue's task in graphile-worker: one for all jobs, which are told apart by `job_runs.name`. */
export const queueTask = "waybill-job";

/** The channel on which a cancellation reaches the worker that runs the job. */
export const cancelChannel = "waybill_job_cancel";

const watchMs = 200;

const runColumns = `job, name, client, state, progress, attempt, max_attempts as "maxAttempts",
  error_code as "errorCode", error_message as "errorMessage", created_at as "createdAt",
  started_at as "startedAt", finished_at as "finishedAt", cancel_requested_at as "cancelRequestedAt"`;

/** Makes or updates the queue's own schema, `graphile_worker`, as the login role. */
export async function prepareJobs(url: string): Promise<void> {
  const { runMigrations, quietLogger } = await loadQueueLibrary();
  await runMigrations({ connectionString: url, logger: quietLogger });
}

export interface EnqueueOptions {
  /** The client the job works for. */
  readonly client?: string | undefined;
  /** While a run of the same job with this key is unfinished, none is added. */
  readonly key?: string | undefined;
  /** Not before this instant. */
  readonly runAt?: Date | undefined;
}

/**
 * Asks for a run of a job, in a transaction of `Database.control`: with its commit the run exists.
 * Returns its number, or that of the unfinished run with the same key.
 */
export async function enqueueJob<Input>(
  tx: Transaction,
  request: EnqueueOptions & { readonly job: Job<Input>; readonly input: NoInfer<Input> },
): Promise<bigint> {
  const { job, client = null, key = null, runAt = null } = request;
  const input = job.input.parse(request.input);
  const added = await tx.optionalRow<{ job: bigint }>(
    `insert into job_runs (name, client, key, max_attempts) values ($1, $2, $3, $4)
     on conflict (name, key) where state in ('queued', 'running') do nothing
     returning job`,
    [job.name, client, key, job.maxAttempts],
  );
  if (added === undefined) {
    const { job: existing } = await tx.row<{ job: bigint }>(
      "select job from job_runs where name = $1 and key = $2 and state in ('queued', 'running')",
      [job.name, key],
    );
    return existing;
  }
  await addToQueue(tx, { job: added.job, input, runAt, maxAttempts: job.maxAttempts });
  return added.job;
}

/** Puts a run into the queue. The queue's key is the run's number, so that it can be taken out again. */
export async function addToQueue(
  tx: Transaction,
  entry: { job: bigint; input: unknown; runAt: Date | null; maxAttempts: number },
): Promise<void> {
  await tx.run(
    `select from graphile_worker.add_job($1, json_build_object('job', $2::text, 'input', $3::json),
       run_at => $4, max_attempts => $5, job_key => $2)`,
    [queueTask, String(entry.job), JSON.stringify(entry.input), entry.runAt, entry.maxAttempts],
  );
}

/**
 * Asks a run to end. A queued one is cancelled at once; a running one is told through its signal and
 * is cancelled when its work has rolled back. Returns the state afterwards.
 * @throws NotFoundError when there is no such run
 */
export async function cancelJob(db: Database, job: bigint): Promise<JobState> {
  return await db.control(async (tx) => {
    const run = await tx.optionalRow<{ state: JobState }>(
      `update job_runs
          set cancel_requested_at = coalesce(cancel_requested_at, now()),
              finished_at = case state when 'queued' then now() else finished_at end,
              state = case state when 'queued' then 'cancelled' else state end
        where job = $1 returning state`,
      [job],
    );
    if (run === undefined) {
      throw new NotFoundError("job-not-found", `there is no job ${job}`, {
        hint: "list the jobs to see their numbers",
      });
    }
    if (run.state === "cancelled") {
      await tx.run("select graphile_worker.remove_job($1)", [String(job)]);
    }
    await tx.run("select pg_notify($1, $2)", [cancelChannel, String(job)]);
    return run.state;
  });
}

/** One run, if it exists. */
export async function findJob(db: Database, job: bigint): Promise<JobRun | undefined> {
  return await db.control(
    (tx) => tx.optionalRow<JobRun>(`select ${runColumns} from job_runs where job = $1`, [job]),
    { readOnly: true },
  );
}

/** The newest runs, newest first; of one client or in one state where asked. */
export async function listJobs(
  db: Database,
  filter: { client?: string | undefined; state?: JobState | undefined; limit?: number } = {},
): Promise<JobRun[]> {
  const { client = null, state = null, limit = 100 } = filter;
  return await db.control(
    (tx) =>
      tx.rows<JobRun>(
        `select ${runColumns} from job_runs
          where ($1::text is null or client = $1) and ($2::text is null or state = $2)
          order by job desc limit $3`,
        [client, state, limit],
      ),
    { readOnly: true },
  );
}

/**
 * A run whenever it has changed, until it has finished.
 * @throws NotFoundError when there is no such run
 */
export async function* watchJob(
  db: Database,
  job: bigint,
  signal?: AbortSignal,
): AsyncGenerator<JobRun> {
  let last = "";
  for (;;) {
    const run = await findJob(db, job);
    if (run === undefined) {
      throw new NotFoundError("job-not-found", `there is no job ${job}`);
    }
    const seen = JSON.stringify([run.state, run.progress, run.attempt, run.cancelRequestedAt]);
    if (seen !== last) {
      last = seen;
      yield run;
    }
    if (run.finishedAt !== null) {
      return;
    }
    await setTimeout(watchMs, undefined, signal === undefined ? {} : { signal });
  }
}
