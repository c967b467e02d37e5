import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { testDatabase } from "../../../tests/support/database.ts";
import { CancelledError, RefusedError, UnavailableError } from "../../kernel/index.ts";
import { createLog } from "../logging/index.ts";
import type { Database } from "../postgres/index.ts";
import {
  cancelJob,
  defineJob,
  enqueueJob,
  findJob,
  listJobs,
  startWorkers,
  watchJob,
  type Job,
  type JobContext,
  type JobRun,
  type JobState,
} from "./index.ts";

const log = createLog({ level: "silent" });
const input = z.object({ n: z.number() });
type Input = z.infer<typeof input>;

function enqueue(db: Database, job: Job<Input>, options = {}): Promise<bigint> {
  return db.control((tx) => enqueueJob(tx, { job, input: { n: 1 }, ...options }));
}

async function untilState(db: Database, job: bigint, state: JobState): Promise<JobRun> {
  for await (const run of watchJob(db, job, AbortSignal.timeout(15_000))) {
    if (run.state === state) {
      return run;
    }
  }
  throw new Error(`the job never came to be ${state}: ${(await findJob(db, job))?.state}`);
}

/** Work that goes on until it is told to stop. */
async function untilStopped({ signal }: JobContext): Promise<void> {
  await setTimeout(60_000, undefined, { signal }).catch(() => {
    throw new CancelledError("stopped", "stopped as asked");
  });
}

describe("a job", () => {
  test("runs with its input, tells its progress and has then succeeded", async () => {
    await using database = await testDatabase();
    const { db, url } = database;
    const seen: unknown[] = [];
    const job = defineJob({
      name: "count",
      input,
      run: async (given, context) => {
        seen.push(given, context.attempt);
        context.progress({ done: 1, total: 2, unit: "rows" });
        await setTimeout(1);
        context.progress({ done: 2, total: 2, unit: "rows" });
      },
    });
    await using _workers = await startWorkers({ db, url, log, jobs: [job] });

    const number = await enqueue(db, job, { client: "acme" });
    const run = await untilState(db, number, "succeeded");

    expect(seen).toEqual([{ n: 1 }, 1]);
    expect(run).toMatchObject({
      client: "acme",
      progress: { done: 2, total: 2, unit: "rows" },
      errorCode: null,
    });
    expect(await listJobs(db, { client: "acme" })).toEqual([run]);
    expect(await listJobs(db, { client: "other" })).toEqual([]);
  });

  test("exists only if its transaction commits", async () => {
    await using database = await testDatabase();
    const job = defineJob({ name: "never", input, run: () => Promise.resolve() });

    const failing = database.db.control(async (tx) => {
      await enqueueJob(tx, { job, input: { n: 1 } });
      throw new Error("changed my mind");
    });

    await expect(failing).rejects.toThrow("changed my mind");
    expect(await listJobs(database.db)).toEqual([]);
  });

  test("is not asked for twice under one key while it is unfinished", async () => {
    await using database = await testDatabase();
    const { db, url } = database;
    const job = defineJob({ name: "once", input, run: () => Promise.resolve() });

    const [first, second] = [
      await enqueue(db, job, { key: "daily" }),
      await enqueue(db, job, { key: "daily" }),
    ];
    await using _workers = await startWorkers({ db, url, log, jobs: [job] });
    await untilState(db, first, "succeeded");
    const third = await enqueue(db, job, { key: "daily" });

    expect(second).toBe(first);
    expect(third).not.toBe(first);
    await untilState(db, third, "succeeded");
  });

  test("is tried again after what may pass, and the queue keeps no message", async () => {
    await using database = await testDatabase();
    const { db, url } = database;
    const job = defineJob({
      name: "flaky",
      input,
      run: (_input, { attempt }) =>
        attempt === 1
          ? Promise.reject(new UnavailableError("disk-full", "the disk of Erika is full"))
          : Promise.resolve(),
    });
    await using _workers = await startWorkers({ db, url, log, jobs: [job] });

    const number = await enqueue(db, job);
    await untilState(db, number, "queued");
    const waiting = await untilAttemptFailed(db, number);
    const kept = await db.control((tx) => tx.rows("select last_error from graphile_worker.jobs"));
    const run = await untilState(db, number, "succeeded");

    expect(waiting).toMatchObject({ errorCode: "disk-full", attempt: 1 });
    expect(JSON.stringify(kept)).not.toContain("Erika");
    expect(run.attempt).toBe(2);
  });

  test("fails at once over what stays wrong, with code and message", async () => {
    await using database = await testDatabase();
    const { db, url } = database;
    const job = defineJob({
      name: "refused",
      input,
      run: () => Promise.reject(new RefusedError("held", "the intake is held")),
    });
    await using _workers = await startWorkers({ db, url, log, jobs: [job] });

    const run = await untilState(db, await enqueue(db, job), "failed");

    expect(run).toMatchObject({
      attempt: 1,
      errorCode: "held",
      errorMessage: "the intake is held",
    });
  });

  test("that fails over something unknown says nothing of it", async () => {
    await using database = await testDatabase();
    const { db, url } = database;
    const job = defineJob({
      name: "broken",
      input,
      maxAttempts: 1,
      run: () => Promise.reject(new Error("cannot read Erika Mustermann")),
    });
    await using _workers = await startWorkers({ db, url, log, jobs: [job] });

    const run = await untilState(db, await enqueue(db, job), "failed");

    expect(run.errorCode).toBe("internal");
    expect(run.errorMessage).not.toContain("Erika");
  });
});

async function untilAttemptFailed(db: Database, job: bigint): Promise<JobRun | undefined> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const run = await findJob(db, job);
    if (run?.errorCode !== null) {
      return run;
    }
    await setTimeout(20);
  }
  return undefined;
}

describe("cancelling", () => {
  test("stops a running job within a second", async () => {
    await using database = await testDatabase();
    const { db, url } = database;
    const job = defineJob({ name: "long", input, run: (_input, context) => untilStopped(context) });
    await using _workers = await startWorkers({ db, url, log, jobs: [job] });
    const number = await enqueue(db, job);
    await untilState(db, number, "running");

    const asked = performance.now();
    expect(await cancelJob(db, number)).toBe("running");
    const run = await untilState(db, number, "cancelled");

    expect(performance.now() - asked).toBeLessThan(1_000);
    expect(run.finishedAt).not.toBeNull();
  });

  test("takes a job that waits out of the queue, so that it never runs", async () => {
    await using database = await testDatabase();
    const { db, url } = database;
    let runs = 0;
    const job = defineJob({
      name: "waiting",
      input,
      run: () => {
        runs += 1;
        return Promise.resolve();
      },
    });
    const number = await enqueue(db, job);

    expect(await cancelJob(db, number)).toBe("cancelled");
    await using _workers = await startWorkers({ db, url, log, jobs: [job] });
    await untilState(db, await enqueue(db, job), "succeeded");

    expect(runs).toBe(1);
    expect(await findJob(db, number)).toMatchObject({ state: "cancelled", attempt: 0 });
  });

  test("names a job that does not exist", async () => {
    await using database = await testDatabase();

    await expect(cancelJob(database.db, 42n)).rejects.toMatchObject({ kind: "not-found" });
  });
});

describe("a process that ends", () => {
  test("hands its running jobs back, and the attempt does not count", async () => {
    await using database = await testDatabase();
    const { db, url } = database;
    let visits = 0;
    const job = defineJob({
      name: "long",
      input,
      maxAttempts: 1,
      run: async (_input, context) => {
        visits += 1;
        if (visits === 1) {
          await untilStopped(context);
        }
      },
    });
    const number = await (async () => {
      await using _workers = await startWorkers({ db, url, log, jobs: [job] });
      const asked = await enqueue(db, job);
      await untilState(db, asked, "running");
      return asked;
    })();

    expect(await findJob(db, number)).toMatchObject({ state: "queued", attempt: 0 });
    await using _next = await startWorkers({ db, url, log, jobs: [job] });
    const run = await untilState(db, number, "succeeded");
    expect(run.attempt).toBe(1);
  });

  test("by kill -9 has its job run again by the next within seconds", async () => {
    await using database = await testDatabase();
    const { db, url } = database;
    const job = defineJob({ name: "long", input, run: () => Promise.resolve() });
    const number = await enqueue(db, job);
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program(url)], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await untilState(db, number, "running");

    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    await using _workers = await startWorkers({ db, url, log, jobs: [job] });
    const run = await untilState(db, number, "succeeded");

    expect(run.attempt).toBe(2);
  });

  test("by kill -9 on the last attempt has its job fail, not vanish", async () => {
    await using database = await testDatabase();
    const { db, url } = database;
    const job = defineJob({ name: "long", input, maxAttempts: 1, run: () => Promise.resolve() });
    const number = await enqueue(db, job);
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program(url)], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await untilState(db, number, "running");

    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    await using _workers = await startWorkers({ db, url, log, jobs: [job] });
    const run = await untilState(db, number, "failed");

    expect(run.errorCode).toBe("job-interrupted");
    const left = await db.control((tx) => tx.rows("select id from graphile_worker.jobs"));
    expect(left).toEqual([]);
  });
});

/** A process that begins every job of the name and never ends it. */
function program(url: string): string {
  const from = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  return `
    import { z } from "zod";
    import { defineJob, startWorkers } from ${from("./index.ts")};
    import { createLog } from ${from("../logging/index.ts")};
    import { openDatabase } from ${from("../postgres/index.ts")};
    const url = ${JSON.stringify(url)};
    const db = await openDatabase({ url });
    const job = defineJob({ name: "long", input: z.unknown(), run: () => new Promise(() => {}) });
    await startWorkers({ db, url, log: createLog({ level: "silent" }), jobs: [job] });
  `;
}
