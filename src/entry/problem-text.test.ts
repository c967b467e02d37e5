import { expect, test } from "vitest";
import { UnavailableError } from "../kernel/index.ts";
import { problemText } from "./problem-text.ts";

test("an error of ours says in its own words what failed", () => {
  const error = new UnavailableError("keys-unavailable", "the key database does not answer");

  expect(problemText(error)).toBe("the key database does not answer");
});

test("of an error that nobody foresaw only its name is told, for its message may hold a value", () => {
  expect(problemText(new TypeError("Ada Lovelace"))).toBe("an unforeseen TypeError");
  expect(problemText("Ada Lovelace")).toBe("an unforeseen string");
});
