import fc from "fast-check";
import { expect, test } from "vitest";
import { InvariantError } from "../../kernel/index.ts";
import { isIdent, quoteIdent } from "./ident.ts";

function quotedOrError(name: string): string {
  try {
    return quoteIdent(name);
  } catch (error) {
    return error instanceof InvariantError ? "refused" : "failed otherwise";
  }
}

test("a name is either refused or quoted with nothing in it that could end the quotes", () => {
  const names = fc.oneof(fc.string(), fc.stringMatching(/^[a-z_"; .]{0,70}$/));

  fc.assert(
    fc.property(names, (name) => {
      expect(quotedOrError(name)).toMatch(/^(?:refused|"[a-z_][a-z0-9_]{0,62}")$/);
      expect(quotedOrError(name) === "refused").toBe(!isIdent(name));
    }),
  );
});

test("reserved words are usable, longer names and line ends are not", () => {
  expect(quoteIdent("order")).toBe('"order"');
  expect(isIdent("a".repeat(63))).toBe(true);
  expect(isIdent("a".repeat(64))).toBe(false);
  expect(isIdent("a\n")).toBe(false);
});
