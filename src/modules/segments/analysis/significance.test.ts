import fc from "fast-check";
import { expect, test } from "vitest";
import { significanceOf, upperGamma } from "./significance.ts";

test.each([
  // Quantiles of the chi-squared distribution: NIST/SEMATECH e-Handbook, section 1.3.6.7.4.
  [1, 3.841, 0.05],
  [1, 10.828, 0.001],
  [2, 5.991, 0.05],
  [10, 18.307, 0.05],
  [30, 43.773, 0.05],
  [100, 149.449, 0.001],
])("of %i degrees of freedom, %f is exceeded with a chance of %f", (degrees, value, chance) => {
  expect(upperGamma(degrees / 2, value / 2)).toBeCloseTo(chance, 4);
});

test("the chance falls as the value grows, from one", () => {
  const positive = fc.double({ min: 0, max: 500, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), positive, positive, (degrees, one, other) => {
      const [low, high] = [Math.min(one, other), Math.max(one, other)];

      expect(upperGamma(degrees / 2, 0)).toBe(1);
      expect(upperGamma(degrees / 2, low)).toBeGreaterThanOrEqual(
        upperGamma(degrees / 2, high) - 1e-12,
      );
    }),
  );
});

test("a table of two by two is tested as in the books", () => {
  // 2 × 2 with 10, 20, 30, 40: χ² = n(ad − bc)² / (rows × columns) = 100 × 200² / (30 × 70 × 40 × 60).
  const { chiSquared, degreesOfFreedom } = significanceOf([
    { inside: 10, outside: 20 },
    { inside: 30, outside: 40 },
  ]);

  expect(chiSquared).toBeCloseTo((100 * 200 ** 2) / (30 * 70 * 40 * 60), 12);
  expect(degreesOfFreedom).toBe(1);
});

test("equal distributions do not differ, and disjoint ones tell the group", () => {
  const equal = significanceOf([
    { inside: 300, outside: 600 },
    { inside: 100, outside: 200 },
  ]);
  const disjoint = significanceOf([
    { inside: 500, outside: 0 },
    { inside: 0, outside: 500 },
  ]);

  expect(equal).toMatchObject({ chiSquared: 0, pValue: 1, cramersV: 0 });
  expect(disjoint.cramersV).toBeCloseTo(1, 2);
  expect(disjoint.pValue).toBeLessThan(1e-100);
});

test("nothing to compare is no difference", () => {
  const none = { chiSquared: 0, degreesOfFreedom: 0, pValue: 1, cramersV: 0 };

  expect(significanceOf([])).toEqual(none);
  expect(significanceOf([{ inside: 5, outside: 5 }])).toEqual(none);
  expect(
    significanceOf([
      { inside: 5, outside: 0 },
      { inside: 7, outside: 0 },
    ]),
  ).toEqual(none);
});
