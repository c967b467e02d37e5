import { describe, expect, test } from "vitest";
import type { Comparison, Level } from "./model.ts";
import { openTelling, tellingLevels } from "./telling.ts";

function level(name: string, parts: Partial<Level>): Level {
  return { name, when: "otherwise", isMissing: false, m: undefined, u: undefined, ...parts };
}

const sides = { left: { column: "number" }, right: { column: "number" } };

/** A number that the same share in all but `m` of their pairs. */
function numbers(m: number, u = 0.001): Comparison {
  return {
    name: "number",
    levels: [
      level("missing", { when: { kind: "missing", ...sides }, isMissing: true }),
      level("same", { when: { kind: "equal", ...sides }, m: 1 - m, u, tells: "identity" }),
      level("otherwise", { m, u: 1 - u, tells: "contradiction" }),
    ],
  };
}

describe("a level tells what the data bears out", () => {
  test.each([
    { m: 0.02, what: "which the same seldom have contradicts", contradictions: [2] },
    { m: 0.2, what: "which one in five of the same has is no contradiction", contradictions: [] },
  ])("an outcome $what", ({ m, contradictions }) => {
    expect(tellingLevels([numbers(m, 1e-5)])).toEqual([
      { position: 0, contradictions, identities: [1] },
    ]);
  });

  test("a number that strangers share as well identifies nobody", () => {
    expect(tellingLevels([numbers(0.02, 0.01)])).toEqual([
      { position: 0, contradictions: [2], identities: [] },
    ]);
  });

  test("an untrained level tells nothing", () => {
    const untrained = {
      ...numbers(0.02),
      levels: [level("otherwise", { tells: "contradiction" })],
    };

    expect(tellingLevels([untrained])).toEqual([]);
  });
});

test("a pair with a contradiction and an identity tells the contradiction", () => {
  const generation: Comparison = {
    name: "generation",
    levels: [
      level("same", { when: { kind: "equal", ...sides }, m: 0.9995, u: 0.5 }),
      level("otherwise", { m: 0.0005, u: 0.5, tells: "contradiction" }),
    ],
  };
  const telling = openTelling([numbers(0.02, 1e-5), generation]);

  expect(telling([0, 0])).toBeNull();
  expect(telling([1, 0])).toBe("identity");
  expect(telling([2, 0])).toBe("contradiction");
  expect(telling([1, 1])).toBe("contradiction");
});
