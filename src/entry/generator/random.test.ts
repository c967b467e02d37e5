import fc from "fast-check";
import { expect, test } from "vitest";
import { Random, searchSums, Weighted } from "./random.ts";

function draws(random: Random, count: number, draw: (random: Random) => number): number[] {
  return Array.from({ length: count }, () => draw(random));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
}

test("a stream is the same on every machine and in every version", () => {
  expect(draws(new Random(1, 2, 3), 4, (random) => random.uint32())).toMatchInlineSnapshot(`
    [
      1533030451,
      3625219931,
      895698129,
      1492064642,
    ]
  `);
});

test("equal paths give equal streams, and different paths different ones", () => {
  const path = fc.array(fc.nat(), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(path, path, (one, other) => {
      fc.pre(one.join() !== other.join());
      const first = draws(new Random(...one), 4, (random) => random.uint32());

      expect(draws(new Random(...one), 4, (random) => random.uint32())).toEqual(first);
      expect(draws(new Random(...other), 4, (random) => random.uint32())).not.toEqual(first);
    }),
  );
});

test("a seed beyond 32 bits is not cut off", () => {
  expect(new Random(2 ** 40 + 7).uint32()).not.toBe(new Random(7).uint32());
});

test("neighbouring streams are as unlike as the numbers of one stream", () => {
  const firsts = Array.from({ length: 20_000 }, (_, index) => new Random(5, index).unit());

  expect(mean(firsts)).toBeCloseTo(0.5, 1.9);
  expect(variance(firsts)).toBeCloseTo(1 / 12, 2);
  const correlation =
    mean(firsts.slice(1).map((value, at) => (value - 0.5) * ((firsts[at] ?? 0) - 0.5))) * 12;
  expect(Math.abs(correlation)).toBeLessThan(0.03);
});

test("whole numbers reach both ends of their range and never leave it", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: -50, max: 50 }), fc.nat(5), (seed, from, width) => {
      const found = new Set(
        draws(new Random(seed), 200, (random) => random.integer(from, from + width)),
      );

      expect([...found].toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: width + 1 }, (_, at) => from + at),
      );
    }),
  );
});

test("amounts of money are log-normal with the given parameters", () => {
  const logarithms = draws(new Random(8), 50_000, (random) =>
    Math.log(random.logNormal(3.28, 0.73)),
  );

  expect(mean(logarithms)).toBeCloseTo(3.28, 1.5);
  expect(Math.sqrt(variance(logarithms))).toBeCloseTo(0.73, 1.5);
});

test("counts have the mean and the variance of the negative binomial distribution", () => {
  for (const [expected, size] of [
    [1.96, 0.19],
    [13.8, 6],
    [45, 2],
  ] as const) {
    const counts = draws(new Random(9, size), 60_000, (random) =>
      random.negativeBinomial(expected, size),
    );
    const spread = expected + expected ** 2 / size;

    expect(mean(counts) / expected).toBeCloseTo(1, 1);
    expect(variance(counts) / spread).toBeCloseTo(1, 0.8);
    expect(counts.every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
  }
});

test("a weighted list gives each element its share, and never one of weight 0", () => {
  const list = new Weighted([1, 0, 3], (weight) => weight);
  const random = new Random(10);
  const found = Array.from({ length: 40_000 }, () => list.pick(random));

  expect(found).not.toContain(0);
  expect(mean(found.map((weight) => (weight === 3 ? 1 : 0)))).toBeCloseTo(0.75, 1.9);
});

test("the search finds the first sum above the target, as looking at each in turn does", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9), { minLength: 1 }), fc.nat(100), (weights, target) => {
      let sum = 0;
      const sums = weights.map((weight) => (sum += weight));
      const plain = sums.findIndex((each) => each > target);

      expect(searchSums(Float64Array.from(sums), target)).toBe(
        plain === -1 ? sums.length - 1 : plain,
      );
    }),
  );
});
