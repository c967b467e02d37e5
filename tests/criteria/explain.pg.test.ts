import fc from "fast-check";
import { expect, test } from "vitest";
import type { ExplanationRow, Truth } from "../../src/modules/criteria/index.ts";
import { explainQuery, readExplanation } from "../../src/modules/criteria/index.ts";
import { testDatabase, testScope } from "../support/database.ts";
import { createTables, loadWorld } from "./agreement.ts";
import { customerMember, truthOf } from "./oracle.ts";
import { conditionArbitrary } from "./tree-arbitrary.ts";
import { worldArbitrary, worldCatalogue } from "./world.ts";

const inWords = (truth: boolean | undefined): Truth =>
  truth === undefined ? "missing" : truth ? "true" : "false";

test("an explanation ends in the truth that the oracle finds: true, false or missing", async () => {
  await using database = await testDatabase();
  const scope = await testScope(database.db);
  await createTables(database.db, scope, worldCatalogue("UTC"));

  const property = fc.asyncProperty(
    worldArbitrary(4),
    fc.array(conditionArbitrary(), { minLength: 15, maxLength: 15 }),
    async (world, trees) => {
      const [asOf = new Date(0)] = world.clocks;
      const catalogue = worldCatalogue(world.timeZone);
      await database.db.scoped(scope, async (tx) => {
        await loadWorld(tx, world);
        for (const root of trees) {
          for (const customer of world.customers) {
            const criteria = { root, warnings: [] };
            const options = { catalogue, asOf, member: BigInt(customer.id) };
            const query = explainQuery(criteria, options);
            const row = await tx.row<ExplanationRow>(query.sql, query.values);
            const explanation = readExplanation(criteria, row, options);
            const expected = inWords(
              truthOf(root, customerMember(customer), { world, catalogue, asOf }),
            );
            expect(explanation.truth, explanation.criteria).toBe(expected);
          }
        }
      });
    },
  );
  const run = await fc.check(property, { numRuns: 12, endOnFailure: true });

  expect(run.failed ? `seed ${run.seed}: ${String(run.errorInstance)}` : "agreed").toBe("agreed");
}, 120_000);
