import { EventEmitter } from "node:events";
import type { JobHelpers, Runner, WorkerEvents } from "graphile-worker";
import { Pool } from "pg";
import { z } from "zod";
import { must } from "../../kernel/index.ts";
import type { Log } from "../logging/index.ts";
import type { Database } from "../postgres/index.ts";
import { beginAttempt, runAttempt, type StopReason } from "./attempt.ts";
import type { AnyJob } from "./job.ts";
import { enterWorkers, noteQueueName, reviveJobs, type Liveness } from "./liveness.ts";
import { loadQueueLibrary } from "./queue-library.ts";
import { prepareJobs, queueTask } from "./queue.ts";

const reviveEveryMs = 5_000;
/** The queue hears of new jobs by notification; polling finds those whose time has come. */
const pollMs = 1_000;
const connectionsBesideJobs = 2;

const payload = z.object({ job: z.string().transform(BigInt), input: z.unknown() });

export interface WorkersOptions {
  readonly db: Database;
  /** The login's URL: the queue listens on a connection of its own. */
  readonly url: string;
  readonly log: Log;
  /** Every job that can be asked for. */
  readonly jobs: readonly AnyJob[];
  /** How many run at once. Default 2. */
  readonly concurrency?: number | undefined;
}

/** A process's workers. */
export interface Workers extends AsyncDisposable {
  /** Ends when the workers have stopped, also if not by us; then with the reason. */
  readonly stopped: Promise<void>;
}

/**
 * Starts to run jobs in this process. Disposing of the result tells running jobs to stop, hands them
 * back to the queue and waits for that.
 */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  await prepareJobs(options.url);
  const pool = new JobPool(options);
  await pool.start();
  return pool;
}

class JobPool implements Workers {
  readonly #options: WorkersOptions;
  readonly #jobs: ReadonlyMap<string, AnyJob>;
  readonly #running = new Map<bigint, AbortController>();
  #liveness: Liveness | undefined;
  #queue: Runner | undefined;
  #pool: Pool | undefined;
  #stopping: Promise<void> | undefined;
  #reviving: NodeJS.Timeout | undefined;

  constructor(options: WorkersOptions) {
    this.#options = options;
    this.#jobs = new Map(options.jobs.map((job) => [job.name, job]));
  }

  async start(): Promise<void> {
    const { db, url, concurrency = 2 } = this.#options;
    const { run: runQueue, quietLogger } = await loadQueueLibrary();
    const liveness = await enterWorkers({
      db,
      url,
      onCancel: (job) => this.#running.get(job)?.abort("cancelled" satisfies StopReason),
      onLost: () => this.#lost(),
    });
    this.#liveness = liveness;
    await reviveJobs(db);
    const events: WorkerEvents = new EventEmitter();
    let named = Promise.resolve();
    events.once("pool:create", ({ workerPool }) => {
      named = noteQueueName(db, liveness.worker, workerPool.id);
    });
    this.#pool = queuePool(url, concurrency + connectionsBesideJobs);
    this.#queue = await runQueue({
      pgPool: this.#pool,
      concurrency,
      pollInterval: pollMs,
      noHandleSignals: true,
      logger: quietLogger,
      events,
      parsedCronItems: [],
      taskList: { [queueTask]: (entry, helpers) => this.#perform(entry, helpers) },
    });
    await named;
    this.#reviving = setInterval(() => void this.#revive(), reviveEveryMs);
  }

  get stopped(): Promise<void> {
    return must(this.#queue, "workers are handed out when they have started").promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#reviving);
    const stopped = this.#stop();
    for (const stop of this.#running.values()) {
      stop.abort("leaving" satisfies StopReason);
    }
    await stopped;
    await this.#pool?.end();
    await this.#liveness?.[Symbol.asyncDispose]();
  }

  /** Stops the queue once; stopping it again would be an error of its own. */
  #stop(): Promise<void> {
    this.#stopping ??= this.#queue?.stop() ?? Promise.resolve();
    return this.#stopping;
  }

  async #perform(entry: unknown, helpers: JobHelpers): Promise<void> {
    const { db, log } = this.#options;
    const { job: number, input } = payload.parse(entry);
    const worker = must(this.#liveness, "the queue starts after the process has entered").worker;
    const stop = new AbortController();
    this.#running.set(number, stop);
    try {
      const run = await beginAttempt(db, worker, number);
      if (run === undefined) {
        return;
      }
      if (run.cancel_requested) {
        stop.abort("cancelled" satisfies StopReason);
      }
      helpers.abortSignal?.addEventListener("abort", () => stop.abort("leaving"), { once: true });
      const job = this.#jobs.get(run.name) ?? unknownJob(run.name);
      await runAttempt({ db, log, job, run, input, stop });
    } finally {
      this.#running.delete(number);
    }
  }

  async #revive(): Promise<void> {
    try {
      const count = await reviveJobs(this.#options.db);
      if (count > 0) {
        this.#options.log.warn("jobs-revived", { count });
      }
    } catch (error) {
      this.#options.log.error("jobs-not-revived", error);
    }
  }

  /** Others will run what runs here: it must stop, and this process must run nothing more. */
  #lost(): void {
    this.#options.log.warn("worker-connection-lost");
    for (const stop of this.#running.values()) {
      stop.abort("leaving" satisfies StopReason);
    }
    clearInterval(this.#reviving);
    void this.#stop().catch(() => undefined);
  }
}

/**
 * The queue's connections. The queue's own pool stops listening for errors while it ends, and a
 * connection that breaks then would end the process; what broke, the queue hears from its statements.
 */
function queuePool(url: string, max: number): Pool {
  const pool = new Pool({ connectionString: url, max });
  const ignore = (): void => {};
  return pool.on("error", ignore).on("connect", (client) => void client.on("error", ignore));
}

/** A job of another version of Waybill: this process cannot run it, one that knows it may later. */
function unknownJob(name: string): AnyJob {
  return {
    name,
    runUnparsed: () => Promise.reject(new Error("no such job in this version")),
  };
}
