/** `npm run format`: applies the lint fixes that are safe, then formats. */
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";

const root = dirname(dirname(import.meta.dirname));
const steps = [
  ["node_modules/oxlint/bin/oxlint", "--fix", "--quiet"],
  ["node_modules/oxfmt/bin/oxfmt", "."],
];

for (const step of steps) {
  const { status } = spawnSync(process.execPath, step, { cwd: root, stdio: "inherit" });
  process.exitCode = status === 0 ? process.exitCode : 1;
}
