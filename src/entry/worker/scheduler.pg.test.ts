import { describe, expect, test } from "vitest";
import { applyDefinition, depsFor } from "../../../tests/distribution/scene.ts";
import { testDatabase } from "../../../tests/support/database.ts";
import { FixedClock } from "../../kernel/index.ts";
import { type Client, readDefinitions } from "../../modules/contracts/index.ts";
import { listJobs } from "../../platform/jobs/index.ts";
import { createLog } from "../../platform/logging/index.ts";
import type { Database } from "../../platform/postgres/index.ts";
import { deliverJob } from "./deliver-job.ts";
import { followSchedules, startScheduler } from "./scheduler.ts";
import { applyTelecom } from "./telecom.fixture.ts";

/** The telecom client and a scheduler that stands at an instant. */
async function scheduled(db: Database, now: string) {
  const client = await applyTelecom(db);
  const clock = new FixedClock(new Date(now));
  const job = deliverJob(depsFor(db, "unused"));
  const options = { db, clock, log: createLog({ level: "silent" }), job };
  return { client, clock, options, look: () => followSchedules(options) };
}

/** Gives the route `retention-list` another schedule, or none. */
async function reschedule(db: Database, client: Client, cron: string | undefined): Promise<void> {
  const routes = await db.scoped(client.scope, (tx) => readDefinitions(tx, "route"));
  const body = routes.find(({ name }) => name === "retention-list")?.body;
  const schedule = cron === undefined ? undefined : { cron };
  await applyDefinition(db, client.scope, {
    kind: "route",
    name: "retention-list",
    body: { ...(body as object), schedule },
  });
}

/** Keys of the runs asked for, oldest first. */
async function asked(db: Database): Promise<(string | null)[]> {
  const rows = await db.control((tx) =>
    tx.rows<{ key: string | null }>("select key from job_runs order by job"),
  );
  return rows.map(({ key }) => key);
}

describe("a scheduled route", () => {
  test("is enqueued at its local time and not before, also across a change of the clocks", async () => {
    await using database = await testDatabase();
    const { db } = database;
    // Los Angeles leaves daylight saving time on 1 November: Monday 06:00 is 13:00Z before, 14:00Z after.
    const { clock, look } = await scheduled(db, "2026-10-27T00:00:00Z");
    await look();
    clock.set(new Date("2026-11-01T12:30:00Z"));
    await look();
    const monthly = await asked(db);

    clock.set(new Date("2026-11-02T13:59:59Z"));
    const wakeAt = await look();
    const before = await asked(db);
    clock.set(new Date("2026-11-02T14:00:00Z"));
    await look();

    expect(monthly).toEqual(["telecom/churn-report"]);
    expect(before).toEqual(monthly);
    expect(wakeAt).toEqual(new Date("2026-11-02T14:00:00Z"));
    expect(await asked(db)).toEqual(["telecom/churn-report", "telecom/retention-list"]);
  });

  test("that was missed while nobody looked runs once", async () => {
    await using database = await testDatabase();
    const { db } = database;
    const { clock, look } = await scheduled(db, "2026-06-02T00:00:00Z");
    await look();

    clock.set(new Date("2026-06-25T00:00:00Z"));
    await Promise.all([look(), look(), look()]);
    await look();

    expect(await asked(db)).toEqual(["telecom/retention-list"]);
  });

  test("is followed when its schedule changes, and forgotten when it has none", async () => {
    await using database = await testDatabase();
    const { db } = database;
    const { client, clock, look } = await scheduled(db, "2026-06-02T00:00:00Z");
    await look();

    await reschedule(db, client, "0 12 * * *");
    const changed = await look();
    await reschedule(db, client, undefined);
    clock.set(new Date("2026-06-20T00:00:00Z"));
    await look();

    expect(changed).toEqual(new Date("2026-06-02T19:00:00Z"));
    expect(await asked(db)).toEqual([]);
  });

  test("keeps its instant when the run cannot be asked for", async () => {
    await using database = await testDatabase();
    const { db } = database;
    const { clock, look } = await scheduled(db, "2026-06-02T00:00:00Z");
    await look();
    clock.set(new Date("2026-06-09T00:00:00Z"));
    await db.control((tx) =>
      tx.run("alter table job_runs add constraint refused check (name <> 'deliver')"),
    );

    await expect(look()).rejects.toThrow("refused");
    await db.control((tx) => tx.run("alter table job_runs drop constraint refused"));
    await look();

    expect(await asked(db)).toEqual(["telecom/retention-list"]);
  });

  test("is followed by a scheduler until that is stopped", async () => {
    await using database = await testDatabase();
    const { db } = database;
    const { clock, look, options } = await scheduled(db, "2026-06-02T00:00:00Z");
    await look();
    clock.set(new Date("2026-06-09T00:00:00Z"));

    const scheduler = startScheduler(options);
    await expect.poll(() => listJobs(db), { timeout: 5_000 }).toHaveLength(1);
    await scheduler[Symbol.asyncDispose]();

    expect(await listJobs(db)).toMatchObject([{ name: "deliver", client: "telecom" }]);
  });
});
