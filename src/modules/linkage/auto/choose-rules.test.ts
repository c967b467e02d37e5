import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import type { KeyPart } from "../model/model.ts";
import { chooseRules, type PairCost } from "./choose-rules.ts";

const candidates = ["a", "b", "c"].map((field) => ({
  field,
  keys: [{ column: field, length: 1 }, { column: field }],
}));
const budget = { records: 100, pairsPerRecord: 10 };

const textOf = (parts: readonly KeyPart[]): string =>
  parts.map(({ column, length }) => `${column}${length ?? ""}`).join();

/** Every count says the same, so that rules stand in the order in which they were chosen. */
const sameCost: PairCost = () => Promise.resolve(100);

test("the rules do not depend on which count ends first", async () => {
  const asked: string[] = [];
  const lastFirst: PairCost = async (parts) => {
    asked.push(textOf(parts));
    await setTimeout(parts.some(({ column }) => column === "a") ? 20 : 1);
    return await sameCost(parts);
  };

  const rules = await chooseRules(candidates, budget, lastFirst);

  expect(asked.slice(0, 3)).toEqual(["a1", "b1", "c1"]);
  expect(rules.map(({ parts }) => textOf(parts))).toEqual(["a1", "b1", "c1", "a,b", "a,c", "b,c"]);
  expect(rules).toEqual(await chooseRules(candidates, budget, sameCost));
});

test("a count that fails is told when all others have ended", async () => {
  let running = 0;
  const failing: PairCost = async ([part]) => {
    running += 1;
    await setTimeout(part?.column === "a" ? 1 : 20);
    running -= 1;
    if (part?.column === "a") {
      throw new RangeError("no count");
    }
    return 100;
  };

  await expect(chooseRules(candidates, budget, failing)).rejects.toThrow("no count");
  expect(running).toBe(0);
});
