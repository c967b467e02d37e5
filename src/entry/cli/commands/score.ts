/** Scores: each customer's place among the others, as criteria use it. */
import { Command } from "commander";
import {
  calculateScores,
  listScores,
  type ScoreRun,
  type ScoreSummary,
} from "../../../modules/segments/index.ts";
import { action, type Invocation } from "../invocation.ts";
import { CLIENT, followed, openScene } from "../segment-scene.ts";
import { renderTable } from "../table.ts";

export function scoreCommand(): Command {
  return new Command("score")
    .description("scores: each customer's place among the others, for criteria to use")
    .addCommand(listCommand())
    .addCommand(runCommand())
    .addHelpText(
      "after",
      `
A score is a file scores/NAME.yaml in the client's folder. Criteria ask for the part of the customers that
somebody is in: score("spend") >= 9. While a server runs, scores are calculated as often as their files say.`,
    );
}

function listCommand(): Command {
  return new Command("list")
    .description("every score, and when it was last calculated")
    .argument(...CLIENT)
    .action(action(list));
}

function runCommand(): Command {
  return new Command("run")
    .description("calculate scores now; segments that use them follow at once")
    .argument(...CLIENT)
    .argument("[score...]", "these (default: all)")
    .addHelpText("after", "\nExit codes: 0 calculated, 4 there is no such client or score.")
    .action(action(run));
}

async function list(invocation: Invocation, key: string): Promise<void> {
  const { subject } = await openScene(invocation, key);
  const scores = await listScores(subject);
  invocation.output.result({ client: key, scores }, (columns) =>
    scores.length === 0
      ? `${key} has no scores; write scores/NAME.yaml in its folder and apply it`
      : renderTable(
          scores,
          [
            { head: "score", cell: ({ score }) => score },
            { head: "parts", cell: ({ buckets }) => buckets },
            { head: "customers", cell: ({ run: newest }) => newest?.customers },
            { head: "calculated", cell: ({ run: newest }) => newest?.scoredAt ?? "never" },
            { head: "next", cell: ({ dueAt }) => dueAt ?? "at once" },
            { head: "by what", cell: placedBy },
          ],
          columns,
        ),
  );
}

function placedBy({ of, among, best }: ScoreSummary): string {
  const who = among === undefined ? "" : `, among those with ${among}`;
  return `${of}, the ${best} first${who}`;
}

async function run(invocation: Invocation, key: string, names: readonly string[]): Promise<void> {
  const { output, signal } = invocation;
  const scene = await openScene(invocation, key);
  const { clock } = scene.context;
  const runs = await calculateScores(scene.subject, {
    clock,
    names: names.length === 0 ? undefined : names,
    signal,
  });
  await followed(scene, signal);
  output.result({ client: key, runs }, () =>
    runs.length === 0 ? `${key} has no scores` : renderRuns(runs),
  );
}

function renderRuns(runs: readonly ScoreRun[]): string {
  return renderTable(runs, [
    { head: "score", cell: ({ score }) => score },
    { head: "customers", cell: ({ customers }) => customers },
    { head: "in another part now", cell: ({ changed }) => changed },
    { head: "parts begin at", cell: boundsCell },
  ]);
}

/** Hundred beginnings would be no answer. */
const MOST_BOUNDS = 10;

function boundsCell({ bounds }: ScoreRun): string {
  const numbers = Object.entries(bounds)
    .toSorted(([one], [other]) => Number(one) - Number(other))
    .map(([bucket, number]) => `${bucket}: ${number}`);
  return numbers.length <= MOST_BOUNDS
    ? numbers.join("  ")
    : `${numbers.length} numbers; see --json`;
}
