/** How segments lie over each other. */
import { Command } from "commander";
import {
  countText,
  type CountsView,
  type Overlap,
  overlap,
  type OverlapPair,
  overlapSvg,
  type Upset,
  upset,
  upsetSvg,
} from "../../../modules/segments/index.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseLimit } from "../parse.ts";
import { refusePicture, writePicture } from "../picture.ts";
import { countCell, percent } from "../segment-report.ts";
import { CLIENT, followed, openScene } from "../segment-scene.ts";
import { openSight, type SightOptions, withSight } from "../segment-sight.ts";
import { renderTable } from "../table.ts";

export function overlapCommand(): Command {
  return withSight(new Command("overlap"))
    .description("how many members segments share, two by two or exactly")
    .argument(...CLIENT)
    .argument("[segment...]", "these (default: all of the customers)")
    .option("--subject <dataset>", "without names: all segments of these members instead")
    .option("--upset", "who is in exactly these and in no other, instead of pairs")
    .option("--limit <n>", "at most so many rows, the largest first", parseLimit, 30)
    .option("--svg <file>", "draw it, into a new file")
    .addHelpText(
      "after",
      `
Of a pair: the members of both, their share of each segment, and of those in at least one (Jaccard).
With --upset every member counts once, in the combination of segments it is in.

  waybill segment overlap retail champions big-spenders lapsed
  waybill segment overlap freight --subject accounts --upset --svg accounts.svg`,
    )
    .action(action(runOverlap));
}

interface OverlapOptions extends SightOptions {
  readonly subject?: string;
  readonly upset?: boolean;
  readonly limit: number;
  readonly svg?: string;
}

async function runOverlap(
  invocation: Invocation,
  key: string,
  names: readonly string[],
  options: OverlapOptions,
): Promise<void> {
  const { output, signal } = invocation;
  const { limit, svg } = options;
  await refusePicture(svg);
  const scene = await openScene(invocation, key);
  await followed(scene, signal);
  const of = { segments: names.length === 0 ? undefined : names };
  const { view } = await openSight(invocation, scene, { asked: options, of });
  const question = {
    names: names.length === 0 ? undefined : names,
    subject: options.subject,
    view,
  };
  if (options.upset === true) {
    const found = await upset(scene.subject, { ...question, limit });
    await writePicture(svg, () => upsetSvg(found, { title: `Segments of ${key}`, view }));
    output.result({ client: key, ...found }, () => renderUpset(found, view));
  } else {
    const found = await overlap(scene.subject, question);
    await writePicture(svg, () => overlapSvg(found, { title: `Segments of ${key}`, view }));
    output.result({ client: key, ...found }, () => renderOverlap(found, { view, limit }));
  }
}

interface Rendering {
  readonly view: CountsView;
  readonly limit: number;
}

function renderOverlap({ subject, segments, pairs }: Overlap, { view, limit }: Rendering): string {
  if (segments.length === 0) {
    return `there are no segments of ${subject}`;
  }
  const sharing = pairs.filter(({ both }) => both > 0);
  const largest = sharing.toSorted((one, other) => other.both - one.both).slice(0, limit);
  const rest = sharing.length - largest.length;
  const apart = pairs.length - sharing.length;
  const few = view.kind === "everything" ? "nobody" : "nobody or few";
  return [
    renderSizes(segments, view),
    ...(largest.length === 0 ? [] : ["", renderPairs(largest, view)]),
    ...(rest === 0 ? [] : [`and ${rest} pairs more: --limit shows them`]),
    ...(apart === 0 ? [] : [`${apart} of ${pairs.length} pairs share ${few}`]),
  ].join("\n");
}

function renderPairs(pairs: readonly OverlapPair[], view: CountsView): string {
  return renderTable(pairs, [
    { head: "segment", cell: ({ left }) => left },
    { head: "and", cell: ({ right }) => right },
    { head: "members of both", cell: ({ both }) => countCell(both, view) },
    { head: "of the first", cell: ({ shareOfLeft }) => percent(shareOfLeft).padStart(12) },
    { head: "of the second", cell: ({ shareOfRight }) => percent(shareOfRight).padStart(13) },
    { head: "Jaccard", cell: ({ jaccard }) => jaccard.toFixed(3).padStart(7) },
  ]);
}

function renderUpset({ subject, segments, combinations, others }: Upset, view: CountsView): string {
  if (segments.length === 0) {
    return `there are no segments of ${subject}`;
  }
  const rest =
    others.combinations === 0
      ? []
      : [
          `and ${others.combinations} combinations more, with ${countText(others.members, view)} ${subject}`,
        ];
  return [
    renderSizes(segments, view),
    "",
    renderTable(combinations, [
      { head: subject, cell: ({ members }) => countCell(members, view) },
      { head: "in exactly", cell: (row) => row.segments.join(" + ") },
    ]),
    ...rest,
  ].join("\n");
}

function renderSizes(segments: Overlap["segments"], view: CountsView): string {
  return renderTable(segments, [
    { head: "segment", cell: ({ name }) => name },
    { head: "members", cell: ({ members }) => countCell(members, view) },
  ]);
}
