import fc from "fast-check";
import { expect, test } from "vitest";
import { countText, EVERYTHING, requireEverything, shownCount, shownParts } from "./counts-view.ts";

const view = (minimum: number) => ({ kind: "counts", minimum }) as const;

/** Small numbers and round ones: where rounding tells most. */
const part = fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: 12 }), fc.constantFrom(3, 6, 9, 27, 30));

test("no sum or difference of what is shown tells the size of any parts to the last person", () => {
  const minimum = 3;
  const signs = fc.array(fc.constantFrom(-1, 0, 1), { minLength: 4, maxLength: 4 });
  const parts = fc.array(fc.nat({ max: 4 }), { minLength: 4, maxLength: 4 });
  const worlds = everyWorld({ parts: 4, most: 9 });

  fc.assert(
    fc.property(parts, signs, (truth, combination) => {
      fc.pre(combination.some((sign) => sign !== 0));
      const shown = shownParts(truth, view(minimum)).join();

      const possible = worlds.filter((world) => shownParts(world, view(minimum)).join() === shown);

      const sums = new Set(possible.map((world) => weighed(world, combination)));
      expect(sums.size).toBeGreaterThanOrEqual(minimum);
    }),
    { numRuns: 60 },
  );
});

/** All lists of so many sizes up to `most`. */
function everyWorld({ parts, most }: { parts: number; most: number }): number[][] {
  const sizes = Array.from({ length: most + 1 }, (_, size) => size);
  let worlds: number[][] = [[]];
  for (let count = 0; count < parts; count++) {
    worlds = worlds.flatMap((world) => sizes.map((size) => [...world, size]));
  }
  return worlds;
}

function weighed(world: readonly number[], combination: readonly number[]): number {
  return world.reduce((sum, size, index) => sum + size * (combination[index] ?? 0), 0);
}

test("every part is a multiple of the minimum, and the total of the first ones is less than that short", () => {
  fc.assert(
    fc.property(fc.array(part), fc.integer({ min: 2, max: 20 }), (parts, minimum) => {
      const shown = shownParts(parts, view(minimum));

      let [total, told] = [0, 0];
      for (const [index, size] of shown.entries()) {
        total += parts[index] ?? 0;
        told += size;
        expect(size).toBeGreaterThanOrEqual(0);
        expect(size % minimum).toBe(0);
        expect(total - told).toBeGreaterThanOrEqual(0);
        expect(total - told).toBeLessThan(minimum);
      }
    }),
  );
});

test("who may see everything gets the numbers as they are", () => {
  expect(shownParts([3, 0, 17], EVERYTHING)).toEqual([3, 0, 17]);
});

test("a lone count is rounded down, and called few below the minimum", () => {
  expect([9, 10, 1239].map((count) => shownCount(count, view(10)))).toEqual([0, 10, 1230]);
  expect([0, 1230].map((count) => countText(count, view(10)))).toEqual(["<10", "1,230"]);
  expect(countText(9, EVERYTHING)).toBe("9");
});

test("whoever may see counts alone is refused single members, with what to ask instead", () => {
  expect(() => requireEverything(view(10), "the members")).toThrow(
    expect.objectContaining({ kind: "forbidden", code: "counts-only" }),
  );
  expect(() => requireEverything(EVERYTHING, "the members")).not.toThrow();
});
