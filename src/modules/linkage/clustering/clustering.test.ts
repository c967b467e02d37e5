import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { agglomerate } from "./agglomeration.ts";
import { CONTRADICTS, IDENTIFIES, TELLS_NOTHING } from "../model/telling.ts";
import { connect, type WeighedPairs } from "./components.ts";
import { groupRecords } from "./group.ts";
import { tornRecords } from "./torn.ts";

interface Pair {
  readonly l: number;
  readonly r: number;
  readonly weight: number;
}

function sideBySide(pairs: readonly Pair[]): WeighedPairs {
  return {
    l: Int32Array.from(pairs, ({ l }) => l),
    r: Int32Array.from(pairs, ({ r }) => r),
    weight: Float64Array.from(pairs, ({ weight }) => weight),
  };
}

/** Every pair of up to 12 records, weighed in whole and half bits so that ties are common. */
const worlds = fc.integer({ min: 1, max: 12 }).chain((count) => {
  const everyPair = Array.from({ length: count }, (_, l) =>
    Array.from({ length: count - l - 1 }, (__, step) => ({ l, r: l + 1 + step })),
  ).flat();
  return fc
    .array(fc.integer({ min: -20, max: 20 }), {
      minLength: everyPair.length,
      maxLength: everyPair.length,
    })
    .map((halves) => ({
      count,
      pairs: everyPair.map((pair, index) => ({ ...pair, weight: (halves[index] ?? 0) / 2 })),
    }));
});

const free = { threshold: 0, cohesion: 0, usualSize: 4, together: [], apart: [] } as const;

/** The best union of all, found by looking at every two groups: what the remembered partners must equal. */
function agglomeratedSlowly(count: number, weightOf: (a: number, b: number) => number): number[] {
  let groups = Array.from({ length: count }, (_, record) => [record]);
  const strength = (a: readonly number[], b: readonly number[]): number => {
    const weights = a.flatMap((one) => b.map((other) => weightOf(one, other)));
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
    const growth = Math.max(0, Math.log2((a.length + b.length) / free.usualSize));
    const price = 2 * Math.log2(Math.min(a.length, b.length)) + 6 * growth;
    return (mean + Math.max(...weights) - Math.log2(weights.length)) / 2 - price;
  };
  for (;;) {
    const unions = groups.flatMap((one, a) =>
      groups
        .slice(a + 1)
        .map((other, step) => ({ a, b: a + 1 + step, strength: strength(one, other) })),
    );
    const [best] = unions
      .filter((union) => union.strength >= 0)
      .toSorted((one, other) => other.strength - one.strength);
    if (best === undefined) {
      const labels: number[] = [];
      for (const members of groups) {
        members.forEach((member) => (labels[member] = Math.min(...members)));
      }
      return labels;
    }
    const { a, b } = best;
    const united = [...(groups[a] ?? []), ...(groups[b] ?? [])];
    groups = groups.flatMap((members, index) => {
      if (index === b) {
        return [];
      }
      return [index === a ? united : members];
    });
  }
}

describe("agglomeration", () => {
  test("is that of looking at every two groups in every step", () => {
    fc.assert(
      fc.property(worlds, ({ count, pairs }) => {
        const weights = new Float64Array(count * count);
        for (const { l, r, weight } of pairs) {
          weights[l * count + r] = weight;
          weights[r * count + l] = weight;
        }
        const labels = agglomerate({ size: count, weights }, free);
        const slow = agglomeratedSlowly(count, (a, b) => weights[a * count + b] ?? 0);
        expect([...labels]).toEqual(slow);
      }),
    );
  });

  test("never joins what is known to be different, and always joins what is known to be one", () => {
    fc.assert(
      fc.property(worlds, fc.nat(), fc.nat(), ({ count, pairs }, one, other) => {
        fc.pre(count >= 2);
        const first = pairs[one % pairs.length];
        const second = pairs[other % pairs.length];
        fc.pre(first !== undefined && second !== undefined && first !== second);
        const components = new Int32Array(count);
        const groups = groupRecords(components, sideBySide(pairs), {
          ...free,
          together: [[first?.l ?? 0, first?.r ?? 0]],
          apart: [[second?.l ?? 0, second?.r ?? 0]],
        });
        expect(groups[first?.l ?? 0]).toBe(groups[first?.r ?? 0]);
        expect(groups[second?.l ?? 0]).not.toBe(groups[second?.r ?? 0]);
      }),
    );
  });

  test("leaves alone who fits two that contradict each other, unless one of them is clearly better", () => {
    const father = 0;
    const son = 1;
    const namesake = 2;
    const between = (rival: number): number[] => {
      const pairs = [
        { l: father, r: son, weight: -9, telling: CONTRADICTS },
        { l: father, r: namesake, weight: 6, telling: TELLS_NOTHING },
        { l: son, r: namesake, weight: rival, telling: TELLS_NOTHING },
      ];
      const told = Uint8Array.from(pairs, ({ telling }) => telling);
      return [...groupRecords(new Int32Array(3), { ...sideBySide(pairs), telling: told }, free)];
    };

    expect(between(6)).toEqual([father, son, namesake]);
    expect(between(3)).toEqual([father, son, namesake]);
    expect(between(2)).toEqual([father, son, father]);
    expect(between(-1)).toEqual([father, son, father]);
  });

  test.each([
    { father: 0, hisOther: 1, son: 2, namesake: 3, better: 6 },
    { father: 3, hisOther: 2, son: 1, namesake: 0, better: 6 },
    { father: 0, hisOther: 1, son: 2, namesake: 3, better: 4 },
    { father: 3, hisOther: 2, son: 1, namesake: 0, better: 4 },
  ])(
    "knows that a customer contradicts whom one of its records does, numbered $father, $hisOther, $son, $namesake, fitting $better bits",
    (family) => {
      const { father, hisOther, son, namesake, better } = family;
      const told = [
        { a: father, b: hisOther, weight: 12 },
        { a: father, b: son, weight: -9 },
        { a: hisOther, b: son, weight: -3 },
        { a: father, b: namesake, weight: better },
        { a: hisOther, b: namesake, weight: better },
        { a: son, b: namesake, weight: 5 },
      ].map(({ a, b, weight }) => ({ l: Math.min(a, b), r: Math.max(a, b), weight }));
      const telling = Uint8Array.from(told, ({ weight }) => Number(weight === -9) * CONTRADICTS);
      const pairs = { ...sideBySide(told), telling };

      const groups = groupRecords(new Int32Array(4), pairs, free);

      expect(groups[father]).toBe(groups[hisOther]);
      expect(new Set([groups[father], groups[son], groups[namesake]]).size).toBe(3);
      expect(tornRecords(groups, pairs, free.threshold)).toEqual([namesake]);
    },
  );

  test("keeps the rival out when it is decided whose one is that fits two, unless both are decided", () => {
    const pairs = [
      { l: 0, r: 1, weight: -1 },
      { l: 0, r: 2, weight: 9 },
      { l: 1, r: 2, weight: 9 },
    ];
    const told = { ...sideBySide(pairs), telling: Uint8Array.of(CONTRADICTS, 0, 0) };
    const groupsOf = (together: readonly (readonly [number, number])[]): number[] => [
      ...groupRecords(new Int32Array(3), told, { ...free, together }),
    ];

    expect(groupsOf([])).toEqual([0, 1, 2]);
    expect(groupsOf([[1, 2]])).toEqual([0, 1, 1]);
    expect(
      groupsOf([
        [1, 2],
        [0, 2],
      ]),
    ).toEqual([0, 0, 0]);
  });

  test("lets two that fit both of two contradicting records be one with each other", () => {
    const pairs = [
      { l: 0, r: 1, weight: -2 },
      { l: 0, r: 2, weight: 6 },
      { l: 0, r: 3, weight: 6 },
      { l: 1, r: 2, weight: 6 },
      { l: 1, r: 3, weight: 6 },
      { l: 2, r: 3, weight: 6 },
    ];
    const telling = Uint8Array.of(CONTRADICTS, 0, 0, 0, 0, 0);

    const groups = groupRecords(new Int32Array(4), { ...sideBySide(pairs), telling }, free);

    expect([...groups]).toEqual([0, 1, 2, 2]);
  });

  test("links two that contradict each other only where all else is ten to one for it", () => {
    const linked = (weight: number): boolean => {
      const pairs = {
        ...sideBySide([{ l: 0, r: 1, weight }]),
        telling: Uint8Array.of(CONTRADICTS),
      };
      return groupRecords(new Int32Array(2), pairs, free)[1] === 0;
    };

    expect(linked(3)).toBe(false);
    expect(linked(3.5)).toBe(true);
  });

  test("begins with those who share what only one person has, so that moving does not part them", () => {
    const before = [0, 1];
    const after = [2, 3];
    const pairs = [...before, ...after].flatMap((l, index, all) =>
      all.slice(index + 1).map((r) => ({
        l,
        r,
        weight: before.includes(l) === before.includes(r) ? 9 : -4,
      })),
    );
    const bridged = pairs.map((pair) =>
      pair.l === 1 && pair.r === 3 ? { ...pair, weight: 5 } : pair,
    );
    const telling = Uint8Array.from(bridged, ({ weight }) => Number(weight === 5) * IDENTIFIES);
    const groupsOf = (all: WeighedPairs): number[] => [
      ...groupRecords(new Int32Array(4), all, free),
    ];

    expect(groupsOf(sideBySide(bridged))).toEqual([0, 0, 2, 2]);
    expect(groupsOf({ ...sideBySide(bridged), telling })).toEqual([0, 0, 0, 0]);
  });

  test("keeps two grown groups apart that one pair of lookalikes connects", () => {
    const brothers = [0, 0, 0, 1, 1, 1];
    const pairs = brothers.flatMap((a, l) =>
      brothers.slice(l + 1).map((b, step) => ({ l, r: l + 1 + step, weight: a === b ? 9 : -3 })),
    );
    const bridged = pairs.map((pair) =>
      pair.l === 2 && pair.r === 3 ? { ...pair, weight: 6 } : pair,
    );
    expect([...groupRecords(new Int32Array(6), sideBySide(bridged), free)]).toEqual([
      0, 0, 0, 3, 3, 3,
    ]);
  });
});

describe("components", () => {
  test("are those of following every pair, while none is too large", () => {
    fc.assert(
      fc.property(worlds, ({ count, pairs }) => {
        const components = connect(count, sideBySide(pairs), { minimumWeight: 5, largest: 99 });
        for (const { l, r, weight } of pairs) {
          expect(weight < 5 || components[l] === components[r]).toBe(true);
        }
        for (const [record, component] of components.entries()) {
          expect(component).toBeLessThanOrEqual(record);
          expect(components[component]).toBe(component);
        }
      }),
    );
  });

  test("never grow above the largest size, and do not depend on the order of the pairs", () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 1, max: 4 }), ({ count, pairs }, largest) => {
        const options = { minimumWeight: 0, largest };
        const components = connect(count, sideBySide(pairs), options);
        const sizes = Map.groupBy(components, (component) => component);
        for (const members of sizes.values()) {
          expect(members.length).toBeLessThanOrEqual(largest);
        }
        expect(connect(count, sideBySide(pairs.toReversed()), options)).toEqual(components);
      }),
    );
  });

  test("hold together what a person said is one, whatever it weighs", () => {
    const components = connect(3, sideBySide([]), {
      minimumWeight: 0,
      largest: 1,
      together: [[0, 2]],
    });
    expect([...components]).toEqual([0, 1, 0]);
  });
});

test("groups of one component do not depend on any other component", () => {
  fc.assert(
    fc.property(worlds, worlds, (left, right) => {
      const shifted = right.pairs.map(({ l, r, weight }) => ({
        l: l + left.count,
        r: r + left.count,
        weight,
      }));
      const both = groupRecords(
        Int32Array.from({ length: left.count + right.count }, (_, record) =>
          record < left.count ? 0 : left.count,
        ),
        sideBySide([...left.pairs, ...shifted]),
        free,
      );
      const alone = groupRecords(new Int32Array(left.count), sideBySide(left.pairs), free);
      expect(both.slice(0, left.count)).toEqual(alone);
    }),
  );
});
