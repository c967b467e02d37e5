import { describe, expect, test } from "vitest";
import { must } from "../../../kernel/index.ts";
import { openComparison } from "../model/evaluate.ts";
import { openPreparation } from "../prepare/preparation.ts";
import { autoModel } from "./auto-model.ts";

const model = autoModel([
  { name: "given", kind: "given-name", columns: ["given"] },
  { name: "family", kind: "family-name", columns: ["family"] },
]);
const given = must(model.comparisons[0], "given names are compared first");
const preparation = openPreparation(model.fields);

/** The outcome of two given names beside one family name. */
function outcomeOf(left: string, right: string): string | undefined {
  const [one, other] = [left, right].map((name) =>
    preparation.prepareRecord({ given: name, family: "Anderson" }),
  );
  const level = openComparison(given)(must(one, "prepared"), must(other, "prepared"));
  return given.levels[level]?.name;
}

describe("of two given names", () => {
  test.each([
    ["Bob", "Robert", "short form"],
    ["Liz", "Beth", "short form"],
    ["Anna", "Ann", "short form"],
    ["Alex", "Alexandra", "short form"],
    ["Anna", "Annabelle", "short form or another name"],
    ["Annabelle", "Ann", "short form or another name"],
    ["Claire", "Clarissa", "short form or another name"],
    ["Anna", "Mary", "another name"],
    ["Anna", "Anna", "same"],
    ["Annabelle", "Annabele", "typing error"],
  ])("%s and %s are: %s", (left, right, outcome) => {
    expect(outcomeOf(left, right)).toBe(outcome);
    expect(outcomeOf(right, left)).toBe(outcome);
  });
});
