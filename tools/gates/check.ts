/** `npm run check`: all gates, then the tests that need no server. Ends with 1 when anything is red. */
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { gates, runGate, type Gate } from "./gates.ts";

const root = dirname(dirname(import.meta.dirname));

async function report(gate: Gate): Promise<boolean> {
  const { passed, output, tookMs } = await runGate(gate, root);
  const mark = passed ? "ok " : "RED";
  console.log(`${mark}  ${gate.name.padEnd(12)} ${(tookMs / 1000).toFixed(1)} s`);
  if (!passed) {
    console.log(`\n${output}\n\n→ ${gate.mend}\n`);
  }
  return passed;
}

// All at once: each is short, and the slowest two decide the time on two cores.
const passed = await Promise.all(gates.map(report));
const tests = spawnSync(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", "--project", "pure"],
  { cwd: root, stdio: "inherit" },
);
if (passed.includes(false) || tests.status !== 0) {
  process.exitCode = 1;
}
