import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectRoot } from "./planted-tree.ts";

const migrations = globSync("migrations/*/*.sql", { cwd: projectRoot }).toSorted();

/** The statements alone: comments may speak of triggers. */
function statementsOf(path: string): string {
  const sql = readFileSync(join(projectRoot, path), "utf8");
  return sql.replaceAll(/--[^\n]*|\/\*[^]*?\*\//gu, "");
}

/** The files of each folder of migrations/, in order. */
function byFolder(): [string, string[]][] {
  const folders = Map.groupBy(migrations, (path) => path.split("/").slice(0, -1).join("/"));
  return [...folders];
}

describe("migrations", () => {
  test("exist, so that the rules below look at something", () => {
    expect(migrations.length).toBeGreaterThan(0);
  });

  test.for(byFolder())("of %s are numbered from 0001 without a gap", ([, paths]) => {
    const numbers = paths.map((path) => /\/(\d{4})_[a-z0-9_]+\.sql$/u.exec(path)?.[1]);

    expect(numbers).toEqual(paths.map((_, index) => `${index + 1}`.padStart(4, "0")));
  });

  test.for(migrations)("%s creates no trigger, which Citus would refuse", (path) => {
    expect(statementsOf(path)).not.toMatch(
      /\bcreate\s+(?:or\s+replace\s+)?(?:constraint\s+)?trigger\b/iu,
    );
  });

  test.for(migrations)("%s lists its columns", (path) => {
    expect(statementsOf(path)).not.toMatch(/\bselect\s+(?:distinct\s+)?(?:\w+\.)?\*/iu);
  });

  test.for(migrations)("%s writes keywords in lower case", (path) => {
    const unquoted = statementsOf(path).replaceAll(/'[^']*'|"[^"]*"/gu, "");

    expect(unquoted).not.toMatch(
      /\b(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|GRANT|TABLE)\b/u,
    );
  });
});
