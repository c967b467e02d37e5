/**
 * Kills imports for as long as one likes: `node tests/end-to-end/kill-soak.ts [KILLS] [SEED]`, by
 * default 200 kills. Prints what was killed and how often, and ends with 1 when a row was lost or
 * doubled.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Random } from "../../src/entry/generator/random.ts";
import { SOUND } from "./client-state.ts";
import { type Kill, KilledImports, type Victim } from "./killed-imports.ts";

const wanted = Number(process.argv[2] ?? 200);
const seed = Number(process.argv[3] ?? 1);
const random = new Random(seed, 1);

/** Servers die less often than processes, here as elsewhere. */
function victims(): Victim[] {
  return Array.from({ length: random.integer(1, 4) }, () =>
    random.chance(0.7) ? "process" : random.chance(0.6) ? "both" : "server",
  );
}

const dataDir = await mkdtemp(join(tmpdir(), "waybill-soak-"));
try {
  await using imports = await KilledImports.open({ dataDir, customers: 4_000, seed });
  const kills: Kill[] = [];
  let isSound = true;
  for (let files = 1; kills.length < wanted && isSound; files += 1) {
    kills.push(...(await imports.killAndFinish(victims())));
    const { telecom, retail } = imports.expected();
    const expected = {
      telecom: { ...SOUND, receiving: 0, ...telecom },
      retail: { ...SOUND, receiving: 0, ...retail },
    };
    const found = await imports.found();
    isSound = isDeepStrictEqual(found, expected);
    console.log(`${files} files, ${kills.length} kills: ${isSound ? "sound" : "NOT SOUND"}`);
    if (!isSound) {
      console.log(JSON.stringify({ expected, found }, undefined, 2));
    }
  }
  for (const [victim, all] of Map.groupBy(kills, (kill) => kill.victim)) {
    console.log(`${all.length} × ${victim}`);
  }
  console.log(
    `seed ${seed}: ${kills.length} kills, ${isSound ? "nothing lost or doubled" : "BROKEN"}`,
  );
  process.exitCode = isSound ? 0 : 1;
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
