/** What a segment is made of: its conditions one by one, and its members beside everybody else. */
import { Command } from "commander";
import { InvalidInputError } from "../../../kernel/index.ts";
import { customerDataset, findDataset } from "../../../modules/contracts/index.ts";
import {
  bestLift,
  type CountsView,
  type FieldPlace,
  type Funnel,
  funnel,
  type Profile,
  profile,
  type RankedField,
  type Selected,
  subjectOf,
} from "../../../modules/segments/index.ts";
import { sealedCriteria } from "../../sealing.ts";
import { action, type Invocation } from "../invocation.ts";
import { parseCount } from "../parse.ts";
import { countCell, percent } from "../segment-report.ts";
import {
  CLIENT,
  followed,
  instantOrNow,
  openScene,
  SEGMENT,
  type SegmentScene,
} from "../segment-scene.ts";
import { openSight, type SightOptions, withSight } from "../segment-sight.ts";
import { renderTable } from "../table.ts";

const CRITERIA = ["--criteria <cel>", "of criteria instead of a segment"] as const;
const SUBJECT = ["--subject <dataset>", "of criteria: whose rows are the members"] as const;

export function funnelCommand(): Command {
  return withSight(new Command("funnel"))
    .description("how many members each condition keeps, alone and after those before it")
    .argument(...CLIENT)
    .argument("[segment]", "the segment's name")
    .option(...CRITERIA)
    .option(...SUBJECT)
    .addHelpText(
      "after",
      `
Of the conditions that are joined by && at the top. 'without' says what leaving out that one would bring.

  waybill segment funnel freight overdue-gold
  waybill segment funnel telecom --criteria 'customer.churned == false && calls.within("30d").any()'`,
    )
    .action(action(runFunnel));
}

export function profileCommand(): Command {
  return withSight(new Command("profile"))
    .description("a field's values among the members, beside everybody else")
    .argument(...CLIENT)
    .argument(...SEGMENT)
    .argument("[field]", "the field (default: all fields, those first that tell most)")
    .option("--buckets <n>", "at most so many values or ranges, 2 to 100", parseCount, 10)
    .addHelpText(
      "after",
      `
Lift is how much more frequent a value is inside than among everybody; V (Cramér) says how much a field
tells of who is in, from 0 to 1; p is the chance of so great a difference by accident.

  waybill segment profile telecom churned contract
  waybill segment profile telecom churned`,
    )
    .action(action(runProfile));
}

interface FunnelOptions extends SightOptions {
  readonly criteria?: string;
  readonly subject?: string;
}

async function runFunnel(
  invocation: Invocation,
  key: string,
  segment: string | undefined,
  options: FunnelOptions,
): Promise<void> {
  const selected = selectedBy(segment, options);
  const scene = await openScene(invocation, key);
  const asOf = instantOrNow(scene, undefined);
  const asked =
    "criteria" in selected
      ? { ...selected, criteria: await sealedCriteria(scene.context, scene.client, selected) }
      : selected;
  const of =
    "criteria" in asked ? { segments: [], criteria: [asked] } : { segments: [asked.segment] };
  const { view } = await openSight(invocation, scene, { asked: options, of });
  const found = await funnel(scene.subject, { ...asked, asOf, view });
  invocation.output.result({ client: key, ...selected, asOf, ...found }, () =>
    renderFunnel(found, view),
  );
}

function selectedBy(segment: string | undefined, { criteria, subject }: FunnelOptions): Selected {
  if (segment !== undefined && criteria === undefined) {
    return { segment };
  }
  if (segment === undefined && criteria !== undefined) {
    return { criteria, subject };
  }
  throw new InvalidInputError("funnel-of-what", "a funnel is of a segment or of --criteria", [], {
    hint: "give either the one or the other",
  });
}

function renderFunnel({ everybody, steps, members }: Funnel, view: CountsView): string {
  const rows = [
    { sentence: "everybody", alone: undefined, together: everybody, without: undefined },
    ...steps,
    { sentence: "members", alone: undefined, together: members, without: undefined },
  ];
  const cell = (count: number | undefined) => (count === undefined ? "" : countCell(count, view));
  return renderTable(rows, [
    { head: "left", cell: ({ together }) => cell(together) },
    { head: "alone", cell: ({ alone }) => cell(alone) },
    { head: "without", cell: ({ without }) => cell(without) },
    { head: "condition", cell: ({ sentence }) => sentence },
  ]);
}

async function runProfile(
  invocation: Invocation,
  key: string,
  segment: string,
  ...[field, options]: [string | undefined, SightOptions & { readonly buckets: number }]
): Promise<void> {
  const { output, signal } = invocation;
  const scene = await openScene(invocation, key);
  await followed(scene, signal);
  const fields = await profiledFields(scene, segment, field);
  const of = { segments: [segment], fields };
  const { view } = await openSight(invocation, scene, { asked: options, of });
  const { buckets } = options;
  if (field === undefined) {
    const ranked = await bestLift(scene.subject, { segment, buckets, view });
    output.result({ client: key, segment, fields: ranked }, () => renderRanking(ranked));
    return;
  }
  const asOf = instantOrNow(scene, undefined);
  const found = await profile(scene.subject, { segment, field, buckets, view, asOf });
  output.result({ client: key, segment, ...found }, () => renderProfile(found, view));
}

/** The fields whose values a profile counts: the one that is named, or all of the members'. */
async function profiledFields(
  { context, client, subject }: SegmentScene,
  segment: string,
  field: string | undefined,
): Promise<readonly FieldPlace[]> {
  const { catalogue } = subject;
  const of = await context.db.scoped(client.scope, (tx) => subjectOf(tx, catalogue, segment), {
    readOnly: true,
  });
  const dataset = of === undefined ? customerDataset(catalogue) : findDataset(catalogue, of);
  return (dataset?.fields ?? [])
    .filter(({ name }) => field === undefined || name === field)
    .map(({ name }) => ({ dataset: dataset?.name ?? "", field: name }));
}

function renderProfile(
  { title, buckets, significance, ...sizes }: Profile,
  view: CountsView,
): string {
  const table = renderTable(buckets, [
    { head: title, cell: ({ label }) => label },
    { head: "inside", cell: ({ inside }) => countCell(inside, view) },
    { head: "share", cell: ({ shareInside }) => percent(shareInside).padStart(7) },
    { head: "outside", cell: ({ outside }) => countCell(outside, view) },
    { head: "share", cell: ({ shareOutside }) => percent(shareOutside).padStart(7) },
    { head: "lift", cell: ({ lift }) => lift?.toFixed(2).padStart(5) },
    { head: "p", cell: ({ pValue }) => chance(pValue) },
  ]);
  const { cramersV, pValue } = significance;
  return [
    table,
    "",
    `${sizes.inside.toLocaleString("en-US")} inside, ${sizes.outside.toLocaleString("en-US")} outside; V ${cramersV.toFixed(3)}, p ${chance(pValue)}`,
  ].join("\n");
}

function renderRanking(fields: readonly RankedField[]): string {
  return renderTable(fields, [
    { head: "field", cell: ({ field }) => field },
    { head: "V", cell: ({ significance }) => significance.cramersV.toFixed(3) },
    { head: "p", cell: ({ significance }) => chance(significance.pValue) },
    { head: "most above the rest", cell: ({ best }) => best?.label },
    { head: "lift", cell: ({ best }) => best?.lift?.toFixed(2) },
    { head: "", cell: ({ isInCriteria }) => (isInCriteria ? "in its criteria" : "") },
  ]);
}

/** Below a thousandth the exact number says nothing more. */
function chance(pValue: number): string {
  return pValue < 0.001 ? "< 0.001" : pValue.toFixed(3);
}
