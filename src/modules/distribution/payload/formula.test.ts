import fc from "fast-check";
import { expect, test } from "vitest";
import { guardFormula, isPlainNumber } from "./formula.ts";

test("bytes that begin with a sign are a plain number exactly where their text needs no guard", () => {
  const parts = fc.array(fc.constantFrom("", "0", "49151", "9", "/", ":", "+", "1a"), {
    maxLength: 3,
  });
  const signed = fc.tuple(fc.constantFrom("+", "-"), parts);
  fc.assert(
    fc.property(signed, fc.string(), ([sign, numbers], around) => {
      const text = sign + numbers.join(".");
      const bytes = Buffer.from(around + text + around);
      const start = Buffer.byteLength(around);

      expect(isPlainNumber(bytes, start, start + text.length)).toBe(guardFormula(text) === text);
    }),
    { numRuns: 1_000 },
  );
});
