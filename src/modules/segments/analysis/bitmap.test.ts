import fc from "fast-check";
import { expect, test } from "vitest";
import { sizeOf, sizeOfBoth } from "./bitmap.ts";

const bitmap = fc.uint32Array({ minLength: 6, maxLength: 6 });

const membersOf = (bits: Uint32Array): number[] =>
  [...bits].flatMap((word, index) =>
    [...Array(32).keys()]
      .filter((bit) => ((word >>> bit) & 1) === 1)
      .map((bit) => index * 32 + bit),
  );

test("the size of a bitmap, and of what two share, is that of the sets", () => {
  fc.assert(
    fc.property(bitmap, bitmap, (left, right) => {
      const [inLeft, inRight] = [membersOf(left), new Set(membersOf(right))];

      expect(sizeOf(left)).toBe(inLeft.length);
      expect(sizeOfBoth(left, right)).toBe(inLeft.filter((one) => inRight.has(one)).length);
    }),
  );
});
