import fc from "fast-check";
import { expect, test } from "vitest";
import { bitsOf } from "../membership/bits.ts";
import { Combinations, slotBitmap, type MemberImage } from "./image.ts";

const WIDTH = 16;

function imageOf(members: readonly (readonly number[])[]): MemberImage {
  const bytes = new Uint8Array(members.length * WIDTH);
  for (const [index, slots] of members.entries()) {
    bytes.set(bitsOf(slots), index * WIDTH);
  }
  return { members: members.length, width: WIDTH, bytes };
}

const slot = fc.nat({ max: WIDTH * 8 - 1 });
const members = fc.array(fc.uniqueArray(fc.oneof(fc.constantFrom(0, 31, 32, 95), slot)), {
  maxLength: 100,
});

test("a slot's bitmap says of each member whether it is in", () => {
  fc.assert(
    fc.property(members, slot, (list, asked) => {
      const bitmap = slotBitmap(imageOf(list), asked);

      const isIn = list.map(
        (_, member) => (((bitmap[member >> 5] ?? 0) >>> (member & 31)) & 1) === 1,
      );
      expect(isIn).toEqual(list.map((slots) => slots.includes(asked)));
    }),
  );
});

test("combinations hold everybody once who is in any of the slots", () => {
  fc.assert(
    fc.property(members, fc.uniqueArray(slot, { maxLength: 80 }), (list, asked) => {
      const combinations = new Combinations(imageOf(list), asked);

      const found = new Map(
        combinations.sizes.map((size, index) => [combinations.positions(index).join(), size]),
      );
      const expected = new Map<string, number>();
      for (const slots of list) {
        const key = [...asked.keys()].filter((index) => slots.includes(asked[index] ?? -1)).join();
        expected.set(key, (expected.get(key) ?? 0) + 1);
      }
      expected.delete("");
      expect(found).toEqual(expected);
      expect(combinations.sizes).toHaveLength(expected.size);
    }),
  );
});

test("the order of combinations does not depend on how many have them, and keeps the first slot together", () => {
  const list = [[0], [1], [0, 1], [0, 2], [1], [1], [0, 1]];
  const slots = [0, 1, 2];

  const keys = [list, list.toReversed(), [...list, [0, 2], [0, 2]]].map((some) => {
    const combinations = new Combinations(imageOf(some), slots);
    return combinations.sizes.map((_, index) => combinations.positions(index).join());
  });

  expect(keys).toEqual([keys[0], keys[0], keys[0]]);
  expect(keys[0]).toEqual(["1", "0", "0,2", "0,1"]);
});
