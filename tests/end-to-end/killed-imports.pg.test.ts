import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SOUND } from "./client-state.ts";
import { KilledImports, type Victim } from "./killed-imports.ts";

const VICTIMS: readonly (readonly Victim[])[] = [
  ["process", "both", "process"],
  ["process", "server"],
  ["both", "process", "process"],
];

/** As telecom's contract has it. */
const CUSTOMER_ID = /\d{4}-[A-Z]{5}/;

test(
  "imports that are killed at random moments and run again lose no row and double none",
  { timeout: 240_000 },
  async () => {
    await using cleanup = new AsyncDisposableStack();
    const dataDir = await mkdtemp(join(tmpdir(), "waybill-kill-"));
    cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
    const imports = cleanup.use(await KilledImports.open({ dataDir, customers: 3_000, seed: 7 }));

    for (const victims of VICTIMS) {
      const kills = await imports.killAndFinish(victims);

      for (const { victim, ended } of kills) {
        // Without its server an import fails, unless it was over already or had not begun.
        expect(victim === "server" ? [0, 7] : [null]).toContain(ended.code);
      }
      const log = await readFile(join(dataDir, "postgres.log"), "utf8");
      expect(log).not.toMatch(CUSTOMER_ID);
      const { telecom, retail } = imports.expected();
      expect(await imports.found()).toEqual({
        telecom: { ...SOUND, receiving: 0, ...telecom },
        retail: { ...SOUND, receiving: 0, ...retail },
      });
    }
  },
);
