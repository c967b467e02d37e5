/** Writes the verifiers to docs/verifier; with `--check`, compares what lies there with a fresh build. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buildVerifiers } from "./build.ts";

const root = dirname(dirname(import.meta.dirname));
const folder = join(root, "docs/verifier");
const files = await buildVerifiers(root);
if (process.argv.includes("--check")) {
  for (const { name, text } of files) {
    const there = await readFile(join(folder, name), "utf8").catch(() => undefined);
    if (there !== text) {
      console.log(`docs/verifier/${name} is not what its sources make`);
      process.exitCode = 1;
    }
  }
} else {
  await mkdir(folder, { recursive: true });
  for (const { name, text } of files) {
    await writeFile(join(folder, name), text);
  }
}
