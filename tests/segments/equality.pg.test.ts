import fc from "fast-check";
import { expect, test } from "vitest";
import { testDatabase, testScope } from "../support/database.ts";
import { letHappen } from "./equality.ts";
import { historyArbitrary } from "./happenings.ts";
import { MovingWorld } from "./moving-world.ts";

const HISTORIES = 2;
const STEPS = 40;

test("whatever happens to a client, stored memberships are what the data and the clock say", async () => {
  let checks = 0;
  const property = fc.asyncProperty(historyArbitrary(STEPS), async (history) => {
    await using database = await testDatabase();
    const world = await MovingWorld.open(database.db, await testScope(database.db));
    const outcome = await letHappen(world, history);
    checks += outcome.checks;
    return outcome.failure === undefined ? undefined : fail(outcome.failure);
  });
  // The history itself would fill pages: its seed tells it again.
  const run = await fc.check(property, { numRuns: HISTORIES, endOnFailure: true });

  expect(run.failed ? `seed ${run.seed}: ${String(run.errorInstance)}` : "equal").toBe("equal");
  expect(checks).toBeGreaterThan(10_000);
}, 120_000);

function fail(message: string): never {
  throw new Error(message);
}
