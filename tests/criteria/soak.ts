/**
 * Compares SQL and oracle for as long as one likes:
 * `node tests/criteria/soak.ts [CHECKS] [SEED]`, by default 1,000,000 checks. Prints the shortest
 * criteria that were answered differently, and ends with 1 when there are any.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { createScope, openDatabase, startEmbedded } from "../../src/platform/postgres/index.ts";
import { migrateControl, migrateScope } from "../../src/platform/postgres/index.ts";
import { compare, createTables, loadWorld, SUBJECTS, type Disagreement } from "./agreement.ts";
import { conditionArbitrary } from "./tree-arbitrary.ts";
import { worldArbitrary, worldCatalogue } from "./world.ts";

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
  await createTables(db, scope, worldCatalogue("UTC"));
  const found: Disagreement[] = [];
  let checks = 0;
  for (let seed = firstSeed; checks < wanted && found.length < 200; seed++) {
    const [world] = fc.sample(worldArbitrary(100), { seed, numRuns: 1 });
    const [asOf] = world?.clocks ?? [];
    const [subject, names] = SUBJECTS[seed % SUBJECTS.length] ?? [];
    const trees = fc.sample(conditionArbitrary(subject, names), { seed, numRuns: 100 });
    if (world === undefined || asOf === undefined) {
      throw new Error("fast-check gave no sample");
    }
    await db.scoped(scope, async (tx) => {
      await tx.run("set local jit = off");
      await loadWorld(tx, world);
      const agreement = await compare(tx, world, { trees, asOf, subject, few: seed % 2 === 1 });
      checks += agreement.checks;
      found.push(...agreement.disagreements);
    });
  }
  found.sort((a, b) => a.criteria.length - b.criteria.length);
  for (const disagreement of found.slice(0, 5)) {
    console.log(JSON.stringify(disagreement));
  }
  console.log(`${checks} checks from seed ${firstSeed}, ${found.length} disagreements`);
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
