import fc from "fast-check";
import { expect, test } from "vitest";
import { InvariantError } from "../../kernel/index.ts";
import { canonicalJson, readableJson, type JsonValue } from "./canonical-json.ts";

interface Case {
  readonly name: string;
  readonly input: string;
  readonly canonical: string;
}

/** RFC 8785 §3.2.2 and §3.2.3, and the test data its author publishes (cyberphone/json-canonicalization). */
const CASES: readonly Case[] = [
  {
    name: "numbers, strings and literals (§3.2.2)",
    input: String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
    canonical: String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  },
  {
    name: "members in the order of UTF-16 code units (§3.2.3)",
    input: String.raw`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`,
    canonical:
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
  },
  {
    name: "nested structures and integer-like names",
    input: String.raw`{"1":{"f":{"f":"hi","F":5},"\n":56.0},"10":{},"":"empty","a":{},"111":[{"e":"yes","E":"no"}],"A":{}}`,
    canonical: String.raw`{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}`,
  },
  {
    name: "no Unicode normalisation",
    input: String.raw`{"Unnormalized Unicode":"A\u030a"}`,
    canonical: '{"Unnormalized Unicode":"A\u030a"}',
  },
  { name: "negative zero", input: "[-0]", canonical: "[0]" },
];

test.each(CASES)("the canonical form is that of RFC 8785: $name", ({ input, canonical }) => {
  expect(canonicalJson(JSON.parse(input))).toBe(canonical);
});

test("the order of members in the input does not matter", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.nat()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).toReversed());

      expect(canonicalJson(reversed)).toBe(canonicalJson(value));
    }),
  );
});

test("both layouts hold the same value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json: JsonValue = JSON.parse(JSON.stringify(value));

      expect(JSON.parse(canonicalJson(json))).toEqual(json);
      expect(JSON.parse(readableJson(json))).toEqual(json);
    }),
  );
});

test("the readable layout indents by two blanks and ends with a line feed", () => {
  expect(readableJson({ b: [1, { c: null }], a: {}, d: [] })).toBe(
    '{\n  "a": {},\n  "b": [\n    1,\n    {\n      "c": null\n    }\n  ],\n  "d": []\n}\n',
  );
});

test.each([[Number.NaN], [Number.POSITIVE_INFINITY], ["\ud800"]])(
  "what JSON cannot hold has no canonical form (%j)",
  (value) => {
    expect(() => canonicalJson([value])).toThrow(InvariantError);
  },
);

test("members without a value are left out", () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
});
