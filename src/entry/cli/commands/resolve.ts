import { Command } from "commander";
import { getClient } from "../../../modules/contracts/index.ts";
import {
  resolveAll,
  resolveChanged,
  type ResolutionReport,
} from "../../../modules/resolution/index.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseMegabytes, parseSeed } from "../parse.ts";
import { renderRun, resolutionProgress, runDocument } from "../resolve-report.ts";
import { explainCommand } from "./resolve-explain.ts";
import { judgeCommand, mergeCommand, undoCommand, unmergeCommand } from "./resolve-judging.ts";
import { modelCommand } from "./resolve-model.ts";
import { reviewCommand } from "./resolve-review.ts";

export function resolveCommand(): Command {
  return new Command("resolve")
    .description("find out which records are the same customer, and why; judge, merge and unmerge")
    .addCommand(runCommand(), { isDefault: true })
    .addCommand(explainCommand())
    .addCommand(reviewCommand())
    .addCommand(judgeCommand())
    .addCommand(mergeCommand())
    .addCommand(unmergeCommand())
    .addCommand(undoCommand())
    .addCommand(modelCommand())
    .addHelpText(
      "after",
      `
'waybill resolve CLIENT' is short for 'waybill resolve run CLIENT'; its options are in
'waybill resolve run --help'. What persons judge outlives every run.`,
    );
}

function runCommand(): Command {
  return new Command("run")
    .description("match what is new or changed; all records the first time")
    .argument("<client>", "the client's key")
    .option("--dataset <name>", "the dataset to resolve (default: the customers)")
    .option("--full", "every record against every other, also those that were matched before")
    .option(
      "--retrain",
      "learn the model anew from all records and what persons judged, and use it; implies --full",
    )
    .option("--dry-run", "say what would change, and change nothing")
    .option("--seed <n>", "for learning: the same seed and records give the same model", parseSeed)
    .option("--memory <mb>", "of DuckDB; what does not fit goes to the disk", parseMegabytes)
    .addHelpText(
      "after",
      `
A model that was applied as models/DATASET.yaml is used instead of one that is learnt; after applying
another, --full puts it in force. A run is visible wholly or not at all, however it ends.

Exit codes: 0 resolved, 4 there is no such client or dataset, 130 stopped, nothing is changed.`,
    )
    .action(action(run));
}

interface RunCommandOptions {
  readonly dataset?: string;
  readonly full?: boolean;
  readonly retrain?: boolean;
  readonly dryRun?: boolean;
  readonly seed?: number;
  readonly memory?: number;
}

async function run(
  { open, output, signal }: Invocation,
  key: string,
  options: RunCommandOptions,
): Promise<void> {
  const { db, clock, actor } = await open();
  const client = await getClient(db, key);
  const { dataset, full, retrain, dryRun = false, seed, memory: memoryMb } = options;
  const started = performance.now();
  const common = {
    actor,
    clock,
    dataset,
    dryRun,
    signal,
    onProgress: (progress: Parameters<typeof resolutionProgress>[0]) =>
      output.progress(resolutionProgress(progress)),
  };
  const isFull = full === true || retrain === true;
  const changed: ResolutionReport | undefined = isFull
    ? undefined
    : await resolveChanged(db, client, common);
  const report = changed ?? (await resolveAll(db, client, { ...common, seed, retrain, memoryMb }));
  const asked = { client: key, dryRun, seconds: (performance.now() - started) / 1000 };
  output.result(runDocument(report, asked), () => renderRun(report, asked));
}
