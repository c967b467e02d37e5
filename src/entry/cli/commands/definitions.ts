import { Command } from "commander";
import {
  applyFolder,
  getClient,
  type Plan,
  type PlannedChange,
  planFolder,
  planRefusals,
  readFolder,
} from "../../../modules/contracts/index.ts";
import { EVERYTHING } from "../../../modules/segments/index.ts";
import { definitionChecks } from "../../definition-checks.ts";
import { resealing, sealedFolder } from "../../sealing.ts";
import { viewsOnTop } from "../../viewing.ts";
import { EXIT_CODES } from "../failure.ts";
import { refuseAskerOfFolder } from "../folder-asker.ts";
import { planFolderSegments, renderFolderSegments } from "../folder-segments.ts";
import { action, type Invocation } from "../invocation.ts";
import { collect } from "../parse.ts";
import { renderSettlement, type ShownSettlement } from "../segment-plan.ts";
import { settled } from "../segment-scene.ts";
import { settlementSeen, type SightOptions, withSight } from "../segment-sight.ts";
import { sequenceAfter } from "../sequence-after.ts";
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
    .addHelpText(
      "after",
      `
Of segments that change it says how many would enter and leave; counts are rounded down to the contract's
minimum. segment plan shows who.

Exit codes: 0 it can be applied, 3 something stands in the way.`,
    )
    .action(action(runPlan));
}

export function applyCommand(): Command {
  return withSight(new Command("apply"))
    .description("make the database what a client's folder says")
    .argument("<folder>", FOLDER)
    .option(
      "--allow <change>",
      "a refused change to have nevertheless, such as drop:customers.notes; may be given several times",
      collect,
    )
    .addHelpText(
      "after",
      `
New and changed segments are filled beside those in force, which stay until all are ready. How many are in
them is said as segment apply says it: exactly to those who may see what the segments look at.

Exit codes: 0 applied, 3 refused, or applied but for segments that are outside their limits.`,
    )
    .action(action(runApply));
}

interface Options {
  readonly allow?: readonly string[];
}

async function runPlan(
  { open, output, signal }: Invocation,
  path: string,
  options: Options,
): Promise<number> {
  const folder = await readFolder(path);
  const context = await open();
  const plan = await planFolder(context.db, folder, definitionChecks());
  const segments = await planFolderSegments(context, { folder, plan, signal });
  const refusals = planRefusals(plan, options.allow ?? []);
  const next = refusals.length === 0 ? `waybill apply ${path}` : undefined;
  output.result({ ...plan, refusals, segments: segments?.plans }, () =>
    [
      renderPlan(plan, "would change"),
      ...(segments === undefined ? [] : [renderFolderSegments(segments)]),
      ...(plan.changes.length > 0 ? nextLines(next) : []),
    ].join("\n\n"),
  );
  for (const refusal of refusals) {
    output.note(`refused: ${refusal.at}: ${refusal.message}`);
    output.note(refusal.hint === undefined ? "" : `  ${refusal.hint}`);
  }
  return refusals.length === 0 ? 0 : EXIT_CODES.refused;
}

async function runApply(
  invocation: Invocation,
  path: string,
  { allow = [], ...asked }: Options & SightOptions,
): Promise<number> {
  const { output } = invocation;
  const context = await invocation.open();
  const read = await readFolder(path);
  refuseAskerOfFolder(context, read, asked);
  const folder = await sealedFolder(context, read);
  const { db, actor, clock } = context;
  const plan = await applyFolder(db, folder, definitionChecks(), {
    actor,
    clock,
    allow,
    onTop: viewsOnTop(context, folder.client),
    reseal: resealing(context, folder),
  });
  const client = await getClient(db, plan.client);
  const { scope, catalogue } = client;
  const scene = { context, client, subject: { db, scope, catalogue } };
  // Nobody is in a client that is new: there is nothing that anybody may not see.
  const shown = plan.isNew
    ? { settlement: await settled(scene, invocation), viewOf: () => EVERYTHING }
    : await settlementSeen(invocation, scene, asked);
  await sequenceAfter(invocation, context, { key: plan.client, scope });
  const { settlement } = shown;
  const next = plan.isNew ? `waybill import ${plan.client} DATASET FILE` : undefined;
  output.result({ ...plan, applied: true, segments: settlement }, () =>
    [renderPlan(plan, "changed"), ...settlementLines(shown), ...nextLines(next)].join("\n\n"),
  );
  return settlement.refused.length > 0 ? EXIT_CODES.refused : 0;
}

/** Segments that nobody is in yet are no news. */
function settlementLines({ settlement, viewOf }: ShownSettlement): string[] {
  const { switched, archived, refused, unfit } = settlement;
  const isNews = archived.length + refused.length + unfit.length > 0;
  const isSomebodyThere = switched.some(
    ({ segment, members, left }) => members > 0n || left > 0 || viewOf(segment).kind === "counts",
  );
  if (isNews || isSomebodyThere) {
    return [renderSettlement(settlement, viewOf)];
  }
  const count = switched.length === 1 ? "1 segment is" : `${switched.length} segments are`;
  return switched.length === 0 ? [] : [`${count} in force; nobody is in yet`];
}

/** What there is to type next, if anything is left to do. */
function nextLines(next: string | undefined): string[] {
  return next === undefined ? [] : [`next: ${next}`];
}

export function renderPlan(plan: Plan, verb: string): string {
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
  return `${plan.client}${plan.isNew ? " (new)" : ""}: ${count}\n\n${table}`;
}
