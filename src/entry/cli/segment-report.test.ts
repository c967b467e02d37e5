import { describe, expect, test } from "vitest";
import {
  type CountsView,
  EVERYTHING,
  type Membership,
  type SegmentPlan,
} from "../../modules/segments/index.ts";
import { watchedLine } from "./commands/segment-watching.ts";
import { planInCounts, renderPlans, renderSettlement, settlementInCounts } from "./segment-plan.ts";
import { oneOf, renderForecast, renderMembership, stateText } from "./segment-report.ts";

const COUNTS: CountsView = { kind: "counts", minimum: 10 };

const asOf = new Date("2026-03-01T12:00:00Z");
const since = new Date("2026-02-01T08:30:00Z");
const until = new Date("2026-03-05T23:00:00Z");

const membership: Membership = {
  member: true,
  until,
  explanation: {
    truth: "true",
    criteria: "orders.none()",
    sentence: "there are no orders",
    actual: [{ label: "the number of orders", value: "0" }],
    children: [],
  },
  kept: {
    member: true,
    version: 3,
    since,
    move: {
      kind: "entered",
      change: 12n,
      at: since,
      segment: "quiet",
      version: 3,
      member: 7n,
      cause: "change",
      causedBy: 11n,
      until: null,
    },
  },
  pin: undefined,
};
const question = { segment: "quiet", member: 7n, asOf };

test("an explanation says whether, until when, since when and by what, above the condition", () => {
  expect(renderMembership(membership, question).split("\n")).toEqual([
    "7 is in quiet as of 2026-03-01T12:00:00Z; that holds until 2026-03-05T23:00:00Z unless something happens",
    "it has been so since 2026-02-01T08:30:00Z: something changed, change 11; version 3",
    "",
    "✓ there are no orders   (the number of orders: 0)",
  ]);
});

test("an explanation of another instant says nothing of what is kept", () => {
  const text = renderMembership({ ...membership, kept: undefined, until: undefined }, question);

  expect(text.split("\n").slice(0, 2)).toEqual([
    "7 is in quiet as of 2026-03-01T12:00:00Z; time alone does not change that",
    "",
  ]);
});

test.each([
  [null, "it is pinned out by alice: asked for it"],
  [until, "it is pinned out by alice until 2026-03-05T23:00:00Z: asked for it"],
  [since, "it was pinned out by alice until 2026-02-01T08:30:00Z: asked for it"],
])("a pin that expires at %s is part of the explanation", (expiresAt, sentence) => {
  const pin = {
    segment: "quiet",
    member: 7n,
    direction: "out" as const,
    expiresAt,
    reason: "asked for it",
    pinnedAt: since,
    pinnedBy: "alice",
  };

  expect(renderMembership({ ...membership, pin }, question)).toContain(`\n${sentence}\n`);
});

describe("a watch's line", () => {
  const entry = {
    change: 4711n,
    at: asOf,
    segment: "overdue",
    version: 2,
    subject: "tickets",
  };

  test("says who, what, why and until when", () => {
    const line = watchedLine({ ...entry, kind: "entered", member: 8n, cause: "time", until });

    expect(line).toBe(
      "  4711  2026-03-01T12:00:00Z  overdue: ticket 8 entered, by time alone, until 2026-03-05T23:00:00Z unless something happens",
    );
  });

  test("says of a switch which version is in force", () => {
    const line = watchedLine({
      ...entry,
      kind: "switched",
      member: null,
      cause: null,
      until: null,
    });

    expect(line).toBe("  4711  2026-03-01T12:00:00Z  overdue: version 2 is in force");
  });
});

test.each([
  [{ kind: "live" } as const, "live"],
  [{ kind: "waiting" } as const, "waiting"],
  [{ kind: "filling", version: 2, share: 0.439 } as const, "filling 43 %"],
  [{ kind: "refused", version: 2, reason: "too large" } as const, "refused: too large"],
  [{ kind: "unfit", reason: "no such field" } as const, "unfit: no such field"],
])("the state %o reads %s", (state, text) => {
  expect(stateText(state)).toBe(text);
});

test.each([
  ["customers", "customer"],
  ["companies", "company"],
  ["staff", "staff"],
])("one of %s is a %s", (dataset, one) => {
  expect(oneOf(dataset)).toBe(one);
});

test("a forecast names those who come soonest, and says how many more there are", () => {
  const expected = {
    segment: "quiet",
    subject: "customers",
    from: asOf,
    to: until,
    members: { now: 1_200, then: 1_201 },
    entering: { count: 2, first: [{ member: 8n, at: until }] },
    leaving: { count: 0, first: [] },
  };
  const text = renderForecast(expected, EVERYTHING);

  expect(text).toContain(
    "2 will enter quiet:\nmember  at\n8       2026-03-05T23:00:00Z\nand 1 more",
  );
  expect(text).toContain("nobody will leave quiet by time alone");
});

test("a forecast in counts names nobody, and does not tell few from none", () => {
  const none = { count: 0, first: [] };
  const text = renderForecast(
    {
      segment: "quiet",
      subject: "customers",
      from: asOf,
      to: until,
      members: { now: 1_200, then: 1_200 },
      entering: none,
      leaving: none,
    },
    COUNTS,
  );

  expect(text).toContain(
    "<10 will enter quiet by time alone\n\n<10 will leave quiet by time alone",
  );
});

const planned: SegmentPlan = {
  segment: "quiet",
  kind: "changed",
  sentence: "Customers without orders.",
  members: { before: 57n, after: 48n },
  entering: { count: 0, sample: [] },
  leaving: { count: 9, sample: [3n, 5n] },
  warnings: ["it is always true"],
  refusals: ["it has more members than its limit"],
  cost: { batchMs: 1.25, scan: 1, costliest: undefined },
};

test("a plan in counts has neither ids nor a number below the minimum", () => {
  const plan = planInCounts(planned, COUNTS);

  expect(plan).toMatchObject({
    members: { before: 40n, after: 40n },
    entering: { count: 0, sample: [] },
    leaving: { count: 0, sample: [] },
  });
  expect(renderPlans([{ plan, view: COUNTS }], undefined)).toContain(
    "members      40 → 40\nwould enter  <10\nwould leave  <10\n",
  );
});

test("a settlement in counts shows each segment by what may be seen of it", () => {
  const version = { version: 2, before: 1, members: 57n, entered: 12, left: 3 };
  const settlement = {
    switched: [
      { segment: "quiet", ...version },
      { segment: "loud", ...version },
    ],
    archived: [],
    refused: [],
    unfit: [],
  };
  const viewOf = (segment: string) => (segment === "quiet" ? COUNTS : EVERYTHING);
  const seen = settlementInCounts(settlement, viewOf);

  expect(seen.switched).toMatchObject([
    { members: 50n, entered: 10, left: 0 },
    { members: 57n, entered: 12, left: 3 },
  ]);
  expect(renderSettlement(seen, viewOf)).toMatch(/quiet +2 +50 +10 +<10\nloud +2 +57 +12 +3/u);
});

test("a plan shows the members before and after, some of those who move, cost, notes and refusals", () => {
  const text = renderPlans([{ plan: planned, view: EVERYTHING }], undefined);

  expect(text.split("\n")).toEqual([
    "quiet changes",
    "Customers without orders.",
    "members      57 → 48",
    "would enter  0",
    "would leave  9 (3, 5, …)",
    "cost         1.3 ms for each 1,000 changed members",
    "note: it is always true",
    "refused: it has more members than its limit",
  ]);
});

test("a settlement with nothing to do says so", () => {
  const nothing = { switched: [], archived: [], refused: [], unfit: [] };

  expect(renderSettlement(nothing, () => EVERYTHING)).toBe(
    "nothing to do: every segment is in force",
  );
});
