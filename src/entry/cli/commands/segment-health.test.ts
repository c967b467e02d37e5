import { expect, test } from "vitest";
import { EVERYTHING } from "../../../modules/segments/index.ts";
import { healthInCounts } from "./segment-health.ts";

const COUNTS = { kind: "counts", minimum: 10 } as const;
const compared = {
  at: new Date("2026-03-01T12:00:00Z"),
  compared: 1_000n,
  different: 27n,
  details: { quiet: 14, loud: 13 },
};
const health = {
  behind: 3n,
  asOf: null,
  nextDue: undefined,
  isRescanned: false,
  kept: 2,
  unreadable: [],
  parked: [{ failure: "internal", members: 7n }],
  reconciled: compared,
  alarm: compared,
};

test("health rounds counts of members for those who may see no more, of each segment by what may be seen of it", () => {
  const viewOf = (segment: string) => (segment === "quiet" ? COUNTS : EVERYTHING);

  const rounded = { ...compared, different: 20n, details: { quiet: 10, loud: 13 } };
  expect(healthInCounts(health, { view: COUNTS, viewOf })).toEqual({
    ...health,
    parked: [{ failure: "internal", members: 0n }],
    reconciled: rounded,
    alarm: rounded,
  });
  expect(healthInCounts(health, { view: EVERYTHING, viewOf: () => EVERYTHING })).toEqual(health);
});
