import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { testDatabase, testScope } from "../../../tests/support/database.ts";
import { FixedClock } from "../../kernel/index.ts";
import type { Database, Scope } from "../../platform/postgres/index.ts";
import { applyFolder, createStatements, getClient, planFolder, tablesOf } from "./index.ts";
import type { Catalogue, ClientFolder } from "./index.ts";
import { arbitraryCatalogue } from "../../../tests/contracts/arbitrary-catalogue.ts";

const clock = new FixedClock(new Date("2026-03-01T12:00:00Z"));

/** What PostgreSQL says a scope's contract tables are: columns, constraints, indexes, comments. */
async function describeTables(db: Database, scope: Scope): Promise<string[]> {
  const rows = await db.defining(scope, (tx) =>
    tx.rows<{ line: string }>(
      `with tables as (
         select oid, relname from pg_class
         where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname !~ '^_'
       )
       select format('%s.%s %s %s', relname, attname, format_type(atttypid, atttypmod), attnotnull) as line
       from tables join pg_attribute on attrelid = tables.oid
       where attnum > 0 and not attisdropped
       union all
       select format('%s %s %s', relname, conname, pg_get_constraintdef(pg_constraint.oid))
       from tables join pg_constraint on conrelid = tables.oid
       union all
       select replace(pg_get_indexdef(indexrelid), current_schema() || '.', '')
       from tables join pg_index on indrelid = tables.oid
       union all
       select format('%s is %s', relname, obj_description(tables.oid)) from tables
       order by 1`,
    ),
  );
  return rows.map(({ line }) => line);
}

async function createFromNothing(db: Database, scope: Scope, catalogue: Catalogue): Promise<void> {
  await db.defining(scope, async (tx) => {
    const tables = await tx.rows<{ name: string }>(
      `select quote_ident(relname) as name from pg_class
       where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname !~ '^_'`,
    );
    for (const { name } of tables) {
      await tx.run(`drop table ${name}`);
    }
    for (const statement of tablesOf(catalogue).flatMap((table) => createStatements(table))) {
      await tx.run(statement);
    }
  });
}

function folderOf(catalogue: Catalogue, version: number): ClientFolder {
  const contractVersion = `1.${version}.0`;
  const contract = new TextEncoder().encode(JSON.stringify({ ...catalogue, contractVersion }));
  const contractSha256 = createHash("sha256").update(contract).digest("hex");
  const named = { ...catalogue, contractVersion, contractSha256 };
  return { client: catalogue.client, contract, catalogue: named, definitions: [] };
}

test("changing tables step by step gives the tables that the last contract alone gives, and nothing is left to plan", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const fresh = await testScope(db, "fresh");
  let version = 0;

  await fc.assert(
    fc.asyncProperty(arbitraryCatalogue, async (catalogue) => {
      version += 1;
      const folder = folderOf(catalogue, version);
      const plan = await planFolder(db, folder, new Map());
      const allow = plan.changes.flatMap((change) => change.allow ?? []);
      await applyFolder(db, folder, new Map(), { actor: "alice", clock, allow });
      await createFromNothing(db, fresh, catalogue);

      const { scope, catalogue: stored } = await getClient(db, "telecom");
      expect(await describeTables(db, scope)).toEqual(await describeTables(db, fresh));
      expect(stored).toEqual(folder.catalogue);
      expect((await planFolder(db, folder, new Map())).changes).toEqual([]);
    }),
    { numRuns: 40, endOnFailure: true },
  );
});
