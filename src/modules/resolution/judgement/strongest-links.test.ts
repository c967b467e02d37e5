import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Standing, Verdict } from "./judgement.ts";
import { strongestLinks, weakestLink } from "./strongest-links.ts";

const RECORDS = 7;

function ruling(
  [left, right]: readonly [number, number],
  weight: number | null,
  verdict: Verdict = "same",
): Standing {
  return {
    judgement: 1n,
    left: BigInt(left),
    right: BigInt(right),
    verdict,
    judge: weight === null ? "person" : "model",
    who: "somebody",
    model: 1,
    foundBy: 1,
    weight,
    reason: null,
    at: new Date(0),
  };
}

const pair = fc
  .tuple(fc.nat(RECORDS - 1), fc.nat(RECORDS - 1))
  .filter(([left, right]) => left < right);
const rulings = fc
  .uniqueArray(fc.tuple(pair, fc.option(fc.integer({ min: -5, max: 20 }))), {
    selector: ([[left, right]]) => `${left}-${right}`,
    maxLength: 15,
  })
  .map((all) => all.map(([of, weight]) => ruling(of, weight)));

/** The records that rulings connect with one, found by following them until nothing new comes. */
function reached(from: bigint, links: readonly Standing[]): Set<bigint> {
  const found = new Set([from]);
  for (const _ of links) {
    for (const { left, right } of links) {
      if (found.has(left) || found.has(right)) {
        found.add(left).add(right);
      }
    }
  }
  return found;
}

const strength = ({ weight }: Standing): number => weight ?? Number.POSITIVE_INFINITY;

describe("the strongest links", () => {
  test("connect what all rulings connect, and none of them could be spared", () => {
    fc.assert(
      fc.property(rulings, (all) => {
        const links = strongestLinks(all);

        for (const { left } of all) {
          expect(reached(left, links)).toEqual(reached(left, all));
        }
        for (const spared of links) {
          const others = links.filter((link) => link !== spared);
          expect(reached(spared.left, others)).not.toContain(spared.right);
        }
      }),
    );
  });

  test("do not connect what was judged different", () => {
    expect(strongestLinks([ruling([1, 2], 9, "different")])).toEqual([]);
  });
});

describe("the weakest of them", () => {
  test("parts its records in two, and nothing between the two is stronger", () => {
    fc.assert(
      fc.property(rulings, (all) => {
        const weakest = weakestLink(all);
        fc.pre(weakest !== undefined);
        const { link, sides } = weakest;
        const [ofLeft, ofRight] = sides;

        expect(new Set([...ofLeft, ...ofRight])).toEqual(reached(link.left, all));
        expect(ofLeft.isDisjointFrom(ofRight)).toBe(true);
        for (const each of all) {
          const isBetween = ofLeft.has(each.left) !== ofLeft.has(each.right);
          const isInside = reached(link.left, all).has(each.left);
          expect(isBetween && isInside && strength(each) > strength(link)).toBe(false);
        }
        for (const each of strongestLinks(all)) {
          expect(strength(each)).toBeGreaterThanOrEqual(strength(link));
        }
      }),
    );
  });

  test("is found in a chain of 300 records, wherever it is", () => {
    const chain = Array.from({ length: 299 }, (_, place) =>
      ruling([place, place + 1], place === 210 ? 1 : 9),
    );

    const weakest = weakestLink(chain);

    expect(weakest?.link).toMatchObject({ left: 210n, right: 211n });
    expect(weakest?.sides.map(({ size }) => size)).toEqual([211, 89]);
  });

  test("is none where nothing is connected", () => {
    expect(weakestLink([])).toBeUndefined();
  });
});
