import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Field, FieldRules, FieldType, Normaliser } from "../../contracts/index.ts";
import { listItems, listLiteral } from "./list.ts";
import { compileNormaliser } from "./normaliser.ts";
import { compareNumbers, scaled, unscaled } from "./number.ts";
import { Rejection } from "./outcome.ts";
import { Zone } from "./zone.ts";

function field(
  type: FieldType,
  more: { rules?: Partial<FieldRules>; normaliser?: Normaliser } = {},
): Field {
  return {
    name: "f",
    title: "f",
    description: "",
    type,
    rules: { required: false, ...more.rules },
    category: undefined,
    normaliser: more.normaliser,
    survivorship: "most-recent",
    identifier: false,
    erasure: "delete",
  };
}

const BERLIN = new Zone("Europe/Berlin");

/** The canonical text, or the rule that refuses the value. */
function outcome(target: Field, text: string, country = "DE"): string {
  const result = compileNormaliser(target, { zone: BERLIN, country })(text);
  return result instanceof Rejection ? `refused: ${result.rule}` : String(result);
}

const decimal = (precision: number, scale: number): Field =>
  field({ kind: "decimal", precision, scale });
const text = (normaliser: Normaliser): Field => field({ kind: "text" }, { normaliser });

describe("decimals", () => {
  test.each([
    ["29.85", "29.85"],
    ["+029.8", "29.80"],
    ["-0.00", "0.00"],
    ["-.5", "-0.50"],
    ["5.", "5.00"],
    ["1.2300", "1.23"],
    ["99999999.99", "99999999.99"],
    ["1.234", "refused: scale"],
    ["100000000", "refused: precision"],
    ["1e5", "refused: type"],
    ["∞", "refused: type"],
    ["NaN", "refused: type"],
    ["Infinity", "refused: type"],
    ["1,5", "refused: type"],
    ["0x10", "refused: type"],
    ["", "refused: type"],
    ["-", "refused: type"],
    [".", "refused: type"],
    ["1.2.3", "refused: type"],
    ["١٢", "refused: type"],
  ])("%j becomes %j", (value, result) => {
    expect(outcome(decimal(10, 2), value)).toBe(result);
  });

  test("any number of the type keeps its exact value", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        fc.nat(10),
        (units, scale) => {
          const written = unscaled(units, scale);

          expect(scaled(outcome(decimal(38, scale), written), scale)).toBe(units);
        },
      ),
    );
  });

  test("comparison is exact and agrees with whole numbers", () => {
    const digits = fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n });
    fc.assert(
      fc.property(digits, digits, fc.nat(6), (a, b, scale) => {
        const order = compareNumbers(unscaled(a, scale), unscaled(b, scale));

        expect(Math.sign(order)).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
  });
});

describe("integers, truth values and enumerations", () => {
  test.each([
    ["42", "42"],
    ["-007", "-7"],
    ["5.0", "5"],
    ["-0", "0"],
    ["9223372036854775807", "9223372036854775807"],
    ["-9223372036854775808", "-9223372036854775808"],
    ["9223372036854775808", "refused: type"],
    ["99999999999999999999", "refused: type"],
    ["5.5", "refused: type"],
    ["1e3", "refused: type"],
  ])("the integer %j becomes %j", (value, result) => {
    expect(outcome(field({ kind: "integer" }), value)).toBe(result);
  });

  test.each([
    ["Yes", "t"],
    ["1", "t"],
    ["JA", "t"],
    ["oui", "t"],
    ["n", "f"],
    ["False", "f"],
    ["nein", "f"],
    ["2", "refused: type"],
    ["maybe", "refused: type"],
  ])("the truth value %j becomes %j", (value, result) => {
    expect(outcome(field({ kind: "boolean" }), value)).toBe(result);
  });

  test("an enumeration has the contract's spelling", () => {
    const plan = field({ kind: "enum", values: ["Basic", "Pro"] });

    expect([outcome(plan, "Pro"), outcome(plan, "pro"), outcome(plan, "Gold")]).toEqual([
      "Pro",
      "Pro",
      "refused: enum",
    ]);
  });
});

describe("dates and timestamps", () => {
  test.each([
    ["2024-02-29", "2024-02-29"],
    ["2024-02-29T00:00:00", "2024-02-29"],
    ["2023-02-29", "refused: type"],
    ["1900-02-29", "refused: type"],
    ["2024-13-01", "refused: type"],
    ["2024-02-29 12:00", "refused: type"],
    ["29.02.2024", "refused: type"],
    ["0000-01-01", "refused: type"],
  ])("the date %j becomes %j", (value, result) => {
    expect(outcome(field({ kind: "date" }), value)).toBe(result);
  });

  test.each([
    ["2024-07-01T12:00:00Z", "2024-07-01T12:00:00Z"],
    ["2024-07-01 12:00:00+02", "2024-07-01T10:00:00Z"],
    ["2024-07-01T12:00:00.1200-0530", "2024-07-01T17:30:00.12Z"],
    ["2024-07-01T12:00:00", "2024-07-01T10:00:00Z"],
    ["2024-01-01 12:00", "2024-01-01T11:00:00Z"],
    ["2024-07-01", "2024-06-30T22:00:00Z"],
    ["2024-03-31T02:30:00", "2024-03-31T01:30:00Z"],
    ["2024-10-27T02:30:00", "2024-10-27T00:30:00Z"],
    ["2024-07-01T24:00:00Z", "refused: type"],
    ["2024-07-01T12:00:60Z", "refused: type"],
    ["2024-07-01T12:00:00.1234567Z", "refused: type"],
    ["yesterday", "refused: type"],
  ])("the timestamp %j becomes %j in Berlin", (value, result) => {
    expect(outcome(field({ kind: "timestamp" }), value)).toBe(result);
  });

  test("bounds are compared as time, also with fractions", () => {
    const at = field({ kind: "timestamp" }, { rules: { maximum: "2024-01-01T00:00:00Z" } });

    expect(outcome(at, "2024-01-01T00:00:00Z")).toBe("2024-01-01T00:00:00Z");
    expect(outcome(at, "2024-01-01T00:00:00.5Z")).toBe("refused: maximum");
  });
});

describe("words", () => {
  test.each([
    ["030 901820", "DE", "+4930901820"],
    ["+44 20 7946 0958", "DE", "+442079460958"],
    ["(415) 555-2671", "US", "+14155552671"],
    ["12", "DE", "refused: phone"],
    ["call 030 901820 now", "DE", "refused: phone"],
    ["9".repeat(10_000), "DE", "refused: phone"],
  ])("the telephone number %j of %s becomes %j", (value, country, result) => {
    expect(outcome(text("phone"), value, country)).toBe(result);
  });

  test.each([
    ["Ann.Lee@Example.COM", "ann.lee@example.com"],
    ["müller@bücher.example", "müller@bücher.example"],
    ["a+b@x.co", "a+b@x.co"],
    ["a@b", "refused: email"],
    ["a b@x.co", "refused: email"],
    ["a..b@x.co", "refused: email"],
    ["@x.co", "refused: email"],
    ["a@-x.co", "refused: email"],
    ["a@x.1", "refused: email"],
    [`${"a".repeat(65)}@x.co`, "refused: email"],
    [`a@${"x.".repeat(200)}co`, "refused: email"],
  ])("the address %j becomes %j", (value, result) => {
    expect(outcome(text("email"), value)).toBe(result);
  });

  test.each([
    ["Ann \u00a0 Lee", "Ann Lee"],
    ["Zoe\u0308", "Zoë"],
    ["McDONALD", "McDONALD"],
    ["12", "refused: name"],
  ])("the person's name %j becomes %j", (value, result) => {
    expect(outcome(text("person-name"), value)).toBe(result);
  });

  test.each([
    ["sw1a1aa", "GB", "SW1A 1AA"],
    ["LA4", "GB", "LA4"],
    ["k1a0b1", "CA", "K1A 0B1"],
    ["1234ab", "NL", "1234 AB"],
    ["123456789", "US", "12345-6789"],
    ["00-950", "PL", "00-950"],
    ["D-10115", "DE", "10115"],
    ["1234", "DE", "refused: postal-code"],
    ["ab  12", "XK", "AB 12"],
  ])("the postal code %j of %s becomes %j", (value, country, result) => {
    expect(outcome(text("postal-code"), value, country)).toBe(result);
  });

  test.each([
    ["de", "DE"],
    ["DEU", "DE"],
    ["Deutschland", "DE"],
    ["Côte d'Ivoire", "CI"],
    ["cote d'ivoire", "CI"],
    ["UK", "GB"],
    ["Atlantis", "refused: country"],
  ])("the country %j becomes %j", (value, result) => {
    expect(outcome(text("country"), value)).toBe(result);
  });

  test("normalising what is normal changes nothing", () => {
    const cases = [
      [text("phone"), "+4930901820"],
      [text("email"), "ann.lee@example.com"],
      [text("country"), "CI"],
      [text("postal-code"), "10115"],
    ] as const;
    for (const [target, canonical] of cases) {
      expect(outcome(target, canonical)).toBe(canonical);
    }
  });
});

describe("rules", () => {
  test("lengths count characters, not UTF-16 units", () => {
    const short = field({ kind: "text" }, { rules: { minLength: 2, maxLength: 3 } });

    expect(["😀", "😀😀😀", "😀😀😀😀"].map((value) => outcome(short, value))).toEqual([
      "refused: minLength",
      "😀😀😀",
      "refused: maxLength",
    ]);
  });

  test("a pattern must match the whole value", () => {
    const code = field({ kind: "text" }, { rules: { pattern: "[A-Z]{2}|x" } });

    expect(["AB", "x", "ABC", "xx"].map((value) => outcome(code, value))).toEqual([
      "AB",
      "x",
      "refused: pattern",
      "refused: pattern",
    ]);
  });

  test("bounds of numbers are compared exactly, beyond what doubles can tell apart", () => {
    const bounded = field(
      { kind: "decimal", precision: 30, scale: 10 },
      { rules: { maximum: "9007199254740993.0000000001", exclusiveMinimum: "0" } },
    );

    expect(outcome(bounded, "9007199254740993.0000000001")).toBe("9007199254740993.0000000001");
    expect(outcome(bounded, "9007199254740993.0000000002")).toBe("refused: maximum");
    expect(outcome(bounded, "0")).toBe("refused: exclusiveMinimum");
  });

  test("no message carries a value", () => {
    const secret = "s3cr3t-value";
    const kinds: FieldType[] = [
      { kind: "integer" },
      { kind: "decimal", precision: 5, scale: 1 },
      { kind: "boolean" },
      { kind: "date" },
      { kind: "timestamp" },
      { kind: "enum", values: ["a"] },
    ];
    for (const type of kinds) {
      const result = compileNormaliser(field(type), { zone: new Zone("UTC"), country: "DE" })(
        secret,
      );
      expect(result).toBeInstanceOf(Rejection);
      expect(result instanceof Rejection ? result.message : secret).not.toContain(secret);
    }
  });
});

describe("lists", () => {
  test("any list comes back from its array literal", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (items) => {
        expect(listItems(listLiteral(items))).toEqual(items);
      }),
    );
  });

  test("JSON lists, and single values, become lists whose elements are held to the rules", () => {
    const tags = field({ kind: "text-list" }, { normaliser: "lower", rules: { maxLength: 3 } });

    expect(outcome(tags, '["A"," b ",null,""]')).toBe('{"a","b"}');
    expect(outcome(tags, "[x")).toBe('{"[x"}');
    expect(outcome(tags, '["long"]')).toBe("refused: maxLength");
  });
});
