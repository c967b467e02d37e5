import { type Catalogue, createStatements, tablesOf } from "../../src/modules/contracts/index.ts";
import type { Database, Scope } from "../../src/platform/postgres/index.ts";

/** Makes the tables of a catalogue in a scope, as applying its contract would. */
export async function createTables(
  db: Database,
  scope: Scope,
  catalogue: Catalogue,
): Promise<void> {
  await db.defining(scope, async (tx) => {
    for (const statement of tablesOf(catalogue).flatMap((table) => createStatements(table))) {
      await tx.run(statement);
    }
  });
}
