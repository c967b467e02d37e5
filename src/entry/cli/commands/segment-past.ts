/** What became of memberships: entries and exits, two instants beside each other, sizes over time. */
import { Command, Option } from "commander";
import {
  compareInstants,
  countText,
  type CountsView,
  type HistoryEntry,
  history,
  type InstantComparison,
  type InstantMoves,
  type Trend,
  trend,
  trendSvg,
  type TrendStep,
} from "../../../modules/segments/index.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseId, parseLimit } from "../parse.ts";
import { refusePicture, writePicture } from "../picture.ts";
import { CAUSES, countCell } from "../segment-report.ts";
import {
  CLIENT,
  COUNTS_ONLY,
  type CountsOption,
  followed,
  instantOf,
  instantOrNow,
  openScene,
  SEGMENT,
  viewOf,
} from "../segment-scene.ts";
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
  return new Command("history")
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
  return new Command("compare")
    .description("who entered and who left a segment between two instants")
    .argument(...CLIENT)
    .argument(...SEGMENT)
    .requiredOption("--from <t>", "the earlier instant: RFC 3339, or a day (its beginning)")
    .option("--to <t>", "the later instant (default: now)")
    .option("--sample <n>", "show so many ids of those who moved", parseLimit, 5)
    .option(...COUNTS_ONLY)
    .action(action(compare));
}

export function trendCommand(): Command {
  return new Command("trend")
    .description("a segment's size, entries and exits, step by step")
    .argument(...CLIENT)
    .argument(...SEGMENT)
    .addOption(new Option("--step <step>", "how long a step is").choices(STEPS).default("day"))
    .option("--from <t>", `begin with the step of this instant (default: ${USUAL_STEPS} steps ago)`)
    .option("--to <t>", "end with the step of this instant (default: now)")
    .option("--svg <file>", "draw it, into a new file")
    .option(...COUNTS_ONLY)
    .action(action(runTrend));
}

interface HistoryOptions {
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
  const page = await history(scene.subject, { ...options, view: { kind: "everything" } });
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

interface RangeOptions extends CountsOption {
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
  const view = viewOf(scene, options);
  const compared = await compareInstants(scene.subject, {
    segment,
    from: instantOf(scene, options.from),
    to: instantOrNow(scene, options.to),
    sample: options.sample,
    view,
  });
  invocation.output.result({ client: key, ...compared }, () => renderComparison(compared, view));
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
  const view = viewOf(scene, options);
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
