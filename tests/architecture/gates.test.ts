import { expect, test } from "vitest";
import { must } from "../../src/kernel/index.ts";
import { gates, runGate } from "../../tools/gates/gates.ts";
import { plantTree, projectRoot } from "./planted-tree.ts";

const planted = {
  "package.json": JSON.stringify({ name: "planted", type: "module" }),
  "src/kernel/index.ts": "export const unformatted   = 1;\n",
  "src/kernel/wrong.ts": 'export const wrong: number = "text";\n',
  "src/kernel/dead.ts": "export const dead = 1;\n",
};

/** What a gate must name in the planted tree. Boundaries and lint are proven in files of their own. */
const findings = [
  { name: "format", finding: "src/kernel/index.ts" },
  { name: "types", finding: "src/kernel/wrong.ts(1,14): error TS2322" },
  { name: "dead code", finding: "src/kernel/dead.ts" },
];

test.for(gates)("the gate $name is green", async (gate) => {
  const { passed, output } = await runGate(gate, projectRoot);

  expect(passed, `${output}\n→ ${gate.mend}`).toBe(true);
});

test.for(findings)("the gate $name finds what breaks it", async ({ name, finding }) => {
  const gate = must(
    gates.find((each) => each.name === name),
    `there is a gate ${name}`,
  );
  using tree = plantTree(planted, [".oxfmtrc.json", "knip.ts", "node_modules", "tsconfig.json"]);

  const { passed, output } = await runGate(gate, tree.root);

  expect(passed).toBe(false);
  expect(output).toContain(finding);
});
