import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeCriteria, parseCriteria } from "../../src/modules/criteria/index.ts";
import { worldCatalogue } from "./world.ts";

const catalogue = worldCatalogue("Europe/Berlin");
const guide = readFileSync(new URL("../../docs/criteria.md", import.meta.url), "utf8");
const examples = [...guide.matchAll(/```cel\n(.*?)```/gs)].map(([, text = ""]) => text);

test("the guide has examples", () => {
  expect(examples.length).toBeGreaterThan(12);
});

test.each(examples)("the guide's example can be read and warns of nothing: %s", (example) => {
  const segments = ["loyal", "complained"];

  expect(parseCriteria(example, catalogue, { segments }).warnings).toEqual([]);
});

test("the guide's first example reads as a sentence", () => {
  const criteria = parseCriteria(examples[0] ?? "", catalogue);

  expect(describeCriteria(criteria, catalogue)).toBe(
    "Customers for whom city is “Berlin” or “Hamburg”, and the age in years by birth date is at " +
      "least 18, and the sum of amount of orders in the last 90 days is more than 500, and there " +
      "are no orders in the last 30 days.",
  );
});
