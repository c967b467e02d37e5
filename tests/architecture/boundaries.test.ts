import { expect, test } from "vitest";
import { cruise, ruleNames, type Violation } from "../../tools/boundaries/cruise.ts";
import { plantTree, projectRoot } from "./planted-tree.ts";

/** A tree that keeps every rule: a door for each part, imports downwards only. */
const lawful: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({
    name: "planted",
    type: "module",
    dependencies: { zod: "*", pg: "*" },
    devDependencies: { "fast-check": "*" },
  }),
  "src/kernel/index.ts": "export const kernel = 1;",
  "src/protocol/index.ts": `import { z } from "zod";\nimport { kernel } from "../kernel/index.ts";\nexport const protocol = z.literal(kernel);`,
  "src/platform/config.ts": "export const config = 1;",
  "src/platform/postgres/index.ts": `import pg from "pg";\nimport { config } from "../config.ts";\nexport const postgres = [pg, config];`,
  "src/platform/postgres/inside.ts": "export const inside = 1;",
  ...doors(
    "ledger linkage protection contracts criteria policy customers intake resolution segments distribution rights access assurance",
  ),
  "src/modules/customers/domain/rule.ts": `import type { kernel } from "../../../kernel/index.ts";\nexport type Rule = typeof kernel;`,
  "src/modules/customers/store/rows.ts": `import { postgres } from "../../../platform/postgres/index.ts";\nexport const rows = postgres;`,
  "src/modules/customers/store/rows.test.ts": `import "fast-check";\nimport "../../../../tests/support/seed.ts";\nimport "./rows.ts";`,
  "src/entry/main.ts": `import { ledger } from "../modules/ledger/index.ts";\nexport const main = ledger;`,
  "tests/support/seed.ts": "export const seed = 1;",
};

function doors(names: string): Record<string, string> {
  return Object.fromEntries(
    names
      .split(" ")
      .map((name) => [
        `src/modules/${name}/index.ts`,
        `import { kernel } from "../../kernel/index.ts";\nexport const ${name} = kernel;`,
      ]),
  );
}

/** An import that breaks the rule. `to` is what the cruise must name as its target. */
interface Plant {
  readonly rule: string;
  readonly from: string;
  readonly imports: string;
  readonly to: string;
}

/** An import of a door above or beside, from a file of its own in the named part. */
function upward(part: string, target: string): Plant {
  const name = part.replace("modules/", "");
  const up = "../".repeat(part.split("/").length);
  return {
    rule: `${name}-imports-only-lower-floors`,
    from: `src/${part}/planted-upward.ts`,
    imports: `${up}${target}`,
    to: `src/${target}`,
  };
}

const plants: readonly Plant[] = [
  upward("kernel", "protocol/index.ts"),
  upward("protocol", "platform/postgres/index.ts"),
  upward("platform", "modules/ledger/index.ts"),
  upward("modules/ledger", "modules/contracts/index.ts"),
  upward("modules/linkage", "modules/ledger/index.ts"),
  upward("modules/protection", "modules/linkage/index.ts"),
  upward("modules/contracts", "modules/criteria/index.ts"),
  upward("modules/criteria", "modules/policy/index.ts"),
  upward("modules/policy", "modules/customers/index.ts"),
  upward("modules/customers", "modules/segments/index.ts"),
  upward("modules/intake", "modules/segments/index.ts"),
  upward("modules/resolution", "modules/intake/index.ts"),
  upward("modules/segments", "modules/resolution/index.ts"),
  upward("modules/distribution", "entry/main.ts"),
  upward("modules/rights", "modules/access/index.ts"),
  upward("modules/access", "modules/assurance/index.ts"),
  upward("modules/assurance", "modules/rights/index.ts"),
  {
    rule: "kernel-imports-nothing",
    from: "src/kernel/planted-builtin.ts",
    imports: "node:fs",
    to: "fs",
  },
  {
    rule: "protocol-imports-kernel-and-zod-only",
    from: "src/protocol/planted-package.ts",
    imports: "pg",
    to: "node_modules/pg",
  },
  {
    rule: "every-folder-belongs-to-a-floor",
    from: "tests/planted-floorless.ts",
    imports: "../src/shared/drawer.ts",
    to: "src/shared/drawer.ts",
  },
  {
    rule: "only-through-the-door",
    from: "src/modules/distribution/planted-burglar.ts",
    imports: "../customers/store/rows.ts",
    to: "src/modules/customers/store/rows.ts",
  },
  {
    rule: "only-through-the-door",
    from: "src/entry/planted-burglar.ts",
    imports: "../platform/postgres/inside.ts",
    to: "src/platform/postgres/inside.ts",
  },
  {
    rule: "domain-is-pure",
    from: "src/modules/customers/domain/planted-reader.ts",
    imports: "node:fs",
    to: "fs",
  },
  {
    rule: "no-cycles",
    from: "src/modules/criteria/planted-cycle.ts",
    imports: "./planted-round.ts",
    to: "src/modules/criteria/planted-round.ts",
  },
  {
    rule: "product-never-imports-tests",
    from: "src/entry/planted-seed.ts",
    imports: "../../tests/support/seed.ts",
    to: "tests/support/seed.ts",
  },
  {
    rule: "product-never-imports-dev-packages",
    from: "src/entry/planted-dev-package.ts",
    imports: "fast-check",
    to: "node_modules/fast-check",
  },
  {
    rule: "everything-resolves",
    from: "src/entry/planted-nowhere.ts",
    imports: "./nowhere.ts",
    to: "./nowhere.ts",
  },
  {
    rule: "every-package-is-declared",
    from: "src/entry/planted-undeclared.ts",
    imports: "undici",
    to: "node_modules/undici",
  },
];

const planted: Readonly<Record<string, string>> = {
  ...lawful,
  "src/shared/drawer.ts": "export const drawer = 1;",
  "src/modules/criteria/planted-round.ts": `import "./planted-cycle.ts";`,
  ...Object.fromEntries(plants.map(({ from, imports }) => [from, `import "${imports}";`])),
};

const borrowed = ["node_modules", "tsconfig.json"];

function matches({ rule, from, to }: Plant): (violation: Violation) => boolean {
  return (violation) =>
    violation.rule === rule && violation.from === from && violation.to.includes(to);
}

test("every import of the project keeps to the floors and the doors", async () => {
  const { violations, cruised, onDisk } = await cruise(projectRoot);

  expect(violations).toEqual([]);
  expect(cruised).toBeGreaterThan(0);
  expect(cruised).toBe(onDisk);
});

test("a tree that keeps every rule passes the cruise whole", async () => {
  using tree = plantTree(lawful, borrowed);

  const { violations, cruised } = await cruise(tree.root);

  expect(violations).toEqual([]);
  expect(cruised).toBe(Object.keys(lawful).length - 1);
});

test("every planted violation is seen by the rule it breaks", async () => {
  using tree = plantTree(planted, borrowed);

  const { violations } = await cruise(tree.root);

  const unseen = plants.filter((plant) => !violations.some(matches(plant)));
  expect(unseen).toEqual([]);
});

test("there is a planted violation for every rule", () => {
  const covered = new Set(plants.map(({ rule }) => rule));

  expect(ruleNames.filter((name) => !covered.has(name))).toEqual([]);
});
