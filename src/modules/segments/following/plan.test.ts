import { expect, test } from "vitest";
import { grouping, type PlannedSlot } from "./plan.ts";

const slots = Array.from({ length: 40 }, (_, slot): PlannedSlot => ({
  slot,
  segment: slot,
  name: `s${slot}`,
  version: 1,
  subject: "customers",
  subjectId: 1,
  state: "live",
  criteria: { root: { kind: "constant", value: true }, warnings: [] },
  nested: {},
  interests: { aspects: new Set(), customers: false, accounts: false },
  timed: false,
}));

test("a group has the slots that are asked for, and the same set gets the same group", () => {
  const groupOf = grouping(slots);

  const first = groupOf(new Set(slots.slice(0, 3)));
  const again = groupOf(new Set(slots.slice(0, 3)));

  expect(first.map(({ slot }) => slot)).toEqual([0, 1, 2]);
  expect(again).toBe(first);
});

test("there are few groups however many sets are asked for, and each has all that is asked for", () => {
  const groupOf = grouping(slots);
  const groups = new Set();

  for (let first = 0; first < slots.length; first++) {
    for (let size = 1; first + size <= slots.length; size += 3) {
      const asked = slots.slice(first, first + size);
      const group = groupOf(new Set(asked));
      groups.add(group);
      expect(asked.every((slot) => group.includes(slot))).toBe(true);
    }
  }

  expect(groups.size).toBeLessThanOrEqual(12);
});
