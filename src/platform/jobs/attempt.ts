/** One attempt at one run: from its mark `running` to what became of it. */
import { WaybillError } from "../../kernel/index.ts";
import type { Log } from "../logging/index.ts";
import type { Database, Transaction } from "../postgres/index.ts";
import type { AnyJob, JobProgress } from "./job.ts";
import { addToQueue } from "./queue.ts";

const progressEveryMs = 250;

/** Why a signal was aborted. */
export type StopReason = "cancelled" | "leaving";

export interface AttemptOptions {
  readonly db: Database;
  readonly log: Log;
  readonly job: AnyJob;
  readonly run: RunRow;
  readonly input: unknown;
  readonly stop: AbortController;
}

export interface RunRow {
  readonly job: bigint;
  readonly name: string;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly cancel_requested: boolean;
  /** Whose attempt it is: an attempt that was taken for dead has nothing to say about the run any more. */
  readonly worker: number;
}

/** Marks a queued run as running. Undefined when it is not queued: cancelled before it began. */
export async function beginAttempt(
  db: Database,
  worker: number,
  job: bigint,
): Promise<RunRow | undefined> {
  return await db.control((tx) =>
    tx.optionalRow<RunRow>(
      `update job_runs
          set state = 'running', worker = $2, attempt = attempt + 1,
              started_at = coalesce(started_at, now()), error_code = null, error_message = null
        where job = $1 and state = 'queued'
        returning job, name, attempt, max_attempts, worker, cancel_requested_at is not null as cancel_requested`,
      [job, worker],
    ),
  );
}

/**
 * Runs the work and notes its end.
 * @throws Error, without the message of what happened, when the queue is to try again
 */
export async function runAttempt(options: AttemptOptions): Promise<void> {
  const { db, run, stop, job, input } = options;
  const log = options.log.with({ job: run.job, jobName: run.name, attempt: run.attempt });
  const reporter = new ProgressReporter(db, run.job);
  try {
    await job.runUnparsed(input, {
      job: run.job,
      attempt: run.attempt,
      signal: stop.signal,
      progress: (progress) => reporter.report(progress),
    });
    await reporter.flush();
    await finish(db, run, { state: "succeeded" });
    log.info("job-succeeded");
  } catch (error) {
    await reporter.flush();
    await noteFailure({ ...options, log }, error);
  }
}

async function noteFailure(options: AttemptOptions, error: unknown): Promise<void> {
  const { db, run, stop, log, input } = options;
  const described = describe(error);
  if (stop.signal.reason === "cancelled") {
    await finish(db, run, { state: "cancelled" });
    log.info("job-cancelled");
    return;
  }
  if (stop.signal.reason === "leaving") {
    await requeue(db, run, input);
    log.info("job-handed-back");
    return;
  }
  if (!described.mayPass || run.attempt >= run.max_attempts) {
    await finish(db, run, { state: "failed", ...described });
    log.error("job-failed", error);
    return;
  }
  await db.control((tx) => endAttempt(tx, run, { state: "queued", ...described }));
  log.warn("job-will-be-tried-again", { code: described.code });
  // The queue keeps the message of what is thrown: it gets the code alone.
  throw new Error(described.code);
}

interface Described {
  readonly code: string;
  readonly message: string;
  /** Whether another attempt can end otherwise: what is wrong with an input stays wrong. */
  readonly mayPass: boolean;
}

const passingKinds: ReadonlySet<string> = new Set(["unavailable", "timeout", "conflict"]);

function describe(error: unknown): Described {
  return error instanceof WaybillError
    ? { code: error.code, message: error.message, mayPass: passingKinds.has(error.kind) }
    : { code: "internal", message: "an internal error; the log says where", mayPass: true };
}

interface AttemptEnd {
  readonly state: "queued" | "succeeded" | "failed" | "cancelled";
  readonly code?: string;
  readonly message?: string;
}

async function finish(db: Database, run: RunRow, end: AttemptEnd): Promise<void> {
  await db.control((tx) => endAttempt(tx, run, end));
}

/** Returns whether the attempt was still the run's. */
async function endAttempt(tx: Transaction, run: RunRow, end: AttemptEnd): Promise<boolean> {
  const touched = await tx.run(
    `update job_runs
        set state = $3, worker = null, error_code = $4, error_message = $5,
            finished_at = case when $3 = 'queued' then null else now() end
      where job = $1 and worker = $2`,
    [run.job, run.worker, end.state, end.code ?? null, end.message ?? null],
  );
  return touched === 1;
}

/** A run that is interrupted by an orderly end goes back whole: the attempt does not count. */
async function requeue(db: Database, run: RunRow, input: unknown): Promise<void> {
  await db.control(async (tx) => {
    if (await endAttempt(tx, run, { state: "queued" })) {
      await tx.run("update job_runs set attempt = attempt - 1 where job = $1", [run.job]);
      const maxAttempts = run.max_attempts - run.attempt + 1;
      await addToQueue(tx, { job: run.job, input, runAt: null, maxAttempts });
    }
  });
}

/** Writes the newest progress a few times a second, one write at a time. */
class ProgressReporter {
  readonly #db: Database;
  readonly #job: bigint;
  #newest: JobProgress | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(db: Database, job: bigint) {
    this.#db = db;
    this.#job = job;
  }

  report(progress: JobProgress): void {
    this.#newest = progress;
    this.#timer ??= setTimeout(() => void this.flush(), progressEveryMs);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  /** Progress is news, not the work: where it cannot be written the work goes on. */
  async #write(): Promise<void> {
    const progress = this.#newest;
    this.#newest = undefined;
    if (progress !== undefined) {
      await this.#db
        .control((tx) =>
          tx.run("update job_runs set progress = $2 where job = $1", [this.#job, { ...progress }]),
        )
        .catch(() => undefined);
    }
  }
}
