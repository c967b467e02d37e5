/** `node tools/boundaries/main.ts`: prints every forbidden import and ends with 1 when there is one. */
import { cruise } from "./cruise.ts";

const { violations, cruised, onDisk } = await cruise(process.cwd());
for (const { rule, from, to, advice } of violations) {
  console.log(`${from} → ${to}\n  ${rule}: ${advice}`);
}
console.log(`${violations.length} forbidden imports in ${cruised} files`);
if (cruised === 0 || cruised !== onDisk) {
  console.log(`The cruise has read ${cruised} of ${onDisk} files: it cannot be trusted.`);
  process.exitCode = 1;
}
if (violations.length > 0) {
  process.exitCode = 1;
}
