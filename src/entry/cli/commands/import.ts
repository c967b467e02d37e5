import { Command, Option } from "commander";
import { type Client, getClient } from "../../../modules/contracts/index.ts";
import { importInput, type ImportReport } from "../../../modules/intake/index.ts";
import type { Corrections } from "../../../modules/rights/index.ts";
import type { Context } from "../../context.ts";
import { notingCorrection } from "../../correcting.ts";
import { backgroundFiles, enqueueImports, type ImportJobInput } from "../../worker/enqueue.ts";
import { renderEnqueued } from "./jobs.ts";
import { type ExpectedOption, parseExpected } from "../expected-totals.ts";
import { EXIT_CODES } from "../failure.ts";
import { type InputFile, resolveInputs } from "../inputs.ts";
import { action, type Invocation } from "../invocation.ts";
import { followAfter } from "../follow-after.ts";
import { linkAfter } from "../link-after.ts";
import { progressLine } from "../progress.ts";
import { linkingDocument, linkingLines } from "../resolve-report.ts";
import { type Cell, renderFacts, renderTable } from "../table.ts";

export function importCommand(): Command {
  return new Command("import")
    .description("bring records in: all of a file's good rows, or nothing")
    .argument("<client>", "the client's key")
    .argument("<dataset>", "the dataset of its contract")
    .argument("<file...>", "files, folders, patterns, or - for standard input; gzip is recognised")
    .option(
      "--source <name>",
      "the source that says how to read it (default: chosen by its columns)",
    )
    .option(
      "--expect <total>",
      "a control total: rows=7043 or FIELD=SUM; may be given several times",
      parseExpected,
    )
    .option(
      "--correction <reason>",
      "what it changes was wrong: tell whoever was sent it. No value of a record",
    )
    .addOption(
      new Option("--dry-run", "do everything, report it, and change nothing").conflicts(
        "background",
      ),
    )
    .option("--background", "let 'waybill serve' do it, and return at once; takes files only")
    .option(
      "--no-link",
      "do not look for the records' customers now; 'waybill resolve' does it later",
    )
    .addHelpText(
      "after",
      `
An import is published wholly or not at all. When control totals do not agree, or more rows are
rejected than the source allows, it is held: see 'waybill intake'. Rejected rows wait in quarantine
with the reason and their original bytes: see 'waybill quarantine'. The same file twice changes nothing.
Published records are then matched against all others: see 'waybill resolve'. If that fails, the import
stands.

Exit codes: 0 published, 3 held, 2 the file or the source cannot be used.`,
    )
    .action(action(runImport));
}

interface ImportOptions {
  readonly source?: string;
  readonly expect?: ExpectedOption;
  readonly correction?: string;
  readonly dryRun?: boolean;
  readonly background?: boolean;
  readonly link: boolean;
}

async function runImport(
  invocation: Invocation,
  key: string,
  dataset: string,
  files: readonly string[],
  options: ImportOptions,
): Promise<number> {
  if (options.background === true) {
    await importInBackground(invocation, files, {
      client: key,
      dataset,
      source: options.source,
      expected: options.expect ?? { sums: {} },
      link: options.link,
      correction: options.correction,
    });
    return 0;
  }
  const inputs = await resolveInputs(files);
  const context = await invocation.open();
  const client = await getClient(context.db, key);
  const { output } = invocation;
  const reports = await importAll(invocation, context, { client, dataset, inputs, options });
  const linking = options.link
    ? await linkAfter(invocation, context, { client, ended: reports })
    : undefined;
  const corrected = await corrections(invocation, context, {
    client,
    ended: reports,
    reason: options.correction,
  });
  await followAfter(invocation, context, client);
  const linked = linking && linkingDocument(linking);
  output.result({ ...importDocument(reports), linked, corrected }, () =>
    [
      ...reports.map(renderReport),
      ...linkingLines(linking, key),
      ...correctionLines(corrected, key),
    ].join("\n\n"),
  );
  return reports.some((report) => report.state === "held") ? EXIT_CODES.refused : 0;
}

/** Imports one input after the other; one that cannot be imported ends the command. */
async function importAll(
  { output, signal }: Invocation,
  context: Context,
  {
    client,
    dataset,
    inputs,
    options,
  }: {
    readonly client: Client;
    readonly dataset: string;
    readonly inputs: readonly InputFile[];
    readonly options: ImportOptions;
  },
): Promise<ImportReport[]> {
  const reports: ImportReport[] = [];
  for (const input of inputs) {
    const report = await importInput(context, {
      client,
      dataset,
      input: input.open(),
      origin: input.origin,
      source: options.source,
      expected: options.expect ?? { sums: {} },
      actor: context.actor,
      dryRun: options.dryRun === true,
      onPublish: notingCorrection({
        ...context,
        scope: client.scope,
        reason: options.correction,
      }),
      signal,
      onProgress: progressOf(input, output),
      onNote: (note) => output.note(note),
    }).catch((error: unknown) => {
      noteStopped(output, input, { done: reports.length, all: inputs.length });
      throw error;
    });
    reports.push(report);
  }
  return reports;
}

async function corrections(
  invocation: Invocation,
  context: Context,
  {
    reason,
    ...of
  }: {
    readonly client: Client;
    readonly ended: readonly ImportReport[];
    readonly reason: string | undefined;
  },
): Promise<Corrections | undefined> {
  if (reason === undefined) {
    return undefined;
  }
  const { correctAfter } = await import("../correct-after.ts");
  return await correctAfter(invocation, context, { ...of, reason });
}

function correctionLines(corrected: Corrections | undefined, key: string): string[] {
  if (corrected === undefined) {
    return [];
  }
  const { customers, obligations } = corrected;
  return [
    customers === 0
      ? "nobody holds what was corrected"
      : `${customers} corrected of whom somebody holds what was wrong; ${obligations} to be put right: waybill rights status ${key}`,
  ];
}

/** Of several files, says which one stopped the command: those before it have come to their own ends. */
function noteStopped(
  output: Invocation["output"],
  { origin }: InputFile,
  { done, all }: { readonly done: number; readonly all: number },
): void {
  if (all > 1) {
    output.note(`stopped at ${origin}, file ${done + 1} of ${all}; ${done} before it are done`);
  }
}

async function importInBackground(
  { open, output }: Invocation,
  files: readonly string[],
  what: Omit<ImportJobInput, "path">,
): Promise<void> {
  const paths = await backgroundFiles(files);
  const jobs = await enqueueImports(await open(), what, paths);
  output.result({ jobs }, () => renderEnqueued(jobs));
}

const COUNTS = ["read", "accepted", "changed", "unchanged", "quarantined", "waiting"] as const;

/** The counts of all files together, then every file. */
function importDocument(reports: readonly ImportReport[]): object {
  const sums = COUNTS.map(
    (name) => [name, reports.reduce((sum, report) => sum + report[name], 0)] as const,
  );
  return { ...Object.fromEntries(sums), intakes: reports };
}

function progressOf(input: InputFile, output: Invocation["output"]) {
  const line = progressLine(input.sizeBytes);
  return (progress: { readonly bytes: number; readonly rows: number }): void =>
    output.progress(`${input.origin}: ${line(progress)}`);
}

const STATES: Readonly<Record<string, string>> = {
  published: "published",
  held: "HELD, nothing is published",
  "dry-run": "a dry run: nothing was changed",
};

export function renderReport(report: ImportReport): string {
  const facts: (readonly [string, Cell])[] = [
    ["file", report.origin],
    ["into", `${report.client} ${report.dataset}, from source ${report.source}`],
    ["state", STATES[report.state] ?? report.state],
    ["intake", report.intake?.toString()],
    ["rows", report.read],
    ["  new", report.accepted],
    ["  changed", report.changed],
    ["  unchanged", report.unchanged],
    ["  in quarantine", report.quarantined],
  ];
  if (report.waiting > 0) {
    facts.push(["waiting", `${report.waiting} events for customers that are not known yet`]);
  }
  if (report.attached > 0) {
    facts.push(["attached", `${report.attached} events that waited for these customers`]);
  }
  for (const [field, sum] of Object.entries(report.totals)) {
    facts.push([`sum of ${field}`, sum]);
  }
  const parts = [renderFacts(facts)];
  if (report.reasons.length > 0) {
    const reasons = renderTable(report.reasons, [{ head: "held because", cell: (row) => row }]);
    parts.push(
      `${reasons}\n\ndecide with: waybill intake approve|discard ${report.client} ${report.intake ?? ""}`,
    );
  }
  if (report.quarantined > 0 && report.intake !== undefined) {
    parts.push(`see why: waybill quarantine list ${report.client} --intake ${report.intake}`);
  }
  if (report.ignoredColumns.length > 0) {
    parts.push(`columns nothing asks for: ${report.ignoredColumns.join(", ")}`);
  }
  return parts.join("\n\n");
}
