import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import type { BlockingRule } from "../model/model.ts";
import {
  blockingRules,
  loadRecords,
  preparedRecords,
  readPairs,
} from "../../../../tests/linkage/blocking-records.ts";
import { openBlockKeys, openTextHash } from "./block-keys.ts";
import { findPairs, TWIN_RULE } from "./find-pairs.ts";
import { SipHash } from "./sip-hash.ts";

const secret = Uint8Array.from({ length: 32 }, (_, index) => index);

describe("SipHash-2-4", () => {
  const message = Uint8Array.from({ length: 64 }, (_, index) => index);

  test.each([
    [0, "726fdb47dd0e0e31"],
    [1, "74f839c593dc67fd"],
    [7, "ab0200f58b01d137"],
    [8, "93f5f5799a932462"],
    [15, "a129ca6149be45e5"],
    [16, "3f2acc7f57c29bdb"],
    [63, "958a324ceb064572"],
  ])("hashes the first %i bytes as its authors do", (length, published) => {
    const hash = new SipHash(secret).hash(message, length);

    expect(BigInt.asUintN(64, hash).toString(16)).toBe(published);
  });

  test("refuses a key that is too short", () => {
    expect(() => new SipHash(new Uint8Array(15))).toThrow("at least 16 bytes");
  });
});

test("records share a key exactly when a rule finds them", async () => {
  await using duck = await DuckDb.open();

  await fc.assert(
    fc.asyncProperty(preparedRecords, blockingRules, async (records, rules) => {
      await loadRecords(duck, records);
      await findPairs(duck, { blocking: rules, largestBlock: records.length });
      const found = await readPairs(duck);
      const { twin } = await duck.columns("select id as twin from twins", { twin: "int32" });
      const ids = [...records.keys()].filter((id) => !twin.includes(id));

      const keysOf = openBlockKeys(rules, secret);

      const keys = records.map((record) => new Set(keysOf(record)));
      const sharing = ids.flatMap((l) =>
        ids
          .filter((r) => l < r && keys[l]?.isDisjointFrom(keys[r] ?? new Set()) === false)
          .map((r) => [l, r]),
      );
      expect(sharing).toEqual(
        found.filter(([, , rule]) => rule !== TWIN_RULE).map(([l, r]) => [l, r]),
      );
    }),
    { numRuns: 40 },
  );
});

test("characters are counted as people write them down, not in bytes or units", async () => {
  const lastTwo: BlockingRule = { name: "", parts: [{ column: "name", length: 2, at: "end" }] };
  const firstTwo: BlockingRule = { name: "", parts: [{ column: "name", length: 2 }] };
  const records = ["x𝒜b", "y𝒜b", "山田太", "山田郎", "𝒜"].map((name) => ({ name }));
  await using duck = await DuckDb.open();
  await loadRecords(duck, records);

  await findPairs(duck, { blocking: [lastTwo, firstTwo], largestBlock: 10 });
  const keys = records.map(openBlockKeys([lastTwo, firstTwo], secret));

  expect(await readPairs(duck)).toEqual([
    [0, 1, 0],
    [2, 3, 1],
  ]);
  expect(keys.map(({ length }) => length)).toEqual([2, 2, 2, 2, 2]);
  expect(keys[0]?.[0]).toBe(keys[1]?.[0]);
  expect(keys[2]?.[1]).toBe(keys[3]?.[1]);
});

test("the same list twice gives a key for each two elements, in any order", async () => {
  const twoPhones: BlockingRule = {
    name: "two phones",
    parts: [{ column: "phones" }, { column: "city" }, { column: "phones" }],
  };
  const records = [
    { phones: ["1", "2", "3"], city: "ulm" },
    { phones: ["3", "2"], city: "ulm" },
    { phones: ["1", "4"], city: "ulm" },
    { phones: ["1", "3"], city: "bonn" },
  ];
  await using duck = await DuckDb.open();
  await loadRecords(duck, records);

  await findPairs(duck, { blocking: [twoPhones], largestBlock: 10 });
  const keys = records.map(openBlockKeys([twoPhones], secret));

  expect(await readPairs(duck)).toEqual([[0, 1, 0]]);
  expect(keys.map(({ length }) => length)).toEqual([3, 1, 1, 1]);
  expect(keys[0]).toEqual(expect.arrayContaining([...(keys[1] ?? [])]));
});

test("keys depend on what rules take and on the secret, not on names or order", () => {
  const byName: BlockingRule = { name: "name", parts: [{ column: "name" }] };
  const byCity: BlockingRule = { name: "city", parts: [{ column: "city", length: 3 }] };
  const record = { name: "ulm", city: "ulm" };

  const keys = openBlockKeys([byName, byCity], secret)(record);
  const renamed = openBlockKeys([{ ...byCity, name: "other" }, byName], secret)(record);
  const otherSecret = openBlockKeys([byName, byCity], secret.toReversed())(record);

  expect(new Set(keys).size).toBe(2);
  expect(new Set(renamed)).toEqual(new Set(keys));
  expect(new Set(otherSecret).isDisjointFrom(new Set(keys))).toBe(true);
});

test("no two lists of parts have the same key by where one part ends", () => {
  const rule: BlockingRule = { name: "", parts: [{ column: "name" }, { column: "city" }] };
  const keysOf = openBlockKeys([rule], secret);

  expect(keysOf({ name: "ab", city: "c" })).not.toEqual(keysOf({ name: "a", city: "bc" }));
});

test("texts of any length and script have a hash of their own", () => {
  const hash = openTextHash(secret);

  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: "grapheme" })), (texts) => {
      const hashes = texts.map(hash);
      expect(new Set(hashes).size).toBe(texts.length);
      expect(texts.map(hash)).toEqual(hashes);
    }),
  );
  expect(hash("x".repeat(1_000_000))).not.toBe(hash("x".repeat(1_000_001)));
});
