import fc from "fast-check";
import { expect, test } from "vitest";
import { testDatabase, testScope } from "../support/database.ts";
import { batchArbitrary, compareBatch, createPolicyTables } from "./agreement.ts";

const LEAST = 100_000;

test("the compiled SQL and Cedar's isAuthorized agree on random policies, rows and requests", async () => {
  await using database = await testDatabase();
  const scope = await testScope(database.db);
  await createPolicyTables(database.db, scope);
  let decisions = 0;

  const property = fc.asyncProperty(batchArbitrary, async (batch) => {
    await database.db.scoped(scope, async (tx) => {
      await tx.run("set local jit = off");
      const found = await compareBatch(tx, batch);
      decisions += found.decisions;
      const [first] = found.disagreements;
      expect(first, JSON.stringify(first)).toBeUndefined();
    });
  });
  const run = await fc.check(property, { numRuns: 25, endOnFailure: true });

  // The whole counterexample is a batch: the one disagreement and the seed say enough.
  expect(run.failed ? `seed ${run.seed}: ${String(run.errorInstance)}` : "agreed").toBe("agreed");
  expect(decisions).toBeGreaterThanOrEqual(LEAST);
}, 240_000);
