/** Definitions of segments: what an edit would do, doing it, and going back. */
import { Command } from "commander";
import { InvalidInputError, must, NotFoundError, RefusedError } from "../../../kernel/index.ts";
import type { Definition } from "../../../modules/contracts/index.ts";
import {
  applySegment,
  type AskedCriteria,
  countsOnly,
  type CountsView,
  planSegments,
  readSegmentFile,
  removeSegment,
  rollbackSegment,
  type SegmentDefinition,
  type SegmentPlan,
  type SegmentVersion,
  segmentVersions,
  shownCount,
} from "../../../modules/segments/index.ts";
import { sealedCriteria, sealedDefinitions } from "../../sealing.ts";
import { EXIT_CODES } from "../failure.ts";
import { resolveInputs } from "../inputs.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseLimit, parseVersion } from "../parse.ts";
import { CLIENT, openScene, SEGMENT, type SegmentScene } from "../segment-scene.ts";
import { planInCounts, renderPlans, renderSettlement, type ShownPlan } from "../segment-plan.ts";
import { sizeCell } from "../segment-report.ts";
import {
  checkAsker,
  namedAmong,
  openSight,
  settlementSeen,
  type SightOptions,
  withSight,
} from "../segment-sight.ts";
import { renderTable } from "../table.ts";

const FILES = ["[file...]", "definitions, as segments/NAME.yaml"] as const;

const PLAN_EXIT_CODES =
  "Exit codes: 0 it can be applied, 2 a file is not right, 3 it would be refused.";

export function planCommand(): Command {
  return withSight(new Command("plan"))
    .description("who would enter and leave, and what it would cost, if definitions were applied")
    .argument(...CLIENT)
    .argument(...FILES)
    .option("--sample <n>", "show so many ids of those who move", parseLimit, 5)
    .addHelpText(
      "after",
      `
Segments that have a planned one inside are planned with it. Without files: what is applied and not yet
in force. Nothing is changed.

  waybill segment plan telecom at-risk.yaml

${PLAN_EXIT_CODES}`,
    )
    .action(action(plan));
}

export function applyCommand(): Command {
  return withSight(new Command("apply"))
    .description("put definitions in force, without the rest of the client's folder")
    .argument(...CLIENT)
    .argument(...FILES)
    .option("--dry-run", "plan only")
    .addHelpText(
      "after",
      `
New members are found beside the version in force; then both are exchanged at one instant. A new segment
stays when a folder without it is applied. Without files: whatever is applied and not yet in force.

${PLAN_EXIT_CODES}`,
    )
    .action(action(apply));
}

export function versionsCommand(): Command {
  return withSight(new Command("versions"))
    .description("every version of a segment: by whom, since when, who moved")
    .argument(...CLIENT)
    .argument(...SEGMENT)
    .action(action(versions));
}

export function rollbackCommand(): Command {
  return withSight(new Command("rollback"))
    .description("bring an earlier version into force again, as a new one")
    .argument(...CLIENT)
    .argument(...SEGMENT)
    .option("--to <version>", "this one (default: the last that says something else)", parseVersion)
    .addHelpText(
      "after",
      `
The client's folder is not changed: applied again, it brings its own version back.

Exit codes: 0 done, 4 there is no such segment or version, 5 it is what is in force already.`,
    )
    .action(action(rollback));
}

export function removeCommand(): Command {
  return withSight(new Command("remove"))
    .description("archive a segment: everybody leaves, and its history stays")
    .argument(...CLIENT)
    .argument(...SEGMENT)
    .addHelpText(
      "after",
      `
A client's folder that still has the file brings it back when it is applied.

Exit codes: 0 archived, 3 something still names it, 4 there is no such client or segment.`,
    )
    .action(action(remove));
}

interface SegmentFile {
  readonly file: Definition;
  readonly definition: SegmentDefinition;
}

/** Reads all files before anything is done with the first; values of sealed fields are sealed in them. */
async function readFiles(
  { context, client }: SegmentScene,
  paths: readonly string[],
): Promise<readonly SegmentFile[]> {
  const files: SegmentFile[] = [];
  for (const { origin, open } of paths.length === 0 ? [] : await resolveInputs(paths)) {
    const written = readSegmentFile(Buffer.concat(await Array.fromAsync(open())), origin);
    const criteria = await sealedCriteria(context, client, written.definition);
    const [file] = await sealedDefinitions(context, client, [written.file]);
    files.push({
      file: must(file, "one definition stays one"),
      definition: { ...written.definition, criteria },
    });
  }
  return files;
}

async function planFiles(
  { subject, context }: SegmentScene,
  files: readonly SegmentFile[],
  { sample, signal }: { readonly sample: number; readonly signal: AbortSignal },
): Promise<readonly SegmentPlan[]> {
  return await planSegments(subject, {
    changes: files.map(({ definition }) => definition),
    clock: context.clock,
    sample,
    signal,
  });
}

function isRefused({ refusals }: SegmentPlan): boolean {
  return refusals.length > 0;
}

async function plan(
  invocation: Invocation,
  key: string,
  paths: readonly string[],
  { sample, ...asked }: SightOptions & { readonly sample: number },
): Promise<number> {
  const { output, signal } = invocation;
  const scene = await openScene(invocation, key);
  const files = await readFiles(scene, paths);
  const plans = await planFiles(scene, files, { sample, signal });
  const shown = await plansSeen(invocation, scene, { plans, files, asked });
  output.result({ client: key, plans: shown.map((one) => one.plan) }, (columns) =>
    renderPlans(shown, columns),
  );
  return plans.some(isRefused) ? EXIT_CODES.refused : 0;
}

/** Each plan as whoever asks may see it: with the ids of members whom they may see, or in counts. */
async function plansSeen(
  invocation: Invocation,
  scene: SegmentScene,
  {
    plans,
    files,
    asked,
  }: {
    readonly plans: readonly SegmentPlan[];
    readonly files: readonly SegmentFile[];
    readonly asked: SightOptions;
  },
): Promise<readonly ShownPlan[]> {
  const asks = (segment: string): AskedCriteria =>
    files.find(({ file }) => file.name === segment)?.definition ?? { segment };
  const view = await viewOfPlans(invocation, scene, {
    asked,
    criteria: plans.map(({ segment }) => asks(segment)),
  });
  return await Promise.all(
    plans.map(async (plan): Promise<ShownPlan> => {
      const { segment, entering, leaving } = plan;
      if (view.kind === "counts") {
        return { plan: planInCounts(plan, view), view };
      }
      const members = [...entering.sample, ...leaving.sample];
      const criteria = asks(segment);
      const named =
        members.length === 0
          ? new Set()
          : await namedAmong(scene, asked, { criteria, members, act: "preview" });
      const seenOf = (moved: SegmentPlan["entering"]): SegmentPlan["entering"] => ({
        ...moved,
        sample: moved.sample.filter((member) => named.has(member)),
      });
      return { plan: { ...plan, entering: seenOf(entering), leaving: seenOf(leaving) }, view };
    }),
  );
}

/** Of all plans together, since what one segment moves tells of those that it stands inside. */
async function viewOfPlans(
  invocation: Invocation,
  scene: SegmentScene,
  {
    asked,
    criteria,
  }: { readonly asked: SightOptions; readonly criteria: readonly AskedCriteria[] },
): Promise<CountsView> {
  try {
    const of = { segments: [], criteria };
    return (await openSight(invocation, scene, { asked, of })).view;
  } catch (error) {
    // One that is removed, or names what only another of the files has, cannot be read by itself.
    if (error instanceof NotFoundError || error instanceof InvalidInputError) {
      return countsOnly(scene.client.catalogue);
    }
    throw error;
  }
}

async function apply(
  invocation: Invocation,
  key: string,
  paths: readonly string[],
  { dryRun, ...asked }: SightOptions & { readonly dryRun?: boolean },
): Promise<number> {
  if (dryRun === true) {
    return await plan(invocation, key, paths, { sample: 5, ...asked });
  }
  const { output, signal } = invocation;
  const scene = await openScene(invocation, key);
  const files = await readFiles(scene, paths);
  const refused = (await planFiles(scene, files, { sample: 0, signal })).filter(isRefused);
  if (refused.length > 0) {
    const issues = refused.flatMap(({ segment, refusals }) =>
      refusals.map((message) => ({ at: segment, message })),
    );
    throw new RefusedError("segment-refused", "nothing is applied", issues);
  }
  await checkAsker(scene, asked);
  const { actor, clock } = scene.context;
  for (const { file } of files) {
    await applySegment(scene.subject, file, { actor, at: clock.now() });
  }
  const { settlement, viewOf } = await settlementSeen(invocation, scene, asked);
  output.result({ client: key, ...settlement }, () => renderSettlement(settlement, viewOf));
  return settlement.refused.length > 0 ? EXIT_CODES.refused : 0;
}

async function rollback(
  invocation: Invocation,
  key: string,
  segment: string,
  { to, ...asked }: SightOptions & { readonly to?: number },
): Promise<void> {
  const scene = await openScene(invocation, key);
  await checkAsker(scene, asked);
  const { clock, actor } = scene.context;
  const by = { actor, at: clock.now() };
  const applied = await rollbackSegment(scene.subject, { segment, version: to }, by);
  const { settlement, viewOf } = await settlementSeen(invocation, scene, asked);
  invocation.output.result({ client: key, ...applied, ...settlement }, () =>
    [
      `version ${applied.version} of ${segment} says what version ${applied.from} said`,
      renderSettlement(settlement, viewOf),
    ].join("\n"),
  );
}

async function remove(
  invocation: Invocation,
  key: string,
  segment: string,
  ...[asked]: [SightOptions]
): Promise<void> {
  const scene = await openScene(invocation, key);
  await checkAsker(scene, asked);
  const { clock, actor } = scene.context;
  await removeSegment(scene.subject, segment, { actor, at: clock.now() });
  const { settlement, viewOf } = await settlementSeen(invocation, scene, asked);
  invocation.output.result({ client: key, segment, ...settlement }, () =>
    renderSettlement(settlement, viewOf),
  );
}

async function versions(
  invocation: Invocation,
  key: string,
  segment: string,
  ...[asked]: [SightOptions]
): Promise<void> {
  const scene = await openScene(invocation, key);
  const all = await segmentVersions(scene.subject, segment);
  const of = { segments: [segment] };
  const { view } = await openSight(invocation, scene, { asked, of });
  const shown = (count: number | undefined) => count && shownCount(count, view);
  const found = all.map((one) => ({
    ...one,
    members: one.members && BigInt(shownCount(Number(one.members), view)),
    entered: shown(one.entered),
    left: shown(one.left),
  }));
  invocation.output.result({ client: key, segment, versions: found }, () =>
    renderTable(found, [
      { head: "version", cell: ({ version }) => version },
      { head: "state", cell: stateCell },
      { head: "members", cell: ({ members }) => sizeCell(members, view) },
      { head: "applied", cell: ({ appliedAt }) => appliedAt },
      { head: "by", cell: ({ appliedBy }) => appliedBy },
      { head: "in force since", cell: ({ switchedAt }) => switchedAt },
      { head: "entered", cell: ({ entered }) => sizeCell(entered, view) },
      { head: "left", cell: ({ left }) => sizeCell(left, view) },
      { head: "why", cell: whyCell },
    ]),
  );
}

function stateCell({ state, inForce }: SegmentVersion): string | undefined {
  return inForce ? "in force" : state;
}

function whyCell({ cause, failure }: SegmentVersion): string {
  if (failure !== undefined) {
    return failure;
  }
  switch (cause) {
    case "definition":
      return "its definition";
    case "follows":
      return "what stands inside it";
    default:
      return "removed";
  }
}
