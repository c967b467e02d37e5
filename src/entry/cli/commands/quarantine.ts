import { Command } from "commander";
import { getClient } from "../../../modules/contracts/index.ts";
import {
  getIntake,
  openRows,
  type QuarantineGroup,
  quarantinedRows,
  type QuarantinedRow,
  quarantineSummary,
  retryQuarantined,
} from "../../../modules/intake/index.ts";
import { EXIT_CODES } from "../failure.ts";
import { action, type Invocation } from "../invocation.ts";
import { followAfter } from "../follow-after.ts";
import { linkAfter } from "../link-after.ts";
import { writeNewFile } from "../new-file.ts";
import { parseId, parseLimit } from "../parse.ts";
import { linkingDocument, linkingLines } from "../resolve-report.ts";
import { renderTable, type TableColumn } from "../table.ts";
import { renderReport } from "./import.ts";

export function quarantineCommand(): Command {
  const command = new Command("quarantine").description("rows that were refused, with the reason");
  command
    .command("list")
    .description("what waits, by reason; with --intake row by row")
    .argument("<client>", "the client's key")
    .option("--intake <n>", "the rows of one intake", parseId)
    .option("--limit <n>", "at most so many rows", parseLimit, 50)
    .option("--after <line>", "go on behind this line", parseId)
    .action(action(list));
  command
    .command("export")
    .description("the original bytes of an intake's refused rows, to be mended and imported again")
    .argument("<client>", "the client's key")
    .argument("<intake>", "the intake's number", parseId)
    .requiredOption("--out <file>", "the file to write; it holds personal data")
    .action(action(exportRows));
  command
    .command("retry")
    .description("read refused rows again, after the source or the contract was mended")
    .argument("<client>", "the client's key")
    .argument("<intake>", "the intake's number", parseId)
    .addHelpText("after", "\nExit codes: 0 published, 3 held: see 'waybill intake'.")
    .action(action(retry));
  return command;
}

interface ListOptions {
  readonly intake?: bigint;
  readonly limit: number;
  readonly after?: bigint;
}

async function list(
  { open, output }: Invocation,
  key: string,
  options: ListOptions,
): Promise<void> {
  const context = await open();
  const { db } = context;
  const client = await getClient(db, key);
  if (options.intake === undefined) {
    const groups = await quarantineSummary(db, client);
    output.result({ client: key, groups }, (columns) =>
      groups.length === 0
        ? `nothing of ${key} is in quarantine`
        : `${renderTable(groups, GROUP_COLUMNS, columns)}\n\nrow by row: waybill quarantine list ${key} --intake ${groups[0]?.intake ?? ""}`,
    );
    return;
  }
  await getIntake(db, client, options.intake);
  const { intake, limit } = options;
  const after = options.after === undefined ? undefined : { intake, line: options.after };
  const rows = await quarantinedRows(context, client, { intake, limit, after, state: "open" });
  output.result({ client: key, rows: rows.map(rowDocument) }, (columns) =>
    renderRows(rows, columns),
  );
}

const GROUP_COLUMNS: readonly TableColumn<QuarantineGroup>[] = [
  { head: "intake", cell: (row) => row.intake.toString() },
  { head: "from", cell: (row) => row.origin },
  { head: "rows", cell: (row) => row.rows },
  { head: "rule", cell: (row) => row.rule },
  { head: "field", cell: (row) => row.field },
  { head: "reason", cell: (row) => row.message },
];

function rowDocument(row: QuarantinedRow): object {
  return { ...row, original: row.original.toString("utf8") };
}

function renderRows(rows: readonly QuarantinedRow[], columns: number | undefined): string {
  if (rows.length === 0) {
    return "no row waits";
  }
  const issues = rows.flatMap((row) => row.issues.map((issue) => ({ row, issue })));
  return renderTable(issues, [
    { head: "line", cell: ({ row }) => row.line.toString() },
    { head: "rule", cell: ({ issue }) => issue.rule },
    { head: "field", cell: ({ issue }) => issue.field },
    { head: "reason", cell: ({ issue }) => issue.message },
    { head: "original", cell: ({ row }) => shortened(row.original.toString("utf8"), columns) },
  ]);
}

/** What is shown of a row's bytes where lines may be of any length, and the least on a terminal. */
const SHOWN = { most: 80, least: 20, besides: 90 } as const;

/** The beginning of a row, as far as a terminal has room for it beside the other columns. */
function shortened(text: string, columns = Infinity): string {
  const shown = Math.min(SHOWN.most, Math.max(SHOWN.least, columns - SHOWN.besides));
  return text.length > shown ? `${text.slice(0, shown)}…` : text;
}

const LINE_END = Buffer.from("\n");

async function exportRows(
  { open, output }: Invocation,
  key: string,
  intake: bigint,
  options: { readonly out: string },
): Promise<void> {
  const context = await open();
  const client = await getClient(context.db, key);
  await getIntake(context.db, client, intake);
  let rows = 0;
  const lines = async function* (): AsyncGenerator<Buffer> {
    for await (const page of openRows(context, client, intake)) {
      rows += page.length;
      yield Buffer.concat(page.flatMap(({ original }) => [original, LINE_END]));
    }
  };
  await writeNewFile(options.out, lines());
  output.result(
    { client: key, intake, rows, file: options.out },
    () => `${rows} rows written to ${options.out}`,
  );
}

async function retry(invocation: Invocation, key: string, intake: bigint): Promise<number> {
  const { open, output, signal } = invocation;
  const context = await open();
  const client = await getClient(context.db, key);
  const report = await retryQuarantined(context, {
    client,
    intake,
    actor: context.actor,
    signal,
    onNote: (note) => output.note(note),
  });
  const linking = await linkAfter(invocation, context, { client, ended: [report] });
  await followAfter(invocation, context, client);
  output.result({ ...report, linked: linking && linkingDocument(linking) }, () =>
    [renderReport(report), ...linkingLines(linking, key)].join("\n\n"),
  );
  return report.state === "held" ? EXIT_CODES.refused : 0;
}
