import { expect, test } from "vitest";
import { EVERYTHING } from "../analysis/counts-view.ts";
import type { SegmentPlan } from "./plan.ts";
import { planCounts } from "./plan-counts.ts";

const plan: SegmentPlan = {
  segment: "vip",
  kind: "changed",
  sentence: "",
  members: { before: 57n, after: 84n },
  entering: { count: 34, sample: [1n, 2n] },
  leaving: { count: 7, sample: [3n] },
  warnings: [],
  refusals: [],
  cost: undefined,
};

test("who may see everything sees the numbers of the plan, and no ids", () => {
  expect(planCounts(plan, EVERYTHING)).toEqual({
    segment: "vip",
    kind: "changed",
    before: 57,
    after: 84,
    entering: 34,
    leaving: 7,
  });
});

test("of small numbers nothing is left to be calculated: 7 who leave are nobody", () => {
  const counts = planCounts(plan, { kind: "counts", minimum: 10 });

  expect(counts).toMatchObject({ before: 50, after: 80, entering: 30, leaving: 0 });
});
