import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FixedClock } from "../../kernel/index.ts";
import { applyFolder, getClient, readFolder } from "../../modules/contracts/index.ts";
import { recordInLedger, selectEntries } from "../../modules/ledger/index.ts";
import { createLog } from "../../platform/logging/index.ts";
import { testDatabase } from "../../../tests/support/database.ts";
import { definitionChecks } from "../definition-checks.ts";
import { startSequencing } from "./sequencing.ts";

const AT = new Date("2026-03-01T10:00:00Z");

test("what is noted while a server runs has its number soon, and what was applied before it too", async () => {
  await using database = await testDatabase();
  const { db } = database;
  await using stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "waybill-sequencing-"));
  stack.defer(() => rm(dataDir, { recursive: true }));
  const folder = await readFolder(join(import.meta.dirname, "../../../examples/telecom"));
  const options = { actor: "test", clock: new FixedClock(AT), allow: [] };
  await applyFolder(db, folder, definitionChecks(), options);
  const { scope } = await getClient(db, "telecom");
  const lines: string[] = [];
  const log = createLog({ to: { write: (line) => void lines.push(line) } });
  stack.use(
    startSequencing({ context: { db, clock: options.clock, dataDir, operator: "bureau" }, log }),
  );

  const about = randomUUID();
  await db.scoped(scope, (tx) =>
    recordInLedger(tx, [
      {
        version: "1",
        kind: "delivery-sealed",
        at: AT.toISOString(),
        about,
        waybill: "00".repeat(32),
      },
    ]),
  );

  const told = (): Promise<readonly string[]> =>
    db.scoped(scope, async (tx) => {
      const entries = await selectEntries(tx, { limit: 100 });
      return entries.map(({ entry }) => JSON.parse(entry).about);
    });
  await expect.poll(told, { timeout: 10_000 }).toContain(about);
  const all = await told();
  expect(all.at(-1)).toBe("contract");
  expect(all).toContain("route churn-report");
  expect(lines).toEqual([]);
});
