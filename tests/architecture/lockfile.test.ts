import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { projectRoot } from "./planted-tree.ts";

const lockfile = z
  .object({
    packages: z.record(
      z.string(),
      z.object({ optionalDependencies: z.record(z.string(), z.string()).optional() }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(projectRoot, "package-lock.json"), "utf8")));

const installed = new Set(
  Object.keys(lockfile.packages).map((path) => path.split("node_modules/").at(-1)),
);

// `npm ci` refuses a lockfile that lacks one of them, also on a platform that does not want it; npm
// writes such a lockfile when the registry at hand does not carry the packages of all platforms.
test("the lockfile names the packages of every platform", () => {
  const optional = Object.values(lockfile.packages).flatMap(({ optionalDependencies }) =>
    Object.keys(optionalDependencies ?? {}),
  );

  expect(optional.length).toBeGreaterThan(0);
  expect(optional.filter((name) => !installed.has(name))).toEqual([]);
});
