import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "./planted-tree.ts";

const documents = globSync("{*.md,{docs,src,examples,bench}/**/*.md}", {
  cwd: projectRoot,
}).toSorted();

/** The links of a document to files of the project, without their anchors. */
function linksOf(path: string): string[] {
  const text = readFileSync(join(projectRoot, path), "utf8").replaceAll(/```[^]*?```/gu, "");
  return [...text.matchAll(/\]\((?!\w+:)([^)#\s]+)/gu)].map(([, target = ""]) => target);
}

test("there are documents to look at", () => {
  expect(documents).toContain("README.md");
});

test.for(documents)("every link of %s leads to a file", (path) => {
  const broken = linksOf(path).filter(
    (target) => !existsSync(join(projectRoot, dirname(path), target)),
  );

  expect(broken).toEqual([]);
});
