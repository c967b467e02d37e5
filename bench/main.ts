/**
 * `npm run bench [-- NAME…] [--json] [--rows N,N]`: measures the figures of the design, each beside its
 * limit in the same run. Prints a table, or with `--json` one object a line.
 */
import { parseArgs } from "node:util";
import { renderTable } from "../src/entry/cli/table.ts";
import { benchChangeLog } from "./change-log.ts";
import { benchCriteria } from "./criteria.ts";
import type { BenchOptions, Figure } from "./figure.ts";
import { benchIntake } from "./intake.ts";
import { benchLedger } from "./ledger.ts";
import { benchLinkage } from "./linkage/index.ts";
import { benchProtection } from "./protection.ts";
import { benchPolicy } from "./policy.ts";
import { benchSegmentsAt } from "./segments/index.ts";

const BENCHES: Readonly<Record<string, (options: BenchOptions) => AsyncIterable<Figure>>> = {
  intake: benchIntake,
  criteria: benchCriteria,
  "change-log": benchChangeLog,
  ledger: benchLedger,
  linkage: benchLinkage,
  protection: benchProtection,
  policy: benchPolicy,
  segments: benchSegmentsAt,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, rows: { type: "string", default: "100000,1000000" } },
});

const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
const unknown = names.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  process.stderr.write(
    `no bench ${unknown.join(", ")}; there are: ${Object.keys(BENCHES).join(", ")}\n`,
  );
  process.exit(2);
}

const figures: Figure[] = [];
const options: BenchOptions = {
  rows: values.rows.split(",").map(Number),
  note: (text) => void process.stderr.write(`${text}\n`),
};
for (const name of names) {
  for await (const each of BENCHES[name]?.(options) ?? []) {
    figures.push(each);
    if (values.json === true) {
      process.stdout.write(`${JSON.stringify(each)}\n`);
    }
  }
}
if (values.json !== true) {
  const table = renderTable(figures, [
    { head: "figure", cell: (row) => row.name },
    { head: "value", cell: (row) => row.value },
    { head: "unit", cell: (row) => row.unit },
    { head: "limit", cell: (row) => row.limit },
    { head: "what the limit is", cell: (row) => row.limitName },
    { head: "ratio", cell: (row) => row.ratio },
    { head: "to reach", cell: (row) => row.target },
    { head: "holds", cell: (row) => (row.holds ? "yes" : "NO") },
  ]);
  process.stdout.write(`${table}\n`);
}
process.exitCode = figures.every((each) => each.holds) ? 0 : 1;
