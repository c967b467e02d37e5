import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../../../kernel/index.ts";
import { knownPairs } from "./known-pairs.ts";

const names = ["a", "b", "c", "b", null];

describe("pairs that are known to be the same", () => {
  test("are the numbers of the records that they name", () => {
    const { l, r } = knownPairs({ left: ["a", "c"], right: ["c", "a"] }, names);

    expect([...l]).toEqual([0, 2]);
    expect([...r]).toEqual([2, 0]);
  });

  test.each([
    { what: "nobody", left: "z", message: "not in the files" },
    { what: "nothing", left: null, message: "not in the files" },
    { what: "what two records are called", left: "b", message: "several are called" },
    { what: "the other record", left: "a", message: "one record twice" },
  ])("are refused by their lines where one names $what", ({ left, message }) => {
    const refused = (): unknown => knownPairs({ left: ["c", left], right: ["a", "a"] }, names);

    expect(refused).toThrow(InvalidInputError);
    expect(refused).toThrow(
      expect.objectContaining({
        issues: [{ at: "line 3", message: expect.stringContaining(message) }],
      }),
    );
  });
});
