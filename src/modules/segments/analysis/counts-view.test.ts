import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  countText,
  EVERYTHING,
  requireEverything,
  shownCount,
  shownParts,
  shownSteps,
} from "./counts-view.ts";

const view = (minimum: number) => ({ kind: "counts", minimum }) as const;

describe.each([
  ["parts", shownParts],
  ["steps", shownSteps],
])("of %s", (_, shownOf) => {
  const minimum = 3;
  const worlds = everyWorld({ parts: 4, most: 9 });

  test("no sum or difference of what is shown tells a size to the last person", () => {
    const signs = fc.array(fc.constantFrom(-1, 0, 1), { minLength: 4, maxLength: 4 });
    const parts = fc.array(fc.nat({ max: 4 }), { minLength: 4, maxLength: 4 });

    fc.assert(
      fc.property(parts, signs, (truth, combination) => {
        fc.pre(combination.some((sign) => sign !== 0));
        const shown = shownOf(truth, view(minimum)).join();

        const possible = worlds.filter((world) => shownOf(world, view(minimum)).join() === shown);

        const sums = new Set(possible.map((world) => weighed(world, combination)));
        expect(sums.size).toBeGreaterThanOrEqual(minimum);
      }),
      { numRuns: 60 },
    );
  });

  test("who may see everything gets the numbers as they are", () => {
    expect(shownOf([3, 0, 17], EVERYTHING)).toEqual([3, 0, 17]);
  });
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

const sizes = fc.array(fc.nat({ max: 40 }));
const minimums = fc.integer({ min: 2, max: 20 });

test("parts of few are nobody, and the others less than the minimum short", () => {
  fc.assert(
    fc.property(sizes, minimums, (parts, minimum) => {
      const short = shownParts(parts, view(minimum)).map(
        (size, index) => (parts[index] ?? 0) - size,
      );

      expect(shownParts(parts, view(minimum)).every((size) => size % minimum === 0)).toBe(true);
      expect(short.every((count) => count >= 0 && count < minimum)).toBe(true);
    }),
  );
});

test("the total of steps is less than the minimum short, however many and small they are", () => {
  fc.assert(
    fc.property(sizes, minimums, (steps, minimum) => {
      const shown = shownSteps(steps, view(minimum));

      expect(shown.every((size) => size >= 0 && size % minimum === 0)).toBe(true);
      expect(sum(steps) - sum(shown)).toBe(sum(steps) % minimum);
    }),
  );
});

const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0);

test("a lone count is rounded down, and called few below the minimum", () => {
  expect([9, 10, 1239].map((count) => shownCount(count, view(10)))).toEqual([0, 10, 1230]);
  expect([9, 1239].map((count) => countText(count, view(10)))).toEqual(["<10", "1,230"]);
  expect(countText(9, EVERYTHING)).toBe("9");
});

test("whoever may see counts alone is refused single members, with what to ask instead", () => {
  expect(() => requireEverything(view(10), "the members")).toThrow(
    expect.objectContaining({ kind: "forbidden", code: "counts-only" }),
  );
  expect(() => requireEverything(EVERYTHING, "the members")).not.toThrow();
});
