/**
 * Holds stored memberships against the data for as long as one likes:
 * `node tests/segments/soak.ts [CHECKS] [SEED]`, by default 1,000,000 checks. Prints the history after
 * which something differed, and ends with 1 when there is one.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import {
  createScope,
  migrateControl,
  migrateScope,
  openDatabase,
  startEmbedded,
} from "../../src/platform/postgres/index.ts";
import { letHappen } from "./equality.ts";
import { historyArbitrary } from "./happenings.ts";
import { MovingWorld } from "./moving-world.ts";

const STEPS = 60;

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
  let checks = 0;
  let different = 0;
  for (let seed = firstSeed; checks < wanted; seed++) {
    const scope = await createScope(db, `soak${seed}`);
    await migrateScope(db, scope);
    const [history] = fc.sample(historyArbitrary(STEPS), { seed, numRuns: 1 });
    if (history === undefined) {
      throw new Error("fast-check gave no sample");
    }
    const outcome = await letHappen(await MovingWorld.open(db, scope), history);
    checks += outcome.checks;
    if (outcome.failure !== undefined) {
      different += 1;
      console.log(`seed ${seed}: ${outcome.failure}`);
    }
    if ((seed - firstSeed) % 10 === 9) {
      console.log(`${checks} checks after ${seed - firstSeed + 1} histories`);
    }
  }
  console.log(`${checks} checks from seed ${firstSeed}, ${different} histories with a difference`);
  process.exitCode = different === 0 ? 0 : 1;
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
