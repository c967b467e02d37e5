/** What an edit of segments would do, and did. */
import {
  type CountsView,
  planCounts,
  type SegmentPlan,
  type Settlement,
  shownCount,
} from "../../modules/segments/index.ts";
import { sizeCell } from "./segment-report.ts";
import { renderFacts, renderTable, showCell } from "./table.ts";
import { wrapText } from "./wrap.ts";

const KINDS = {
  added: "new",
  changed: "changes",
  follows: "follows what stands inside it",
  same: "stays as it is",
  removed: "is removed",
} as const satisfies Record<SegmentPlan["kind"], string>;

/** A plan as whoever asks may see it. */
export interface ShownPlan {
  readonly plan: SegmentPlan;
  readonly view: CountsView;
}

/** A plan without ids, its counts rounded. */
export function planInCounts(plan: SegmentPlan, view: CountsView): SegmentPlan {
  const { before, after, entering, leaving } = planCounts(plan, view);
  return {
    ...plan,
    members: { before: BigInt(before), after: BigInt(after) },
    entering: { count: entering, sample: [] },
    leaving: { count: leaving, sample: [] },
  };
}

/** What came into force, as whoever asks may see it. */
export interface ShownSettlement {
  readonly settlement: Settlement;
  readonly viewOf: (segment: string) => CountsView;
}

/** A settlement with its counts rounded for those who may see no more. */
export function settlementInCounts(
  settlement: Settlement,
  viewOf: ShownSettlement["viewOf"],
): Settlement {
  const switched = settlement.switched.map((one) => {
    const shown = (count: number): number => shownCount(count, viewOf(one.segment));
    const members = BigInt(shown(Number(one.members)));
    return { ...one, members, entered: shown(one.entered), left: shown(one.left) };
  });
  return { ...settlement, switched };
}

/** Each planned segment with its figures below each other. */
export function renderPlans(plans: readonly ShownPlan[], columns: number | undefined): string {
  return plans.length === 0
    ? "nothing to do: every segment is in force as it is defined"
    : plans.map((shown) => renderPlan(shown, columns)).join("\n\n");
}

function renderPlan({ plan, view }: ShownPlan, columns: number | undefined): string {
  const { segment, kind, members, entering, leaving, cost } = plan;
  const facts: [string, string][] = [
    ["members", `${sizeText(members.before, view)} → ${sizeText(members.after, view)}`],
    ["would enter", movement(entering, view)],
    ["would leave", movement(leaving, view)],
  ];
  if (cost !== undefined) {
    facts.push(["cost", `${cost.batchMs.toFixed(1)} ms for each 1,000 changed members`]);
    if (cost.costliest !== undefined) {
      const { criteria, batchMs } = cost.costliest;
      facts.push(["most of it", `${batchMs.toFixed(1)} ms: ${criteria}`]);
    }
  }
  const sentence = plan.sentence === "" ? [] : wrapText(plan.sentence, columns ?? Infinity);
  return [
    `${segment} ${KINDS[kind]}`,
    ...sentence,
    renderFacts(facts),
    ...plan.warnings.map((warning) => `note: ${warning}`),
    ...plan.refusals.map((refusal) => `refused: ${refusal}`),
  ].join("\n");
}

function sizeText(size: bigint | number, view: CountsView): string {
  return showCell(sizeCell(size, view));
}

function movement({ count, sample }: SegmentPlan["entering"], view: CountsView): string {
  const ids = sample.join(", ");
  const more = count > sample.length ? ", …" : "";
  return sample.length === 0 ? sizeText(count, view) : `${showCell(count)} (${ids}${more})`;
}

/** What came into force, and what did not. */
export function renderSettlement(
  { switched, archived, refused, unfit }: Settlement,
  viewOf: ShownSettlement["viewOf"],
): string {
  const lines = [
    ...archived.map((name) => `${name} is archived`),
    ...refused.map(({ segment, version, reason }) => `${segment} ${version} refused: ${reason}`),
    ...unfit.map(({ name, reason }) => `${name} stays as it was: ${reason}`),
  ];
  const table = renderTable(switched, [
    { head: "in force", cell: ({ segment }) => segment },
    { head: "version", cell: ({ version }) => version },
    { head: "members", cell: ({ segment, members }) => sizeCell(members, viewOf(segment)) },
    { head: "entered", cell: ({ segment, entered }) => sizeCell(entered, viewOf(segment)) },
    { head: "left", cell: ({ segment, left }) => sizeCell(left, viewOf(segment)) },
  ]);
  const parts = [...(switched.length === 0 ? [] : [table]), ...lines];
  return parts.length === 0 ? "nothing to do: every segment is in force" : parts.join("\n");
}
