import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { depsFor } from "../../../tests/distribution/scene.ts";
import { testDatabase } from "../../../tests/support/database.ts";
import { FixedClock, must } from "../../kernel/index.ts";
import type { Client } from "../../modules/contracts/index.ts";
import {
  type DeliveryDeps,
  listDeliveries,
  selectCustomers,
} from "../../modules/distribution/index.ts";
import { importInput, listIntakes } from "../../modules/intake/index.ts";
import {
  enqueueJob,
  type JobContext,
  type JobRun,
  startWorkers,
  watchJob,
} from "../../platform/jobs/index.ts";
import { createLog } from "../../platform/logging/index.ts";
import type { Database } from "../../platform/postgres/index.ts";
import { deliverJob } from "./deliver-job.ts";
import { importJob } from "./import-job.ts";
import { applyTelecom, billingFile } from "./telecom.fixture.ts";

const clock = new FixedClock(new Date("2026-06-01T00:00:00Z"));

async function scene() {
  await using stack = new AsyncDisposableStack();
  const { db, url } = stack.use(await testDatabase());
  const dataDir = await mkdtemp(join(tmpdir(), "waybill-jobs-"));
  stack.defer(() => rm(dataDir, { recursive: true }));
  const client = await applyTelecom(db);
  const owned = stack.move();
  return { db, url, dataDir, client, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Runs an import job to its end with real workers. */
async function runImport(
  { db, url }: { db: Database; url: string },
  input: {
    path: string;
    expected?: { rows?: number; sums: Record<string, string> };
    correction?: string;
  },
): Promise<JobRun> {
  const job = importJob({ db, clock });
  await using _workers = await startWorkers({
    db,
    url,
    log: createLog({ level: "silent" }),
    jobs: [job],
  });
  const full = { client: "telecom", dataset: "customers", expected: { sums: {} }, ...input };
  const number = await db.control((tx) => enqueueJob(tx, { job, input: full, client: "telecom" }));
  const states = await Array.fromAsync(watchJob(db, number, AbortSignal.timeout(30_000)));
  return must(states.at(-1), "a run is seen at least once");
}

function attemptOf(attempt: number): JobContext {
  return { job: 7n, attempt, signal: new AbortController().signal, progress: () => {} };
}

async function importCustomers(db: Database, client: Client, count: number): Promise<void> {
  await importInput(
    { db, clock },
    {
      client,
      dataset: "customers",
      input: (async function* () {
        yield await Promise.resolve(Buffer.from(billingFile(count)));
      })(),
      origin: "billing.csv",
      expected: { sums: {} },
      actor: "test",
      dryRun: false,
      signal: new AbortController().signal,
      onProgress: () => {},
      onNote: () => {},
    },
  );
}

describe("the job import", () => {
  test("publishes a file, says how many bytes of it are done, and acts in its own name", async () => {
    await using given = await scene();
    const path = join(given.dataDir, "billing.csv");
    await writeFile(path, billingFile(50));

    const run = await runImport(given, { path });

    const total = Buffer.byteLength(billingFile(50));
    expect(run).toMatchObject({
      state: "succeeded",
      progress: { done: total, total, unit: "bytes" },
    });
    expect(await listIntakes(given.db, given.client, { limit: 10 })).toMatchObject([
      { state: "published", accepted: 50n, origin: "billing.csv", actor: `worker:${run.job}` },
    ]);
  });

  test("has done its work when the intake is held", async () => {
    await using given = await scene();
    const path = join(given.dataDir, "billing.csv");
    await writeFile(path, billingFile(2));

    const run = await runImport(given, { path, expected: { rows: 3, sums: {} } });

    expect(run.state).toBe("succeeded");
    expect(await listIntakes(given.db, given.client, { limit: 10 })).toMatchObject([
      { state: "held" },
    ]);
  });

  test("notes a correction with its intake, published or held", async () => {
    await using given = await scene();
    const path = join(given.dataDir, "billing.csv");
    await writeFile(path, billingFile(2));

    const held = await runImport(given, { path, expected: { rows: 3, sums: {} }, correction: "a" });
    const published = await runImport(given, { path, correction: "b" });

    const noted = await given.db.scoped(given.client.scope, (tx) =>
      tx.rows(
        `select c.reason, c.noted_by as by, i.state
           from _corrections c join _intakes i on i.intake = c.intake order by c.intake`,
      ),
    );
    expect(noted).toEqual([
      { reason: "a", by: `worker:${held.job}`, state: "held" },
      { reason: "b", by: `worker:${published.job}`, state: "published" },
    ]);
  });

  test("fails at once when there is no such file", async () => {
    await using given = await scene();

    const run = await runImport(given, { path: join(given.dataDir, "missing.csv") });

    expect(run).toMatchObject({ state: "failed", attempt: 1, errorCode: "no-such-file" });
  });

  test("takes absolute paths alone: the worker stands elsewhere than who asks", async () => {
    await using given = await scene();

    await expect(runImport(given, { path: "billing.csv" })).rejects.toThrow("absolute");
  });
});

describe("the job deliver", () => {
  const input = { client: "telecom", route: "retention-list" };
  const outbox = (deps: DeliveryDeps) => join(deps.dataDir, "outbox", "telecom", "retention");

  async function delivering() {
    const given = await scene();
    await importCustomers(given.db, given.client, 3);
    const deps = depsFor(given.db, given.dataDir, { clock, select: selectCustomers });
    return { ...given, deps };
  }

  test("delivers its route in its own name", async () => {
    await using given = await delivering();

    await deliverJob(given.deps).run(input, attemptOf(1));

    expect(await listDeliveries(given.db, given.client.scope, { limit: 10 })).toMatchObject([
      { route: "retention-list", state: "delivered", records: 3n, actor: "worker:7" },
    ]);
  });

  test("lets nothing leave twice when an attempt arrived and died before it could say so", async () => {
    await using given = await delivering();
    const { db, client, deps } = given;
    await deliverJob(deps).run(input, attemptOf(1));
    const files = await readdir(outbox(deps));
    await db.scoped(client.scope, (tx) =>
      tx.run("update _deliveries set state = 'running', finished_at = null"),
    );

    await deliverJob(deps).run(input, attemptOf(2));

    expect(await listDeliveries(db, client.scope, { limit: 10 })).toMatchObject([
      { state: "delivered" },
    ]);
    expect(await readdir(outbox(deps))).toEqual(files);
  });

  test("delivers again when the earlier attempt did not arrive", async () => {
    await using given = await delivering();
    const { db, client, deps } = given;
    await deliverJob(deps).run(input, attemptOf(1));
    await rm(outbox(deps), { recursive: true });
    await db.scoped(client.scope, (tx) =>
      tx.run("update _deliveries set state = 'running', finished_at = null"),
    );

    await deliverJob(deps).run(input, attemptOf(2));

    const states = await listDeliveries(db, client.scope, { limit: 10 });
    expect(states.map(({ state }) => state)).toEqual(["delivered", "failed"]);
  });
});
