import { Command } from "commander";
import {
  applyFolder,
  type ClientFolder,
  type Plan,
  type PlannedChange,
  planFolder,
  planRefusals,
  readFolder,
} from "../../../modules/contracts/index.ts";
import { definitionChecks } from "../../definition-checks.ts";
import { EXIT_CODES } from "../failure.ts";
import { action, type Invocation } from "../invocation.ts";
import { collect } from "../parse.ts";
import { renderTable } from "../table.ts";

const FOLDER = "the client's folder: contract.yaml, sources/, segments/, destinations/, routes/";

export function planCommand(): Command {
  return new Command("plan")
    .description("show what applying a client's folder would change")
    .argument("<folder>", FOLDER)
    .option(
      "--allow <change>",
      "a refused change to have nevertheless, as the plan names it",
      collect,
    )
    .addHelpText("after", "\nExit codes: 0 it can be applied, 3 something stands in the way.")
    .action(action(runPlan));
}

export function applyCommand(): Command {
  return new Command("apply")
    .description("make the database what a client's folder says")
    .argument("<folder>", FOLDER)
    .option(
      "--allow <change>",
      "a refused change to have nevertheless, such as drop:customers.notes; may be given several times",
      collect,
    )
    .action(action(runApply));
}

interface Options {
  readonly allow?: readonly string[];
}

async function runPlan(
  { open, output }: Invocation,
  path: string,
  options: Options,
): Promise<number> {
  const folder = await readFolder(path);
  const { db } = await open();
  const plan = await planFolder(db, folder, definitionChecks());
  const refusals = planRefusals(plan, options.allow ?? []);
  const next = refusals.length === 0 ? `waybill apply ${path}` : undefined;
  output.result({ ...plan, refusals }, () => renderPlan(plan, "would change", next));
  for (const refusal of refusals) {
    output.note(`refused: ${refusal.at}: ${refusal.message}`);
    output.note(refusal.hint === undefined ? "" : `  ${refusal.hint}`);
  }
  return refusals.length === 0 ? 0 : EXIT_CODES.refused;
}

async function runApply(
  { open, output }: Invocation,
  path: string,
  options: Options,
): Promise<void> {
  const folder: ClientFolder = await readFolder(path);
  const { db, actor, clock } = await open();
  const plan = await applyFolder(db, folder, definitionChecks(), {
    actor,
    clock,
    allow: options.allow ?? [],
  });
  const next = plan.isNew ? `waybill import ${plan.client} DATASET FILE` : undefined;
  output.result({ ...plan, applied: true }, () => renderPlan(plan, "changed", next));
}

/** @param next what to type next, if anything is left to do */
export function renderPlan(plan: Plan, verb: string, next?: string): string {
  if (plan.changes.length === 0) {
    return `${plan.client}: nothing to do, folder and database agree`;
  }
  const blocked = plan.changes.some((row) => row.violations > 0);
  const table = renderTable(plan.changes, [
    { head: verb, cell: (row) => row.at },
    { head: "what", cell: (row) => row.text },
    { head: "effect", cell: (row) => row.effect },
    ...(blocked ? [{ head: "rows in the way", cell: (row: PlannedChange) => row.violations }] : []),
  ]);
  const count = plan.changes.length === 1 ? "1 change" : `${plan.changes.length} changes`;
  const last = next === undefined ? "" : `\n\nnext: ${next}`;
  return `${plan.client}${plan.isNew ? " (new)" : ""}: ${count}\n\n${table}${last}`;
}
