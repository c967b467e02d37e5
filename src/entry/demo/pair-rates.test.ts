import { expect, test } from "vitest";
import { pairRates } from "./pair-rates.ts";

const place = (person: string, customer: bigint) => ({ person, customer });

test("precision is of the pairs that were made one, recall of the pairs that are one", () => {
  const places = [place("a", 1n), place("a", 1n), place("b", 1n), place("b", 2n), place("b", 3n)];

  // Made one: aa, ab, ab. In truth one: aa, and three of b.
  expect(pairRates(places)).toEqual({ precision: 1 / 3, recall: 1 / 4 });
});

test("where nobody was made one nothing is wrong, and where nobody is twice nothing is missed", () => {
  expect(pairRates([place("a", 1n), place("a", 2n)])).toEqual({ precision: 1, recall: 0 });
  expect(pairRates([place("a", 1n), place("b", 1n)])).toEqual({ precision: 0, recall: 1 });
  expect(pairRates([])).toEqual({ precision: 1, recall: 1 });
});
