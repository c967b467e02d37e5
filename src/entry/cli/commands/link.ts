import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { Command, Option } from "commander";
import {
  analyseFiles,
  evaluateLinked,
  inputColumn,
  linkFiles,
  type Model,
  parseModel,
  printModel,
  readSplinkModel,
  truthOf,
  writeClusters,
} from "../../../modules/linkage/index.ts";
import { InvalidInputError } from "../../../kernel/index.ts";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import { action, type Invocation } from "../invocation.ts";
import { refuseExisting, writeNewFile } from "../new-file.ts";
import { collect, parseCountry, parseMegabytes, parseProbability, parseSeed } from "../parse.ts";
import { linkDocument, renderAnalysis, renderLinked } from "../link-report.ts";

export function linkCommand(): Command {
  return new Command("link")
    .description("find which rows of files are the same person or company; needs no client")
    .argument("<file...>", "CSV or Parquet; several are stacked")
    .option("--auto", "find out what to compare from the files (the default without --model)")
    .addOption(
      new Option(
        "--model <file>",
        "compare as this file says: a model of --save-model, or Splink's settings (JSON)",
      ).conflicts("auto"),
    )
    .option("--truth <column>", "a column that says who is who: print how right the result is")
    .addOption(
      new Option(
        "--labels <file>",
        "pairs that are known: each line has their two values of --id, and in a column verdict whether they are the same or different; they are learnt from, and they hold",
      ).conflicts("dryRun"),
    )
    .option("--id <column>", "the column that --labels names rows by")
    .option("--threshold <p>", "link from this probability on (default: chosen)", parseProbability)
    .option("--out <file>", "write every row with its cluster as a new CSV file")
    .addOption(
      new Option("--dry-run", "say what would be compared, and compare nothing").conflicts([
        "out",
        "saveModel",
      ]),
    )
    .option("--save-model <file>", "write the model as a new file, to read, edit and use again")
    .option("--ignore <column>", "no evidence; may be given several times", collect)
    .option("--country <code>", "where numbers without a country are from, as DE", parseCountry)
    .option("--seed <n>", "the same seed and files give the same result", parseSeed, 1)
    .option("--memory <mb>", "of DuckDB; what does not fit goes to the disk", parseMegabytes, 1_024)
    .addHelpText(
      "after",
      `
Without a model, the columns are recognised by their names and values, the model is learnt from the
files themselves, and the threshold is chosen from its own probabilities. --json prints the rates at
the threshold and the best there are; pairs that were never compared count as misses.

Exit codes: 0 linked, 2 a file or the model cannot be used.`,
    )
    .action(action(link));
}

interface LinkCommandOptions {
  readonly model?: string;
  readonly truth?: string;
  readonly labels?: string;
  readonly id?: string;
  readonly threshold?: number;
  readonly dryRun?: boolean;
  readonly out?: string;
  readonly saveModel?: string;
  readonly ignore?: readonly string[];
  readonly country?: string;
  readonly seed: number;
  readonly memory: number;
}

async function link(
  { output, signal }: Invocation,
  files: readonly string[],
  options: LinkCommandOptions,
): Promise<void> {
  const { truth, country, seed, threshold, memory } = options;
  for (const file of [options.out, options.saveModel]) {
    if (file !== undefined) {
      await refuseExisting(file);
    }
  }
  const started = performance.now();
  await using duck = await DuckDb.open({ memoryMb: memory });
  const run = {
    files,
    model: options.model === undefined ? undefined : await readModel(options.model),
    ignore: [...(options.ignore ?? []), ...(truth === undefined ? [] : [truth])],
    labels: labelsOf(options),
    country,
    threshold,
    seed,
    signal,
    onProgress: (step: string, share?: number) =>
      output.progress(share === undefined ? step : `${step}: ${Math.floor(share * 100)} %`),
  };
  if (options.dryRun === true) {
    const analysed = await analyseFiles(duck, run);
    output.result(analysed.analysis, () => renderAnalysis(analysed));
    return;
  }
  const linked = await linkFiles(duck, run);
  const seconds = (performance.now() - started) / 1000;
  const quality =
    truth === undefined
      ? undefined
      : evaluateLinked(linked, truthOf(await inputColumn(duck, linked.input, truth)));
  if (options.out !== undefined) {
    await writeClusters(duck, options.out, { linked, signal });
  }
  if (options.saveModel !== undefined) {
    const text = Buffer.from(printModel(linked.model));
    await writeNewFile(options.saveModel, Readable.from([text]));
  }
  const cost = { seconds, peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024) };
  output.result({ ...linkDocument(linked, quality), ...cost }, () =>
    renderLinked(linked, quality, cost),
  );
}

function labelsOf({
  labels,
  id,
}: LinkCommandOptions): { readonly file: string; readonly id: string } | undefined {
  if ((labels === undefined) !== (id === undefined)) {
    throw new InvalidInputError("labels-id", "--labels and --id are given together", [], {
      hint: "--id names the column by whose values the lines of --labels name rows",
    });
  }
  return labels === undefined || id === undefined ? undefined : { file: labels, id };
}

/** A model of our own in YAML, or Splink's settings in JSON. */
async function readModel(path: string): Promise<Model> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new InvalidInputError("model-missing", `the model ${path} cannot be read`, [], {
      hint: "check the path; --save-model writes such a file",
      cause,
    });
  });
  return path.endsWith(".json") ? readSplinkModel(text, path) : parseModel(text, path);
}
