/** Entries into a segment and exits from it, step by step since its beginning. */
import { must } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { selectFlows, type SegmentPast } from "../store/past.ts";
import { shownSteps, type CountsView } from "./counts-view.ts";

/** One step: from its boundary up to the next one, without it. */
export interface ShownFlow {
  /** In when the segment came into force without taking the place of another version. */
  readonly began: number;
  readonly entered: number;
  readonly left: number;
  /** Members at the end of the step. */
  readonly members: number;
}

/**
 * The steps before the first boundary (one), from each boundary to the next, and after the last.
 *
 * Beginnings with entries, and exits, are rounded as two rows of running totals from the beginning of the
 * segment on, so that every question about its course gets numbers of the same two rows, and sizes, which
 * are their difference, are never below zero.
 */
export async function shownFlows(
  tx: Transaction,
  past: SegmentPast,
  { boundaries, view }: { readonly boundaries: readonly Date[]; readonly view: CountsView },
): Promise<readonly ShownFlow[]> {
  const { segment, standings } = past;
  const removals = standings.flatMap(({ isRemoval, change }) =>
    isRemoval && change !== null ? [change] : [],
  );
  const flows = await selectFlows(tx, segment, { boundaries, removals });
  const steps = Array.from({ length: boundaries.length + 1 }, () => ({
    began: 0,
    entered: 0,
    left: 0,
  }));
  for (const { step, entered, left } of flows) {
    const at = must(steps[step], "every instant is in a step");
    at.entered += entered;
    at.left += left;
  }
  for (const { step, began } of beginnings(past, { flows, boundaries })) {
    must(steps[step], "every instant is in a step").began += began;
  }
  const arrived = shownSteps(
    steps.flatMap(({ began, entered }) => [began, entered]),
    view,
  );
  const left = shownSteps(
    steps.map((step) => step.left),
    view,
  );
  let members = 0;
  return steps.map((_, index) => {
    const [began = 0, entered = 0] = arrived.slice(index * 2);
    const gone = left[index] ?? 0;
    members += began + entered - gone;
    return { began, entered, left: gone, members };
  });
}

/**
 * Who was in when a version came into force that took the place of none. The history says what happened
 * since, and the end is known: who is in now, or, at a removal, nobody.
 */
function beginnings(
  { members, slot, standings }: SegmentPast,
  known: {
    readonly flows: readonly { era: number; entered: number; left: number }[];
    readonly boundaries: readonly Date[];
  },
) {
  const starts = standings.filter(
    ({ isRemoval }, index) => !isRemoval && (standings[index - 1]?.isRemoval ?? true),
  );
  return starts.map(({ at }, era) => {
    const isLast = era === starts.length - 1 && slot !== null;
    const net = known.flows
      .filter((flow) => flow.era === era)
      .reduce((sum, { entered, left }) => sum + entered - left, 0);
    return {
      step: known.boundaries.filter((boundary) => boundary <= at).length,
      began: (isLast ? members : 0) - net,
    };
  });
}
