import fc from "fast-check";
import { expect, test } from "vitest";
import { both, either, sizeOf, sizeOfBoth, without } from "./bitmap.ts";

const bitmap = fc.uint32Array({ minLength: 6, maxLength: 6 });

const membersOf = (bits: Uint32Array): number[] =>
  [...bits].flatMap((word, index) =>
    [...Array(32).keys()]
      .filter((bit) => ((word >>> bit) & 1) === 1)
      .map((bit) => index * 32 + bit),
  );

test("bitmaps are sets", () => {
  fc.assert(
    fc.property(bitmap, bitmap, (left, right) => {
      const [inLeft, inRight] = [membersOf(left), new Set(membersOf(right))];

      expect(sizeOf(left)).toBe(inLeft.length);
      expect(sizeOfBoth(left, right)).toBe(inLeft.filter((one) => inRight.has(one)).length);
      expect(membersOf(both(left, right))).toEqual(inLeft.filter((one) => inRight.has(one)));
      expect(membersOf(without(left, right))).toEqual(inLeft.filter((one) => !inRight.has(one)));
      expect(new Set(membersOf(either(left, right)))).toEqual(inRight.union(new Set(inLeft)));
    }),
  );
});
