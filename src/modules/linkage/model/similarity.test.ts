import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import {
  adjacentSwap,
  damerauLevenshtein,
  jaccard,
  jaro,
  jaroWinkler,
  kilometres,
  levenshtein,
} from "./similarity.ts";

/** Few different letters, so that texts often share some; now and then letters of several bytes. */
const letters = fc.constantFrom("a", "b", "c", "d", "1", " ", "ü", "Ł", "山");
const text = fc.oneof(
  fc.string({ unit: letters, maxLength: 12 }),
  fc.string({ unit: letters, minLength: 40, maxLength: 140 }),
  fc.string({ unit: "grapheme", maxLength: 20 }),
);
/** Two texts, often one made of the other by a few edits. */
const texts = fc.oneof(
  fc.tuple(text, text),
  fc.tuple(text, text, fc.nat(), fc.nat(3)).map(([one, other, at, cut]): [string, string] => {
    const start = [...one].slice(0, at % (one.length + 1));
    return [
      one,
      [...start, ...[...other].slice(0, 2), ...[...one].slice(start.length + cut)].join(""),
    ];
  }),
);

describe("to the last bit as in DuckDB", () => {
  const measures = { jaro, jaroWinkler, levenshtein, damerauLevenshtein, jaccard };
  const sql = {
    jaro: "jaro_similarity(l, r)",
    jaroWinkler: "jaro_winkler_similarity(l, r)",
    levenshtein: "levenshtein(l, r)",
    damerauLevenshtein: "damerau_levenshtein(l, r)",
    jaccard: "case when l = '' or r = '' then 0 else jaccard(l, r) end",
  };

  test("all measures agree on thousands of pairs of texts", async () => {
    await using duck = await DuckDb.open();
    const pairs = fc.sample(texts, 4_000);
    await duck.run("create table pairs (l varchar, r varchar)");
    for (const some of chunks(pairs, 500)) {
      const values = some.map((_, index) => `($${2 * index + 1}, $${2 * index + 2})`);
      await duck.run(`insert into pairs values ${values.join(", ")}`, some.flat());
    }

    const columns = Object.entries(sql).map(([name, of]) => `(${of})::double as "${name}"`);
    const judged = await duck.rows<Record<string, number> & { l: string; r: string }>(
      `select l, r, ${columns.join(", ")} from pairs`,
    );

    expect(judged).toHaveLength(4_000);
    for (const { l, r, ...expected } of judged) {
      const found = Object.entries(measures).map(([name, measure]) => [name, measure(l, r)]);
      expect({ l, r, ...Object.fromEntries(found) }).toEqual({ l, r, ...expected });
    }
  });
});

function* chunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) {
    yield items.slice(start, start + size);
  }
}

describe("examples from the papers", () => {
  test.each([
    ["MARTHA", "MARHTA", 0.9611],
    ["DIXON", "DICKSONX", 0.8133],
    ["DWAYNE", "DUANE", 0.84],
    ["same", "same", 1],
    ["abc", "xyz", 0],
    ["", "", 0],
  ])("the Jaro-Winkler similarity of %s and %s is %d", (left, right, expected) => {
    expect(jaroWinkler(left, right)).toBeCloseTo(expected, 4);
  });

  test("a swap with something between costs two edits, three where no byte may be edited twice", () => {
    expect(damerauLevenshtein("ca", "abc")).toBe(2);
    expect(adjacentSwap("ca", "abc")).toBe(3);
    expect(levenshtein("ca", "abc")).toBe(3);
  });

  test("day and month swapped are one swap of neighbours only where their digits meet", () => {
    expect(adjacentSwap("19560409", "19560490")).toBe(1);
    expect(levenshtein("19560409", "19560490")).toBe(2);
  });

  test("Berlin and Paris are 878 kilometres apart", () => {
    const berlin = { latitude: 52.52, longitude: 13.405 };
    const paris = { latitude: 48.8566, longitude: 2.3522 };

    expect(kilometres(berlin, paris)).toBeCloseTo(877.5, 0);
    expect(kilometres(paris, paris)).toBe(0);
  });
});

describe("laws", () => {
  test("distances are 0 between equal texts only, the same both ways, and ordered", () => {
    fc.assert(
      fc.property(texts, ([left, right]) => {
        const [simple, swap, full] = [levenshtein, adjacentSwap, damerauLevenshtein].map((of) =>
          of(left, right),
        );
        expect(simple).toBe(levenshtein(right, left));
        expect(swap).toBe(adjacentSwap(right, left));
        expect(full).toBe(damerauLevenshtein(right, left));
        expect(swap).toBeLessThanOrEqual(simple ?? 0);
        expect(full).toBeLessThanOrEqual(swap ?? 0);
        expect(full === 0).toBe(left === right);
      }),
    );
  });

  test("the distance with swaps of neighbours is that of its definition", () => {
    const short = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 5 });
    fc.assert(
      fc.property(short, short, (left, right) => {
        expect(adjacentSwap(left, right)).toBe(aligned(left, right));
      }),
    );
  });
});

/** Optimal string alignment by its definition: slow and plain. */
function aligned(left: string, right: string): number {
  if (left === "" || right === "") {
    return left.length + right.length;
  }
  const isSwap = left.length > 1 && left.at(-1) === right.at(-2) && left.at(-2) === right.at(-1);
  return Math.min(
    aligned(left.slice(0, -1), right) + 1,
    aligned(left, right.slice(0, -1)) + 1,
    aligned(left.slice(0, -1), right.slice(0, -1)) + (left.at(-1) === right.at(-1) ? 0 : 1),
    isSwap ? aligned(left.slice(0, -2), right.slice(0, -2)) + 1 : Number.POSITIVE_INFINITY,
  );
}
