import fc from "fast-check";
import { expect, test } from "vitest";
import { must } from "../../src/kernel/index.ts";
import { compileAccess } from "../../src/modules/policy/compile-access.ts";
import { StatementValues } from "../../src/modules/customers/index.ts";
import { RowConsents } from "../../src/modules/policy/index.ts";
import type { Access } from "../../src/modules/policy/index.ts";
import type { Transaction } from "../../src/platform/postgres/index.ts";
import { testDatabase, testScope } from "../support/database.ts";
import { batchArbitrary, createPolicyTables, loadRows, policyOf } from "./agreement.ts";
import { policyCatalogue } from "./world.ts";

const FIELDS =
  policyCatalogue.datasets
    .find(({ name }) => name === "customers")
    ?.fields.map(({ name }) => name) ?? [];

/** What row conditions and fields have in common most often. */
const FOR_ALL_FIELDS = `forbid (principal, action, resource)
  when { context.customer has vip && context.customer.vip };`;

/**
 * How many rows pass the condition, and on how many of them a form or a value differs: where what they are
 * seen by is not asked again, and where consents are looked up for the whole statement.
 */
async function compare(
  tx: Transaction,
  access: Access,
  { fields, reads }: { readonly fields: readonly string[]; readonly reads: "some" | "most" },
) {
  const parameters = new StatementValues();
  const consents = new RowConsents(reads);
  const target = { dataset: "customers", row: "c", customer: "c", parameters };
  const shared = { ...target, consents };
  const condition = access.rowCondition(target, fields);
  const seen = access.ofSeenRows("customers", fields);
  const differing = fields.flatMap((field) => [
    `${access.rank(target, field)} <> ${seen.rank(target, field)}`,
    `${access.value(target, field)}::text is distinct from ${seen.value(target, field)}::text`,
    `${access.rank(target, field)} <> ${seen.rank(shared, field)}`,
  ]);
  return tx.row<{ seen: bigint; differing: bigint }>(
    `select count(*) filter (where ${condition}) as seen,
            count(*) filter (where ${condition} <> ${access.rowCondition(shared, fields)}
                                or (${condition} and (${differing.join(" or ")}))) as differing
       from customers c${consents.join}`,
    parameters.all,
  );
}

test("asking neither again for what rows are seen by nor for their consents gives the same forms and values", async () => {
  await using database = await testDatabase();
  const scope = await testScope(database.db);
  await createPolicyTables(database.db, scope);
  let simpler = 0;
  let seenRows = 0n;

  const property = fc.asyncProperty(
    batchArbitrary,
    fc.subarray([...FIELDS], { minLength: 1 }),
    fc.constantFrom("some" as const, "most" as const),
    async ({ rows, sets, single, requests: [request] }, fields, reads) => {
      await database.db.scoped(scope, async (tx) => {
        await tx.run("set local jit = off");
        await loadRows(tx, rows);
        for (const texts of [...sets, single.slice(0, 2)]) {
          const access = compileAccess({
            catalogue: policyCatalogue,
            set: { sha256: "ab", policies: [...texts, FOR_ALL_FIELDS].map(policyOf) },
            ...must(request, "a batch has requests"),
            pseudonymKey: () => Buffer.alloc(32, 1),
          });
          const { seen, differing } = await compare(tx, access, { fields, reads });
          expect(differing).toBe(0n);
          seenRows += seen;
          const own = access.ofSeenRows("customers", fields);
          simpler += fields.filter(
            (field) =>
              own.forms("customers", field).length < access.forms("customers", field).length,
          ).length;
        }
      });
    },
  );
  await fc.assert(property, { numRuns: 15 });

  expect(simpler).toBeGreaterThan(0);
  expect(seenRows).toBeGreaterThan(0n);
}, 60_000);
