import { expect, test } from "vitest";
import type { Judgement, Verdict } from "../judgement/judgement.ts";
import { taughtPairs } from "./taught-pairs.ts";

/** Records 1 to 9, of which 8 and 9 say the same as 1. */
const records = {
  current: new Map(Array.from({ length: 9 }, (_, index) => [BigInt(index + 1), 1n])),
  numberOf: (record: bigint): number => (record > 7n ? 0 : Number(record) - 1),
};

type Said = readonly [who: string, left: bigint, right: bigint, verdict: Verdict | null];

function log(...said: readonly Said[]): Judgement[] {
  const rest = { model: null, foundBy: null, weight: null, reason: null, at: new Date(0) };
  return said.map(([who, left, right, verdict], index) => {
    const judge = who === "model" ? "model" : "person";
    return { judgement: BigInt(index + 1), judge, who, left, right, verdict, ...rest };
  });
}

test("a model learns what persons say now, once, and nothing that it said itself", () => {
  const said = log(
    ["ada", 1n, 2n, "same"],
    ["ben", 1n, 2n, "same"],
    ["ada", 3n, 4n, "different"],
    ["ada", 4n, 5n, "unsure"],
    ["ada", 5n, 6n, "same"],
    ["ada", 5n, 6n, null],
    ["model", 6n, 7n, "same"],
  );

  expect(taughtPairs(said, records)).toEqual({ same: [[0, 1]], different: [[2, 3]] });
});

test("judgements that are overruled, of equal records or of records that are gone teach nothing", () => {
  const overruled = log(
    ["ada", 2n, 3n, "same"],
    ["ben", 3n, 4n, "same"],
    ["cleo", 2n, 4n, "different"],
  );
  const equal = log(["ada", 1n, 8n, "different"]);
  const gone = log(["ada", 1n, 12n, "same"]);
  const bothWays = log(["ada", 2n, 8n, "same"], ["ada", 2n, 9n, "different"]);

  expect(taughtPairs(overruled, records)).toEqual({ same: [[2, 3]], different: [[1, 3]] });
  for (const said of [equal, gone, bothWays, []]) {
    expect(taughtPairs(said, records)).toBeUndefined();
  }
});
