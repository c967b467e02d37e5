import { Command } from "commander";
import { RefusedError } from "../../../kernel/index.ts";
import { type Client, findDataset, getClient } from "../../../modules/contracts/index.ts";
import {
  getIntake,
  openRows,
  type QuarantineGroup,
  quarantinedRows,
  type QuarantinedRow,
  quarantineSummary,
  retryQuarantined,
} from "../../../modules/intake/index.ts";
import type { Context } from "../../context.ts";
import { type AskingOptions, noteAccess, seeAs, withAsking } from "../asking.ts";
import { EXIT_CODES } from "../failure.ts";
import { action, type Invocation } from "../invocation.ts";
import { followAfter } from "../follow-after.ts";
import { linkAfter } from "../link-after.ts";
import { writeNewFile } from "../new-file.ts";
import { parseId, parseLimit } from "../parse.ts";
import { linkingDocument, linkingLines } from "../resolve-report.ts";
import { sequenceAfter } from "../sequence-after.ts";
import { renderTable, type TableColumn } from "../table.ts";
import { renderReport } from "./import.ts";

export function quarantineCommand(): Command {
  const command = new Command("quarantine").description("rows that were refused, with the reason");
  withAsking(command.command("list"))
    .description("what waits, by reason; with --intake row by row")
    .argument("<client>", "the client's key")
    .option("--intake <n>", "the rows of one intake", parseId)
    .option("--limit <n>", "at most so many rows", parseLimit, 50)
    .option("--after <line>", "go on behind this line", parseId)
    .action(action(list));
  withAsking(command.command("export"))
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

interface ListOptions extends AskingOptions {
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
  const { intake, limit } = options;
  const { dataset } = await getIntake(db, client, intake);
  const seesAll = await seeRefused(context, client, { asked: options, dataset });
  const after = options.after === undefined ? undefined : { intake, line: options.after };
  const rows = await quarantinedRows(context, client, { intake, limit, after, state: "open" });
  await sequenceAfter({ output }, context, client);
  const shown = rows.map((row) => (seesAll ? row : { ...row, original: HIDDEN }));
  output.result({ client: key, rows: shown.map(rowDocument) }, (columns) =>
    renderRows(shown, columns),
  );
}

/** Stands for a row that may not be seen. */
const HIDDEN = Buffer.from("(not shown: it may hold fields that may not be seen in clear)");

/**
 * Whether whoever asks may see refused rows as they came: nobody knows which field a byte of them belongs
 * to, so every field of the dataset must be clear on every row. That they asked is noted first.
 */
async function seeRefused(
  context: Context,
  client: Client,
  { asked, dataset: name }: { readonly asked: AskingOptions; readonly dataset: string },
): Promise<boolean> {
  return await context.db.scoped(client.scope, async (tx) => {
    const seeing = await seeAs(tx, context, { ...client, asked });
    const fields = findDataset(client.catalogue, name)?.fields ?? [];
    const by = fields.map((field) => `${name}.${field.name}`);
    const shown = { act: "quarantine", channel: "listed", by, customers: [] } as const;
    await noteAccess(tx, context, { client, seeing, shown });
    return fields.every((field) => seeing.access.isClear(name, field.name));
  });
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
  options: AskingOptions & { readonly out: string },
): Promise<void> {
  const context = await open();
  const client = await getClient(context.db, key);
  const { dataset } = await getIntake(context.db, client, intake);
  if (!(await seeRefused(context, client, { asked: options, dataset }))) {
    throw new RefusedError(
      "fields-not-clear",
      `refused rows of ${dataset} are as they came, and not every field of it may be seen in clear`,
      [],
      { hint: "ask as a recipient that may see all of them, or mend the source" },
    );
  }
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
