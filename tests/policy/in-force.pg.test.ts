import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { accessOf, policiesInForce } from "../../src/modules/policy/index.ts";
import type { Access, AccessRequest, Recipient } from "../../src/modules/policy/index.ts";
import type { Transaction } from "../../src/platform/postgres/index.ts";
import { must } from "../../src/kernel/index.ts";
import { testDatabase, testScope } from "../support/database.ts";
import { Collected, createPolicyTables, loadRows } from "./agreement.ts";
import { INSTANT, policyCatalogue, testRecipient } from "./world.ts";

/** Puts the next version of a definition in force, as applying a folder does. */
async function apply(tx: Transaction, kind: "recipient" | "policy", body: object): Promise<void> {
  const text = JSON.stringify(body);
  await tx.run(
    `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by)
     select $1, 'care', coalesce(max(version), 0) + 1, decode($2, 'hex'), $3::jsonb, $4, 'test'
       from _definitions where kind = $1 and name = 'care'`,
    [kind, createHash("sha256").update(text).digest("hex"), text, INSTANT],
  );
}

function policy(text: string): object {
  return { policy: "care", text };
}

async function careAccess(tx: Transaction, at: AccessRequest["at"]): Promise<Access> {
  const inForce = await policiesInForce(tx, policyCatalogue);
  const recipient = must(inForce.recipients.get("care"), "it was applied");
  return accessOf(inForce, {
    recipient,
    purpose: "analytics",
    at,
    pseudonymKey: () => Buffer.alloc(32),
  });
}

function until(day: string): Recipient {
  const recipient = testRecipient("care");
  return { ...recipient, agreement: { ...recipient.agreement, from: "2020-01-01", until: day } };
}

test("a policy counts from the next read on, and its hash with it, until it is removed", async () => {
  await using database = await testDatabase();
  const scope = await testScope(database.db);
  await database.db.scoped(scope, async (tx) => {
    await apply(tx, "recipient", testRecipient("care"));
    expect((await careAccess(tx, INSTANT)).nothing).toContain("docs/policy.md");

    await apply(tx, "policy", policy("permit (principal, action, resource);"));
    const before = await careAccess(tx, INSTANT);
    expect(before.isClear("customers", "email")).toBe(true);

    await apply(tx, "policy", policy('permit (principal, action == Action::"partial", resource);'));
    const after = await careAccess(tx, INSTANT);
    expect(after.forms("customers", "email")).toEqual(["partial"]);
    expect(after.policySha256).not.toBe(before.policySha256);

    await tx.run("update _definitions set body = null where kind = 'policy' and version = 2");
    expect((await careAccess(tx, INSTANT)).nothing).toContain("docs/policy.md");
  });
});

test("stored policies that the contract no longer fits show nothing to anybody", async () => {
  await using database = await testDatabase();
  const scope = await testScope(database.db);
  await database.db.scoped(scope, async (tx) => {
    await apply(tx, "recipient", testRecipient("care"));
    await apply(
      tx,
      "policy",
      policy('permit (principal, action, resource == Field::"customers.gone");'),
    );
    await expect(careAccess(tx, INSTANT)).rejects.toMatchObject({ code: "policies-invalid" });
  });
});

test("an access that lasts sees rows while the agreement runs, and none the day after", async () => {
  await using database = await testDatabase();
  const scope = await testScope(database.db);
  await createPolicyTables(database.db, scope);
  await database.db.scoped(scope, async (tx) => {
    await loadRows(tx, [{ id: 1, fields: { customer_no: "c1", vip: true }, consents: [] }]);
    await apply(
      tx,
      "policy",
      policy(`permit (principal, action, resource)
        when { context.customer has vip && context.customer.vip && context.now > datetime("2020-01-01") };`),
    );
    const seen: bigint[] = [];
    for (const day of ["2999-12-31", "2020-12-31"]) {
      await apply(tx, "recipient", until(day));
      const parameters = new Collected();
      const target = { dataset: "customers", row: "c", customer: "c", parameters };
      const condition = (await careAccess(tx, "live")).rowCondition(target);
      const { rows } = await tx.row<{ rows: bigint }>(
        `select count(*) as rows from customers c where ${condition}`,
        parameters.values,
      );
      seen.push(rows);
    }
    expect(seen).toEqual([1n, 0n]);
  });
});
