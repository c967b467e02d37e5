import { type CountsView, shownParts } from "../analysis/counts-view.ts";
import type { PlannedKind, SegmentPlan } from "./plan.ts";

/** What applying a definition would change, in numbers alone. */
export interface PlanCounts {
  readonly segment: string;
  readonly kind: PlannedKind;
  readonly before: number;
  readonly after: number;
  readonly entering: number;
  readonly leaving: number;
}

/** A plan as whoever asks may see it. Its parts are who stays, who comes and who goes. */
export function planCounts(plan: SegmentPlan, view: CountsView): PlanCounts {
  const { segment, kind } = plan;
  const parts = [
    Number(plan.members.before) - plan.leaving.count,
    plan.entering.count,
    plan.leaving.count,
  ];
  const [staying = 0, entering = 0, leaving = 0] = shownParts(parts, view);
  return { segment, kind, before: staying + leaving, after: staying + entering, entering, leaving };
}
