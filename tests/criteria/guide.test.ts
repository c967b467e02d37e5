import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkNumber, describeCriteria, parseCriteria } from "../../src/modules/criteria/index.ts";
import { worldCatalogue } from "./world.ts";

const catalogue = worldCatalogue("Europe/Berlin");
const guide = readFileSync(new URL("../../docs/criteria.md", import.meta.url), "utf8");
const examples = [...guide.matchAll(/```cel( \w+)?\n(.*?)```/gs)].map(
  ([, subject, text = ""]) => [text, subject?.trim()] as const,
);

test("the guide has examples", () => {
  expect(examples.length).toBeGreaterThan(12);
});

test.each(examples)("the guide's example can be read and warns of nothing: %s", (text, subject) => {
  const segments = ["loyal", "complained"];
  const scores = ["spend", "recency", "frequency", "monetary"];

  const criteria = parseCriteria(text, catalogue, { subject, segments, scores });

  expect(criteria.warnings).toEqual([]);
});

test("the guide's numbers of scores can be read", () => {
  const numbers = [...guide.matchAll(/^of: (.*?)(?: {2,}#.*)?$/gm)].map(([, text = ""]) => text);

  expect(numbers.length).toBeGreaterThan(3);
  expect(numbers.flatMap((text) => checkNumber(text, catalogue))).toEqual([]);
});

test("the guide's example of accounts reads as a sentence", () => {
  const [text = "", subject] = examples.find(([, of]) => of === "accounts") ?? [];
  const criteria = parseCriteria(text, catalogue, { subject });

  expect(describeCriteria(criteria, catalogue)).toBe(
    "Accounts for which industry is “logistics”, and employees is at least 50, and the number of " +
      "customers where vip is true is at least 5, and there are no tickets in the last 90 days.",
  );
});

test("the guide's first example reads as a sentence", () => {
  const criteria = parseCriteria(examples[0]?.[0] ?? "", catalogue);

  expect(describeCriteria(criteria, catalogue)).toBe(
    "Customers for whom city is “Berlin” or “Hamburg”, and the age in years by birth date is at " +
      "least 18, and the sum of amount of orders in the last 90 days is more than 500, and there " +
      "are no orders in the last 30 days.",
  );
});
