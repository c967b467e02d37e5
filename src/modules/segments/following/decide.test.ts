import fc from "fast-check";
import { expect, test } from "vitest";
import { bitsOf, differing } from "../membership/bits.ts";
import { AT_ONCE } from "../store/members.ts";
import { decide, type Evaluated, type Evaluation } from "./decide.ts";
import type { PlannedSlot } from "./plan.ts";

const slot = (number: number): PlannedSlot => ({
  slot: number,
  segment: number,
  name: `s${number}`,
  version: 1,
  subject: "customers",
  subjectId: 1,
  state: "live",
  criteria: { root: { kind: "constant", value: true }, warnings: [] },
  nested: {},
  interests: { aspects: new Set(), customers: false, accounts: false },
  timed: true,
});

/** The slots that are set, ascending. */
const slotsIn = (bits: Uint8Array): number[] => differing(bits, new Uint8Array(0), bits);

const soon = new Date("2026-01-02T00:00:00Z");
const later = new Date("2026-01-03T00:00:00Z");

const answer = (slots: readonly number[], due: Date | null = null): Evaluated => ({
  bits: bitsOf(slots),
  due,
  until: () => due,
});

function about(more: Partial<Evaluation> & { before?: readonly number[]; due?: Date | null }) {
  const { before, due = null, ...rest } = more;
  const row = { member: 1n, subject: 1, bits: Buffer.from(bitsOf(before ?? [])), due };
  return decide({
    subject: 1,
    members: [1n],
    stored: before === undefined ? new Map() : new Map([[1n, row]]),
    evaluated: new Map([[1n, answer([])]]),
    slots: [slot(0), slot(1)],
    isAllTimed: true,
    ...rest,
  });
}

test("what is as it was is neither written nor told", () => {
  const evaluated = new Map([[1n, answer([1], soon)]]);

  expect(about({ before: [1], due: soon, evaluated })).toEqual({ rows: [], moves: [] });
});

test("slots that were not evaluated stay as they are", () => {
  const evaluated = new Map([[1n, answer([0])]]);
  const { rows, moves } = about({ before: [1, 70], evaluated, slots: [slot(0)] });

  expect(rows.map(({ bits }) => slotsIn(bits))).toEqual([[0, 1, 70]]);
  expect(moves.map((move) => [move.slot.name, move.entered])).toEqual([["s0", true]]);
});

test("a member that is no more leaves all that was evaluated and waits for nothing", () => {
  const { rows, moves } = about({ before: [0, 1], due: soon, evaluated: new Map() });

  expect(rows).toMatchObject([{ due: null }]);
  expect(moves.map(({ entered }) => entered)).toEqual([false, false]);
});

test("the instant is exact when every timed slot was evaluated, else the sooner of both", () => {
  const evaluated = new Map([[1n, answer([0], later)]]);
  const dues = (isAllTimed: boolean) =>
    about({ before: [0], due: soon, evaluated, isAllTimed }).rows;

  expect(dues(true)).toMatchObject([{ due: later }]);
  expect(dues(false)).toEqual([]);
});

test("an answer that holds only until an instant that has passed is not taken, but all is asked again", () => {
  const evaluated = new Map([[1n, answer([0], soon)]]);
  const { rows, moves } = about({ before: [1], evaluated, passed: later });

  expect(rows.map(({ bits, due }) => [slotsIn(bits), due])).toEqual([[[1], AT_ONCE]]);
  expect(moves).toEqual([]);
});

test("moves are exactly the differences of evaluated slots, and storing them leads to the answer", () => {
  const some = fc.uniqueArray(fc.nat(100));
  fc.assert(
    fc.property(some, some, some, (before, asked, found) => {
      const bits = found.filter((number) => asked.includes(number));
      const { rows, moves } = about({
        before,
        slots: asked.map(slot),
        evaluated: new Map([[1n, answer(bits)]]),
      });

      const after = new Set(before);
      for (const move of moves) {
        expect(after.has(move.slot.slot)).toBe(!move.entered);
        after[move.entered ? "add" : "delete"](move.slot.slot);
      }
      const outside = before.filter((number) => !asked.includes(number));
      const expected = [...outside, ...bits].sort((a, b) => a - b);
      expect([...after].sort((a, b) => a - b)).toEqual(expected);
      expect(slotsIn(rows[0]?.bits ?? Buffer.from(bitsOf(before)))).toEqual(expected);
    }),
  );
});
