import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "./planted-tree.ts";

const sources = globSync("{src,tests,bench,tools,scripts,migrations}/**/*.{ts,mjs,sql}", {
  cwd: projectRoot,
}).toSorted();

/** Names that say nothing of what a file holds, so that everything ends up in it. */
const drawer =
  /(?:^|[/-])(?:utils?|helpers?|common|misc|managers?|stuff)(?:[.-][^/]*)?(?:$|\.\w+$|\/)/u;

/** Marks of unfinished work; built from parts, since this file is looked at too. */
const unfinished = new RegExp(
  `\\b(?:${["TO" + "DO", "FIX" + "ME", "HA" + "CK"].join("|")})\\b`,
  "u",
);

test("there are sources to look at", () => {
  expect(sources.length).toBeGreaterThan(100);
});

test("no file or folder is a drawer", () => {
  expect(sources.filter((path) => drawer.test(path))).toEqual([]);
});

test.for([
  "src/kernel/utils.ts",
  "src/helpers/a.ts",
  "src/a/segment-manager.ts",
  "src/common/a.ts",
])("the name %s would be called a drawer", (path) => {
  expect(path).toMatch(drawer);
});

test("no source bears the mark of unfinished work", () => {
  const marked = sources.filter((path) =>
    unfinished.test(readFileSync(join(projectRoot, path), "utf8")),
  );

  expect(marked).toEqual([]);
});
