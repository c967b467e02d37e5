/** What an edit of segments would do, and did. */
import type { SegmentPlan, Settlement } from "../../modules/segments/index.ts";
import { renderFacts, renderTable, showCell } from "./table.ts";
import { wrapText } from "./wrap.ts";

const KINDS = {
  added: "new",
  changed: "changes",
  follows: "follows what stands inside it",
  same: "stays as it is",
  removed: "is removed",
} as const satisfies Record<SegmentPlan["kind"], string>;

/** Each planned segment with its figures below each other. */
export function renderPlans(plans: readonly SegmentPlan[], columns: number | undefined): string {
  return plans.length === 0
    ? "nothing to do: every segment is in force as it is defined"
    : plans.map((plan) => renderPlan(plan, columns)).join("\n\n");
}

function renderPlan(plan: SegmentPlan, columns: number | undefined): string {
  const { segment, kind, members, entering, leaving, cost } = plan;
  const facts: [string, string][] = [
    ["members", `${showCell(members.before)} → ${showCell(members.after)}`],
    ["would enter", movement(entering)],
    ["would leave", movement(leaving)],
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

function movement({ count, sample }: SegmentPlan["entering"]): string {
  const ids = sample.join(", ");
  const more = count > sample.length ? ", …" : "";
  return sample.length === 0 ? showCell(count) : `${showCell(count)} (${ids}${more})`;
}

/** What came into force, and what did not. */
export function renderSettlement({ switched, archived, refused, unfit }: Settlement): string {
  const lines = [
    ...archived.map((name) => `${name} is archived`),
    ...refused.map(({ segment, version, reason }) => `${segment} ${version} refused: ${reason}`),
    ...unfit.map(({ name, reason }) => `${name} stays as it was: ${reason}`),
  ];
  const table = renderTable(switched, [
    { head: "in force", cell: ({ segment }) => segment },
    { head: "version", cell: ({ version }) => version },
    { head: "members", cell: ({ members }) => members },
    { head: "entered", cell: ({ entered }) => entered },
    { head: "left", cell: ({ left }) => left },
  ]);
  const parts = [...(switched.length === 0 ? [] : [table]), ...lines];
  return parts.length === 0 ? "nothing to do: every segment is in force" : parts.join("\n");
}
