/** What became of memberships: entries and exits, two instants beside each other, sizes over time. */
import { Command, Option } from "commander";
import {
  compareInstants,
  countText,
  type CountsView,
  EVERYTHING,
  type HistoryEntry,
  history,
  type InstantComparison,
  type InstantMoves,
  type Trend,
  trend,
  trendSvg,
  type TrendStep,
} from "../../../modules/segments/index.ts";
import { type AskingOptions, withAsking } from "../asking.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseId, parseLimit } from "../parse.ts";
import { refusePicture, writePicture } from "../picture.ts";
import { CAUSES, countCell } from "../segment-report.ts";
import {
  CLIENT,
  followed,
  instantOf,
  instantOrNow,
  openScene,
  SEGMENT,
  type SegmentScene,
} from "../segment-scene.ts";
import { namedAmong, openSight, type SightOptions, withSight } from "../segment-sight.ts";
import { renderFacts, renderTable, showCell } from "../table.ts";

const STEPS: readonly TrendStep[] = ["hour", "day", "week", "month"];

/** So many steps end with the present when a trend is not told where to begin. */
const USUAL_STEPS = 14;

const STEP_MS: Readonly<Record<TrendStep, number>> = {
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
};

export function historyCommand(): Command {
  return withAsking(new Command("history"))
    .description("who entered and left, the newest first, and what caused it")
    .argument(...CLIENT)
    .option("--segment <name>", "of this segment")
    .option("--member <id>", "of this customer, account or event", parseId)
    .option("--limit <n>", "at most so many", parseLimit, 20)
    .option("--before <change>", "go on with what was before this change", parseId)
    .addHelpText(
      "after",
      `
  waybill segment history freight --segment overdue-gold
  waybill segment history telecom --member 4711`,
    )
    .action(action(runHistory));
}

export function compareCommand(): Command {
  return withSight(new Command("compare"))
    .description("who entered and who left a segment between two instants")
    .argument(...CLIENT)
    .argument(...SEGMENT)
    .requiredOption("--from <t>", "the earlier instant: RFC 3339, or a day (its beginning)")
    .option("--to <t>", "the later instant (default: now)")
    .option("--sample <n>", "show so many ids of those who moved", parseLimit, 5)
    .action(action(compare));
}

export function trendCommand(): Command {
  return withSight(new Command("trend"))
    .description("a segment's size, entries and exits, step by step")
    .argument(...CLIENT)
    .argument(...SEGMENT)
    .addOption(new Option("--step <step>", "how long a step is").choices(STEPS).default("day"))
    .option("--from <t>", `begin with the step of this instant (default: ${USUAL_STEPS} steps ago)`)
    .option("--to <t>", "end with the step of this instant (default: now)")
    .option("--svg <file>", "draw it, into a new file")
    .action(action(runTrend));
}

interface HistoryOptions extends AskingOptions {
  readonly segment?: string;
  readonly member?: bigint;
  readonly limit: number;
  readonly before?: bigint;
}

async function runHistory(
  invocation: Invocation,
  key: string,
  options: HistoryOptions,
): Promise<void> {
  const { output, signal } = invocation;
  const scene = await openScene(invocation, key);
  await followed(scene, signal);
  const { segment, member, limit, before, ...asked } = options;
  const all = await history(scene.subject, { segment, member, limit, before, view: EVERYTHING });
  const page = {
    ...all,
    entries: await entriesSeen(invocation, scene, { asked, entries: all.entries }),
  };
  output.result({ client: key, ...page }, () =>
    page.entries.length === 0
      ? "nobody has entered or left since memberships are kept"
      : renderTable(page.entries, [
          { head: "change", cell: ({ change }) => change.toString() },
          { head: "at", cell: ({ at }) => at },
          { head: "segment", cell: ({ segment }) => segment },
          { head: "version", cell: ({ version }) => version.toString() },
          { head: "member", cell: memberCell },
          { head: "what", cell: ({ kind }) => kind },
          { head: "why", cell: whyCell },
          { head: "until", cell: (entry) => ("until" in entry ? entry.until : undefined) },
        ]),
  );
  if (page.next !== undefined) {
    output.note(`there are more: go on with --before ${page.next}`);
  }
}

/**
 * The moves of those whom whoever asks may see, segment by segment. What segments say that look at more than
 * they may see is left out, switches with their counts too.
 */
async function entriesSeen(
  invocation: Invocation,
  scene: SegmentScene,
  { asked, entries }: { readonly asked: AskingOptions; readonly entries: readonly HistoryEntry[] },
): Promise<readonly HistoryEntry[]> {
  const bySegment = Map.groupBy(entries, (entry) => entry.segment);
  const of = { segments: [...bySegment.keys()] };
  const { viewOf } = await openSight(invocation, scene, { asked, of });
  const seen = new Map<string, ReadonlySet<bigint>>();
  for (const [segment, own] of bySegment) {
    if (viewOf(segment).kind === "everything") {
      const members = own.flatMap((entry) => (entry.kind === "switched" ? [] : [entry.member]));
      seen.set(segment, await namedAmong(scene, asked, { criteria: { segment }, members }));
    }
  }
  if (seen.size < bySegment.size) {
    invocation.output.note("left out: segments that look at what you may not see in clear");
  }
  return entries.filter((entry) => {
    const named = seen.get(entry.segment);
    return named !== undefined && (entry.kind === "switched" || named.has(entry.member));
  });
}

function memberCell(entry: HistoryEntry): string | undefined {
  return entry.kind === "switched" ? undefined : entry.member.toString();
}

function whyCell(entry: HistoryEntry): string {
  if (entry.kind === "switched") {
    return `${showCell(entry.entered)} entered and ${showCell(entry.left)} left by the new version`;
  }
  const by = entry.causedBy === null ? "" : ` (${entry.causedBy})`;
  return `${CAUSES[entry.cause]}${by}`;
}

interface RangeOptions extends SightOptions {
  readonly from?: string;
  readonly to?: string;
}

async function compare(
  invocation: Invocation,
  key: string,
  segment: string,
  ...[options]: [RangeOptions & { readonly from: string; readonly sample: number }]
): Promise<void> {
  const scene = await openScene(invocation, key);
  await followed(scene, invocation.signal);
  const of = { segments: [segment] };
  const { view } = await openSight(invocation, scene, { asked: options, of });
  const all = await compareInstants(scene.subject, {
    segment,
    from: instantOf(scene, options.from),
    to: instantOrNow(scene, options.to),
    sample: options.sample,
    view,
  });
  const compared = await comparisonSeen(scene, options, { segment, all });
  invocation.output.result({ client: key, ...compared }, () => renderComparison(compared, view));
}

/** The comparison with the ids of those only whom whoever asks may see. */
async function comparisonSeen(
  scene: SegmentScene,
  asked: AskingOptions,
  { segment, all }: { readonly segment: string; readonly all: InstantComparison },
): Promise<InstantComparison> {
  const { moves } = all;
  if (moves === undefined) {
    return all;
  }
  const members = [...moves.entered.sample, ...moves.left.sample];
  const seen = await namedAmong(scene, asked, { criteria: { segment }, members });
  const seenOf = (moved: InstantMoves["entered"]): InstantMoves["entered"] => ({
    ...moved,
    sample: moved.sample.filter((member) => seen.has(member)),
  });
  return { ...all, moves: { ...moves, entered: seenOf(moves.entered), left: seenOf(moves.left) } };
}

function renderComparison({ from, to, moves }: InstantComparison, view: CountsView): string {
  const sizes = [
    [showCell(from.at), countText(from.members, view)],
    [showCell(to.at), countText(to.members, view)],
  ] as const;
  if (moves === undefined) {
    return renderFacts(sizes);
  }
  return renderFacts([
    ...sizes,
    ["entered", moved(moves.entered)],
    ["left", moved(moves.left)],
    ["stayed", showCell(moves.stayed)],
    ["of them, out in between", showCell(moves.returned)],
    ["in in between only", showCell(moves.visited)],
  ]);
}

function moved({ members, sample }: InstantMoves["entered"]): string {
  const ids = `${sample.join(", ")}${sample.length < members ? ", …" : ""}`;
  return sample.length === 0 ? showCell(members) : `${showCell(members)} (${ids})`;
}

async function runTrend(
  invocation: Invocation,
  key: string,
  segment: string,
  ...[options]: [RangeOptions & { readonly step: TrendStep; readonly svg?: string }]
): Promise<void> {
  await refusePicture(options.svg);
  const scene = await openScene(invocation, key);
  await followed(scene, invocation.signal);
  const of = { segments: [segment] };
  const { view } = await openSight(invocation, scene, { asked: options, of });
  const to = instantOrNow(scene, options.to);
  const from =
    options.from === undefined
      ? new Date(to.getTime() - (USUAL_STEPS - 1) * STEP_MS[options.step])
      : instantOf(scene, options.from);
  const found = await trend(scene.subject, { segment, from, to, step: options.step, view });
  await writePicture(options.svg, () => trendSvg(found, { title: `${segment} of ${key}`, view }));
  invocation.output.result({ client: key, ...found }, () => renderTrend(found, view));
}

function renderTrend({ segment, since, points, versions }: Trend, view: CountsView): string {
  return [
    `${segment} is followed since ${showCell(since)}`,
    "",
    renderTable(points, [
      { head: "from", cell: ({ from }) => from },
      { head: "entered", cell: ({ entered }) => countCell(entered, view) },
      { head: "left", cell: ({ left }) => countCell(left, view) },
      { head: "members", cell: ({ members }) => countCell(members, view) },
    ]),
    ...versions.map(({ version, at, archived }) =>
      archived ? `archived ${showCell(at)}` : `version ${version} in force since ${showCell(at)}`,
    ),
  ].join("\n");
}
