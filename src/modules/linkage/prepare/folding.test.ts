import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asciiLower, cut, distinctWords, folded, LONGEST_VALUE } from "./folding.ts";

describe("folding", () => {
  test("folding what is folded changes nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        expect(folded(folded(value))).toBe(folded(value));
      }),
    );
  });

  test("folded text is lower case letters and digits with single blanks between words, or nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        expect(folded(value)).toMatch(/^(?:[a-z0-9]+(?: [a-z0-9]+)*)?$/);
      }),
    );
  });

  test.each([
    ["Łódź", "lodz"],
    ["Müller", "muller"],
    ["Mu\u0308ller", "muller"],
    ["Straße", "strasse"],
    ["山田太郎", "shan tian tai lang"],
    ["राम कुमार", "ram kumar"],
    ["김철수", "gim cheol su"],
    ["Ἀλέξανδρος", "alexandros"],
    ["Анна Каренина", "anna karenina"],
    ["O’Brien", "obrien"],
    ["Jean-Luc   PICARD", "jean luc picard"],
    ["An\u200bna\ufeff", "anna"],
    ["Anna 😀👩🏽‍🚀🇩🇪", "anna"],
    ["😀", ""],
    ["\ud800", ""],
  ])("%s is folded to %j", (value, expected) => {
    expect(folded(value)).toBe(expected);
  });

  test("a value of a megabyte is cut, and never in the middle of a character", () => {
    const long = `${"a".repeat(LONGEST_VALUE - 1)}😀${"b".repeat(1_000_000)}`;

    expect(cut(long)).toBe("a".repeat(LONGEST_VALUE - 1));
    expect(asciiLower("x".repeat(1_000_000))).toHaveLength(LONGEST_VALUE);
  });

  test("words are told once, in order of the alphabet", () => {
    expect(distinctWords("smith bob smith")).toEqual(["bob", "smith"]);
  });
});

describe("scripts without vowels", () => {
  test.each([
    ["فيصل صديقي", "fisal sadiqi"],
    ["محمد", "mahamad"],
    ["שרה Cohen", "sarah cohen"],
  ])("%s is read with vowels", (value, words) => {
    expect(folded(value)).toBe(words);
  });
});
