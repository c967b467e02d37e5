/**
 * Values of a client's data reach people by the governed reads alone. Doors that give them as they are
 * stored exist, for the program's own work; whoever uses one at the edge of the program stands here, with
 * what keeps the values from being shown.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "./planted-tree.ts";

/** What gives values as they are stored, and who may use it at the edge. */
const UNGOVERNED: Readonly<Record<string, readonly string[]>> = {
  // Compares a customer before and after with itself, and says "the same" or "DIFFERENT".
  // The second takes the bytes of a sealed value, to show them unreadable once its key is gone.
  readCustomer: ["src/entry/demo/duplicates.ts", "src/entry/demo/erasure.ts"],
  // Look for records by their numbers, or compare them; nothing of them is printed.
  readRecords: [
    "src/entry/linking.ts",
    "src/entry/cli/commands/resolve-judging.ts",
    "src/entry/cli/commands/resolve-explain.ts",
    "src/entry/demo/duplicates.ts",
  ],
  // Shown only to who may see every field of the dataset in clear.
  quarantinedRows: ["src/entry/cli/commands/quarantine.ts"],
  openRows: ["src/entry/cli/commands/quarantine.ts"],
  // Asked only once every field that the criteria look at may be seen of the member.
  explainSegment: ["src/entry/cli/commands/segment-asking.ts", "src/entry/demo/memberships.ts"],
  // Veiled before they are rendered.
  explainPair: ["src/entry/cli/commands/resolve-explain.ts", "src/entry/demo/duplicates.ts"],
  explainApart: ["src/entry/cli/commands/resolve-explain.ts"],
  nextQuestion: ["src/entry/cli/commands/resolve-review.ts"],
  // The rows of a delivery: in their forms already, and never printed.
  copyOut: [],
};

/** What a file that uses one of them must use as well: the proof that the asker is asked about. */
const GUARDS = /\b(?:seeAs|seeMember|seePair|openSeeing)\b/u;

const edge = globSync("src/entry/**/*.ts", { cwd: projectRoot })
  .filter((path) => !path.endsWith(".test.ts"))
  .toSorted();

function textOf(path: string): string {
  return readFileSync(join(projectRoot, path), "utf8");
}

test.for(Object.entries(UNGOVERNED))(
  "%s is used at the edge by those alone whose use is accounted for",
  ([name, users]) => {
    const found = edge.filter((path) => new RegExp(`\\b${name}\\b`, "u").test(textOf(path)));

    expect(found).toEqual(users.toSorted());
  },
);

test("whoever shows what was read as it is stored asks first what may be seen", () => {
  const showing = ["quarantinedRows", "openRows", "explainSegment", "explainPair", "nextQuestion"];
  const users = new Set(showing.flatMap((name) => UNGOVERNED[name] ?? []));

  expect([...users].filter((path) => !GUARDS.test(textOf(path)))).toEqual([]);
});
