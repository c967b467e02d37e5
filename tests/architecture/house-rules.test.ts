import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { plantTree, projectRoot } from "./planted-tree.ts";

/** A text that a rule must see, or must let pass, at a place of the tree. */
interface Case {
  readonly rule: string;
  readonly path: string;
  readonly code: string;
}

const wrong: readonly Case[] = [
  ...each("waybill(no-select-star)", "src/modules/criteria/store/rows-#.ts", [
    'export const sql = "select * from customers";',
    "export const sql = `select c.* from customers as c`;",
    'export const sql = "SELECT DISTINCT * FROM customers";',
    'export const sql = `select a from b where exists (select "b".* from b)`;',
  ]),
  ...each("waybill(no-sql-outside-store)", "src/modules/criteria/members-#.ts", [
    'export const sql = "select id from customers";',
    "export const sql = (name: string) => `select id from ${name} where true`;",
    "export const sql = `\n  -- the newest first\n  select id from customers`;",
    'export const sql = "SELECT count(*) FROM customers";',
    'export const sql = "select pg_notify($1, $2)";',
    'export const sql = "with newest as (select 1) table newest";',
    'export const sql = "insert into customers (id) values ($1)";',
    'export const sql = "update customers set name = $1";',
    'export const sql = "update customers as c set name = $1";',
    'export const sql = "delete from customers where id = $1";',
    'export const sql = "copy customers (id, name) from stdin";',
    'export const sql = "copy (select 1) to stdout";',
    'export const sql = "create unlogged table staging (id bigint)";',
    'export const sql = "create unique index on staging (id)";',
    'export const sql = "drop schema c_telecom";',
    'export const sql = "set local role waybill";',
    'export const sql = "grant usage on schema c_telecom to waybill";',
  ]),
  ...each(
    "waybill(no-clock-outside-platform)",
    "src/modules/criteria/no-clock-outside-platform-#.ts",
    [
      "export const now = new Date();",
      "export const now = Date();",
      "export const now = Date.now();",
      "export const die = Math.random();",
      "export const roll = Math.random;",
      'export const now = Date["now"]();',
    ],
  ),
  ...each("waybill(no-env-outside-config)", "src/platform/http/server-#.ts", [
    'export const port = process.env["PORT"];',
    "export const { env } = process;",
  ]),
  ...each("eslint(no-console)", "src/modules/criteria/no-console-#.ts", ['console.log("a line");']),
  ...each("import(no-default-export)", "src/modules/criteria/no-default-export-#.ts", [
    "export default 1;",
  ]),
  ...each("typescript(no-explicit-any)", "src/modules/criteria/no-explicit-any-#.ts", [
    "export const value = (input: any): string => String(input);",
  ]),
  ...each("typescript(no-non-null-assertion)", "src/modules/criteria/no-non-null-assertion-#.ts", [
    "export const first = (list: string[]): string => list[0]!;",
  ]),
  ...each("typescript(no-floating-promises)", "src/modules/criteria/no-floating-promises-#.ts", [
    "export function start(work: () => Promise<void>): void {\n  work();\n}",
  ]),
  ...each(
    "typescript(switch-exhaustiveness-check)",
    "src/modules/criteria/switch-exhaustiveness-check-#.ts",
    [
      'export function go(way: "up" | "down"): void {\n  switch (way) {\n    case "up":\n      break;\n  }\n}',
    ],
  ),
  ...each("eslint(max-params)", "src/modules/criteria/max-params-#.ts", [
    "export const four = (a: number, b: number, c: number, d: number): number => a + b + c + d;",
  ]),
  ...each("eslint(max-lines)", "src/modules/criteria/max-lines-#.ts", [
    Array.from({ length: 401 }, (_, index) => `export const line${index} = 1;`).join("\n"),
  ]),
];

const right: readonly Case[] = [
  ...each("", "src/modules/criteria/store/rows-#.ts", [
    'export const sql = "select count(*) from customers";',
    'export const sql = "describe select * from read_parquet($path)";',
    'export const sql = "select id, 2 * 3 from customers";',
  ]),
  ...each("", "src/modules/criteria/sql/members.ts", ['export const sql = "select 1";']),
  ...each("", "src/platform/postgres/door.ts", ['export const sql = "set local role waybill";']),
  ...each("", "src/modules/intake/reading/parquet.ts", [
    'export const sql = "select id from read_parquet($path)";',
  ]),
  ...each("", "src/modules/criteria/members-#.ts", [
    'export const prose = "Select a segment from the list";',
    'export const prose = "select one of the segments";',
    'export const prose = "update the contract and set a version";',
    'export const prose = "create the table first";',
    'export const prose = "with regard to";',
    "export const at = new Date(0);",
  ]),
  ...each("", "src/platform/clock.ts", ["export const now = (): Date => new Date();"]),
  ...each("", "src/platform/config.ts", ['export const port = process.env["PORT"];']),
  ...each("", "src/entry/cli/print.ts", ['console.log("a line");']),
  ...each("", "src/modules/criteria/age.test.ts", ["export const die = Math.random();"]),
];

/** One case for each code; `#` in the path becomes its number, so that each has a file of its own. */
function each(rule: string, path: string, codes: readonly string[]): Case[] {
  return codes.map((code, index) => ({ rule, path: path.replace("#", `${index}`), code }));
}

/** All findings of the project's lint over a tree of these cases, as `PATH RULE`. */
function lint(cases: readonly Case[]): Set<string> {
  const files = Object.fromEntries(cases.map(({ path, code }) => [path, `${code}\n`]));
  using tree = plantTree(files, [
    ".oxlintrc.json",
    "node_modules",
    "package.json",
    "tools",
    "tsconfig.json",
  ]);
  const oxlint = join(projectRoot, "node_modules/oxlint/bin/oxlint");
  const { stdout } = spawnSync(process.execPath, [oxlint, "--format=json", "src"], {
    cwd: tree.root,
    encoding: "utf8",
  });
  const report: { diagnostics: { filename: string; code: string }[] } = JSON.parse(stdout);
  return new Set(report.diagnostics.map(({ filename, code }) => `${filename} ${code}`));
}

test("every planted violation of a house rule is seen", () => {
  const findings = lint(wrong);

  expect(wrong.filter(({ path, rule }) => !findings.has(`${path} ${rule}`))).toEqual([]);
});

test("what the house rules allow passes without a finding", () => {
  expect([...lint(right)]).toEqual([]);
});
