import { Argument, Command } from "commander";
import {
  DEFAULT_UNTIL,
  generate,
  GENERATED_CLIENTS,
  type GeneratedClient,
  type GenerateReport,
} from "../../generator/index.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseCount, parseDay, parseSeed, parseShare } from "../parse.ts";
import { renderTable } from "../table.ts";

export function generateCommand(): Command {
  return new Command("generate")
    .description("write realistic files for an example client")
    .addArgument(new Argument("<client>", "the example client").choices(GENERATED_CLIENTS))
    .option("--customers <n>", "how many customers", parseCount, 10_000)
    .option("--seed <n>", "the seed", parseSeed, 1)
    .option("--until <day>", "nothing happens on or after this day (default: 2026-11-01)", parseDay)
    .option("--bad-rows <share>", "rows that no reader should accept (default: 0.001)", parseShare)
    .option("--out <dir>", "where to write (default: generated/CLIENT)")
    .addHelpText(
      "after",
      `
The same seed writes the same bytes. The files have the layout of the published ones that the examples are made for, with households,
duplicates, typing errors, moves, seasons, and a few rows that no reader should accept.`,
    )
    .action(action(runGenerate));
}

interface Options {
  readonly customers: number;
  readonly seed: number;
  readonly until?: Date;
  readonly badRows?: number;
  readonly out?: string;
}

async function runGenerate(
  { output, signal }: Invocation,
  client: GeneratedClient,
  options: Options,
): Promise<void> {
  const out = options.out ?? `generated/${client}`;
  const report = await generate({
    client,
    customers: options.customers,
    seed: options.seed,
    out,
    until: options.until ?? DEFAULT_UNTIL,
    ...(options.badRows === undefined ? {} : { errors: { badRows: options.badRows } }),
    signal,
    onProgress: (done) => output.progress(`${client}: ${Math.floor(done * 100)} %`),
  });
  output.result({ ...report, out }, () => renderReport(report));
}

function renderReport(report: GenerateReport): string {
  const table = renderTable(report.files, [
    { head: "file", cell: (file) => file.path },
    { head: "rows", cell: (file) => file.rows },
    { head: "bad rows", cell: (file) => file.badRows },
  ]);
  return `${table}\n\n${report.duplicates.toLocaleString("en-US")} records are second records of a person; seed ${report.seed}`;
}
