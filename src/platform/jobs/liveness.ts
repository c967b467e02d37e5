/**
 * Which processes run jobs, and which of them have died.
 *
 * A worker process holds a session's advisory lock on its number. The server frees it in the moment
 * the connection ends, however the process ended: no heartbeat to miss while a processor is busy, no
 * clock to trust, no waiting. A process that loses the connection must stop its work, since others
 * will take it for dead.
 */
import { hostname } from "node:os";
import { Client } from "pg";
import type { Database } from "../postgres/index.ts";
import { cancelChannel } from "./queue.ts";

/** The first half of the advisory locks' keys. */
const lockSpace = "hashtext('waybill.job_workers')";

export interface Liveness extends AsyncDisposable {
  readonly worker: number;
}

export interface LivenessOptions {
  readonly db: Database;
  readonly url: string;
  /** Somebody asked the run with this number to end. */
  readonly onCancel: (job: bigint) => void;
  /** The connection is gone: others take this process for dead. */
  readonly onLost: () => void;
}

/** Enters this process among the workers, for as long as the result is not disposed of. */
export async function enterWorkers(options: LivenessOptions): Promise<Liveness> {
  const client = new Client({
    connectionString: options.url,
    application_name: "waybill-worker",
    keepAlive: true,
  });
  let isLeaving = false;
  client.on("error", () => {});
  client.on("end", () => {
    if (!isLeaving) {
      options.onLost();
    }
  });
  client.on("notification", ({ payload }) => {
    if (payload !== undefined && /^\d+$/.test(payload)) {
      options.onCancel(BigInt(payload));
    }
  });
  await client.connect();
  await client.query(`listen ${cancelChannel}`);
  const { worker } = await options.db.control(async (tx) => {
    const row = await tx.row<{ worker: number }>(
      "insert into job_workers (host) values ($1) returning worker",
      [hostname()],
    );
    // Before the row is seen: whoever sees it finds the lock held.
    await client.query(`select pg_advisory_lock(${lockSpace}, $1)`, [row.worker]);
    return row;
  });
  return {
    worker,
    async [Symbol.asyncDispose]() {
      isLeaving = true;
      await options.db.control((tx) =>
        tx.run("delete from job_workers where worker = $1", [worker]),
      );
      await client.end();
    },
  };
}

/** Notes the name under which this process locks jobs in the queue. */
export async function noteQueueName(
  db: Database,
  worker: number,
  queueName: string,
): Promise<void> {
  await db.control((tx) =>
    tx.run("update job_workers set queue_name = $2 where worker = $1", [worker, queueName]),
  );
}

/**
 * Gives the runs of dead processes back to the queue at once; without it the queue would hold their
 * locks for four hours. A run that may not be tried again has failed. Returns how many were freed.
 */
export async function reviveJobs(db: Database): Promise<number> {
  return await db.control(async (tx) => {
    const dead = await tx.rows<{ worker: number; queue_name: string | null }>(
      `delete from job_workers where worker in (
         select worker from job_workers
          where pg_try_advisory_xact_lock(${lockSpace}, worker) for update skip locked)
       returning worker, queue_name`,
    );
    await tx.run(unlockAbandoned, [dead.map(({ queue_name }) => queue_name)]);
    const workers = dead.map(({ worker }) => worker);
    await tx.run(failExhausted, [workers]);
    return await tx.run(
      `update job_runs set state = 'queued', worker = null
        where worker = any ($1::int[]) and state = 'running'`,
      [workers],
    );
  });
}

/**
 * Frees the locks of the dead, and of names that no living process has. A process that has only just
 * begun may not have noted its name yet: it has a minute.
 */
const unlockAbandoned = `
  select graphile_worker.force_unlock_workers(array(
    select distinct locked_by from graphile_worker.jobs
     where locked_by = any ($1::text[])
        or (locked_at < now() - interval '1 minute' and not exists (
              select from job_workers where queue_name = locked_by))))`;

const failExhausted = `
  with ended as (
    update job_runs
       set state = case when cancel_requested_at is null then 'failed' else 'cancelled' end,
           finished_at = now(),
           worker = null,
           error_code = 'job-interrupted',
           error_message = 'the process that ran it ended, and it may not be tried again'
     where worker = any ($1::int[]) and state = 'running'
       and (attempt >= max_attempts or cancel_requested_at is not null)
    returning job)
  select graphile_worker.complete_jobs(array(
    select q.id from graphile_worker.jobs q join ended on q.key = ended.job::text))`;
