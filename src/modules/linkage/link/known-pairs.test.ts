import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidInputError } from "../../../kernel/index.ts";
import { knownPairs } from "./known-pairs.ts";

const names = ["a", "b", "c", "b", null, "d", "e"];

/** Labels as they are read, from lines such as `a c same`. */
function labels(...lines: readonly string[]): Parameters<typeof knownPairs>[0] {
  const words = lines.map((line) => line.split(" ").map((word) => (word === "" ? null : word)));
  const column = (place: number): (string | null)[] => words.map((line) => line[place] ?? null);
  return { left: column(0), right: column(1), verdicts: column(2) };
}

function refusalOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof InvalidInputError ? error.code : "not refused";
  }
}

describe("pairs of which somebody knows what they are", () => {
  test("are the numbers of the records that they name, each pair once", () => {
    const known = knownPairs(labels("a c same", "c a same", "e d different", "a d unsure"), names);

    expect(known).toEqual({ same: [[0, 2]], different: [[5, 6]] });
  });

  test("are all the same where no column says what they are", () => {
    const known = knownPairs({ left: ["a"], right: ["c"], verdicts: undefined }, names);

    expect(known).toEqual({ same: [[0, 2]], different: [] });
  });

  test.each([
    { what: "a line names nobody", line: "z a same", message: "not in the files" },
    { what: "a line names nothing", line: " a same", message: "not in the files" },
    { what: "a name is of several", line: "b a same", message: "several are called" },
    { what: "a line names one record twice", line: "a a same", message: "one record twice" },
    { what: "a verdict is another word", line: "a d maybe", message: "another word" },
    { what: "a verdict is missing", line: "a d ", message: "no verdict" },
    { what: "a pair is both", line: "c a different", message: "make its two records the same" },
  ])("are refused by their lines, without a value, where $what", ({ line, message }) => {
    const refused = (): unknown => knownPairs(labels("a c same", line), names);

    expect(refused).toThrow(InvalidInputError);
    expect(refused).toThrow(
      expect.objectContaining({
        issues: [{ at: "line 3", message: expect.stringContaining(message) }],
        message: expect.not.stringContaining("maybe"),
      }),
    );
  });

  test("are refused exactly where two are different whom a chain of the same connects", () => {
    const record = fc.nat(5);
    const pairs = fc.array(
      fc.tuple(record, record).filter(([one, other]) => one !== other),
      { maxLength: 6 },
    );
    const called = Array.from({ length: 6 }, (_, place) => `r${place}`);
    fc.assert(
      fc.property(pairs, pairs, (same, different) => {
        const groups = called.map((_, place) => place);
        for (const [one, other] of [...same, ...same, ...same, ...same, ...same, ...same]) {
          const least = Math.min(groups[one] ?? 0, groups[other] ?? 0);
          [groups[one], groups[other]] = [least, least];
        }
        const isPossible = different.every(([one, other]) => groups[one] !== groups[other]);
        const line = (verdict: string) => (pair: readonly number[]) =>
          `r${pair[0]} r${pair[1]} ${verdict}`;
        const said = labels(...same.map(line("same")), ...different.map(line("different")));

        expect(refusalOf(() => knownPairs(said, called))).toBe(
          isPossible ? undefined : "labels-contradict",
        );
      }),
    );
  });
});
