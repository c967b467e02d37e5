/**
 * Compares the compiled SQL with Cedar for as long as one likes:
 * `node tests/policy/soak.ts [DECISIONS] [SEED]`, by default 1,000,000 decisions. Prints the shortest
 * policies that were decided differently, and ends with 1 when there are any.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { createScope, openDatabase, startEmbedded } from "../../src/platform/postgres/index.ts";
import { migrateControl, migrateScope } from "../../src/platform/postgres/index.ts";
import { batchArbitrary, compareBatch, createPolicyTables } from "./agreement.ts";
import type { Disagreement } from "./agreement.ts";

const wanted = Number(process.argv[2] ?? 1_000_000);
const firstSeed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const settings = { fsync: "off", synchronous_commit: "off", full_page_writes: "off" };

const dataDir = await mkdtemp(join(tmpdir(), "waybill-soak-"));
try {
  const embedded = await startEmbedded({ dataDir, settings });
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => embedded.stop());
  await using db = await openDatabase({ url: embedded.url, applicationName: "soak" });
  await migrateControl(db);
  const scope = await createScope(db, "soak");
  await migrateScope(db, scope);
  await createPolicyTables(db, scope);
  const found: Disagreement[] = [];
  let decisions = 0;
  for (let seed = firstSeed; decisions < wanted && found.length < 200; seed++) {
    const [batch] = fc.sample(batchArbitrary, { seed, numRuns: 1 });
    if (batch === undefined) {
      throw new Error("fast-check gave no sample");
    }
    await db.scoped(scope, async (tx) => {
      await tx.run("set local jit = off");
      const compared = await compareBatch(tx, batch);
      decisions += compared.decisions;
      found.push(...compared.disagreements);
    });
  }
  const length = ({ policies }: Disagreement): number => [policies].flat().join("").length;
  found.sort((a, b) => length(a) - length(b));
  for (const disagreement of found.slice(0, 5)) {
    console.log(JSON.stringify(disagreement));
  }
  console.log(`${decisions} decisions from seed ${firstSeed}, ${found.length} disagreements`);
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
