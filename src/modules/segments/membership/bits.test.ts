import fc from "fast-check";
import { expect, test } from "vitest";
import { bitsOf, differing, hasSlot, isEmpty, replaced, widthOf } from "./bits.ts";

const slots = fc.uniqueArray(fc.nat({ max: 300 }), { maxLength: 40 });

/** The slots that are set, ascending. */
const slotsIn = (bits: Uint8Array): number[] => differing(bits, new Uint8Array(0), bits);

const ascending = (list: Iterable<number>): number[] => [...list].sort((a, b) => a - b);

test("bits hold exactly the slots they are made of", () => {
  fc.assert(
    fc.property(slots, fc.nat({ max: 400 }), (list, other) => {
      const bits = bitsOf(list);

      expect(slotsIn(bits)).toEqual(ascending(list));
      expect(hasSlot(bits, other)).toBe(list.includes(other));
      expect(isEmpty(bits)).toBe(list.length === 0);
    }),
  );
});

test("slot n is bit n as PostgreSQL counts them: the lowest of the first byte is 0", () => {
  expect(bitsOf([0, 9]).subarray(0, 2)).toEqual(Uint8Array.of(0b1, 0b10));
  expect([widthOf(0), widthOf(1), widthOf(64), widthOf(65)]).toEqual([0, 8, 8, 16]);
});

test("what was not evaluated stays, whatever the widths", () => {
  fc.assert(
    fc.property(slots, slots, slots, (before, evaluated, mask) => {
      const bits = replaced(bitsOf(before), { evaluated: bitsOf(evaluated), mask: bitsOf(mask) });

      const kept = before.filter((slot) => !mask.includes(slot));
      const found = evaluated.filter((slot) => mask.includes(slot));
      expect(slotsIn(bits)).toEqual(ascending([...kept, ...found]));
    }),
  );
});

test("two differ in the slots of the mask that one of them has alone", () => {
  fc.assert(
    fc.property(slots, slots, slots, (left, right, mask) => {
      const alone = [
        ...left.filter((slot) => !right.includes(slot)),
        ...right.filter((slot) => !left.includes(slot)),
      ];

      const found = differing(bitsOf(left), bitsOf(right), bitsOf(mask));
      expect(found).toEqual(ascending(alone.filter((slot) => mask.includes(slot))));
    }),
  );
});
