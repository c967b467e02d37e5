/** What the module knows by heart, held against where it comes from. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { referenceData } from "../../../tests/support/reference-data.ts";
import { DATA_CATEGORIES, DATA_USES, patternProblem, taxonomyProblem } from "./index.ts";
import { datasetNameProblem, fieldNameProblem } from "./names.ts";
import { countryCodes, currencyCodes, isTimeZone, timeZones } from "./places.ts";
import { compareSemver, isSemver, nextSemver } from "./semver.ts";

const fideslang = referenceData("standards/fideslang");

describe.skipIf(fideslang === undefined)("the fideslang taxonomy", () => {
  test.each([
    ["data_categories.json", DATA_CATEGORIES],
    ["data_uses.json", DATA_USES],
  ])("has the keys of %s, and no other", (file, keys) => {
    const schema = z.record(z.string(), z.array(z.object({ fides_key: z.string() })));
    const text = readFileSync(join(fideslang ?? "", file), "utf8");
    const published = Object.values(schema.parse(JSON.parse(text))).flat();

    expect([...keys]).toEqual(published.map((one) => one.fides_key).toSorted());
  });
});

describe("a taxonomy key", () => {
  test.each([
    ["marketing.communications.email", undefined],
    ["marketing.communications.voice", undefined],
    ["essential.service.operations.support.outsourced", undefined],
    ["marketing.comunications.email", 'did you mean "marketing.communications"?'],
    ["marketing.communications.emial", 'did you mean "marketing.communications.email"?'],
    ["Marketing", 'did you mean "marketing"?'],
    ["marketing..email", expect.anything()],
    ["weather", expect.stringMatching(/^begin with one of analytics, /u)],
  ])("%s is answered with %s", (key, answer) => {
    expect(taxonomyProblem(key, DATA_USES)).toEqual(answer);
  });
});

describe("a pattern", () => {
  test.each([
    "[A-Z]{2}\\d+",
    "(?:\\d{3}-)*\\d+",
    "(?<year>\\d{4})",
    "\\p{L}+",
    "a|b*",
    "(?:\\d{1,3}\\.){3}\\d{1,3}",
    "(?:a|b){10}",
    "[\\[\\]()*+]+",
    "(ab)?c{2,}",
    "x{0,1000}",
  ])("%s is used", (pattern) => {
    expect(patternProblem(pattern)).toBeUndefined();
  });

  test.each([
    ["(a*)*", "several ways"],
    ["(a+|b)+", "several ways"],
    ["((a{2,}))*", "several ways"],
    ["(?:a+){2}", "several ways"],
    ["a+b+c+d+e+f+", "more than 5 repetitions"],
    ["(a|aa)+", "several ways"],
    ["((a|aa)b?)*", "several ways"],
    ["(a?){30}", "several ways"],
    ["(?<!a)b", "looks ahead or behind"],
    ["(?<=a)b", "looks ahead or behind"],
    ["(?<x>a)\\k<x>", "refers back"],
    ["(?i)a", "sets flags"],
    ["[[:alpha:]]", 'has "["'],
    ["\\x41", "by its code"],
    ["a{1001}", "more than 1000 times"],
    ["a**", "not a regular expression"],
    ["\\", "not a regular expression"],
    ["a".repeat(1001), "longer than"],
  ])("%s is refused", (pattern, reason) => {
    expect(patternProblem(pattern)).toContain(reason);
  });

  test("that is accepted answers quickly on text made to exhaust it", () => {
    const atom = fc.constantFrom("a", "b", "(?:a|b)", "[ab]", "a*", "a+", "(?:a|aa)", "(a?)", ".");
    const patterns = fc
      .array(fc.tuple(atom, fc.constantFrom("", "?", "*", "+", "{2}")), {
        minLength: 1,
        maxLength: 3,
      })
      .map((parts) => parts.map(([one, repeat]) => `(?:${one})${repeat}`).join(""));

    fc.assert(
      fc.property(patterns, (pattern) => {
        fc.pre(patternProblem(pattern) === undefined);
        const started = performance.now();
        new RegExp(`^(?:${pattern})$`, "u").test(`${"a".repeat(60)}!`);

        expect(performance.now() - started).toBeLessThan(5_000);
      }),
    );
  });
});

describe("names", () => {
  test("of fields are what the catalogue promises, whatever else is tried", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[a-z_][a-z0-9_]{0,70}$/u)),
        (name) => {
          const isAccepted = fieldNameProblem(name) === undefined;

          expect(isAccepted && !/^[a-z][a-z0-9_]{0,58}$/u.test(name)).toBe(false);
        },
      ),
    );
  });

  test("of datasets never hold two underscores in a row", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z_][a-z0-9_]{0,50}$/u), (name) => {
        const isAccepted = datasetNameProblem(name) === undefined;

        expect(isAccepted && !/^(?!.*__)[a-z][a-z0-9_]{0,39}$/u.test(name)).toBe(false);
      }),
    );
  });

  test("that can be mended are mended", () => {
    expect(fieldNameProblem("CustomerID")?.hint).toContain('"customer_id"');
    expect(fieldNameProblem("Größe in cm")?.hint).toContain('"grosse_in_cm"');
    expect(fieldNameProblem("nаme")?.hint).toContain('"name"');
  });
});

test("countries, currencies and time zones are those of the standards", () => {
  expect([countryCodes().has("DE"), countryCodes().has("UK"), countryCodes().has("de")]).toEqual([
    true,
    false,
    false,
  ]);
  expect([currencyCodes().has("EUR"), currencyCodes().has("EURO")]).toEqual([true, false]);
  expect(timeZones().filter((name) => !isTimeZone(name))).toEqual([]);
  expect(["Asia/Kolkata", "+01:00", "EST", "europe/berlin", ""].map(isTimeZone)).toEqual([
    true,
    false,
    false,
    false,
    false,
  ]);
});

test("the next version is greater than the last, and less when the step is less", () => {
  const version = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map((parts) => parts.join("."));

  fc.assert(
    fc.property(version, (last) => {
      const steps = (["patch", "minor", "major"] as const).map((weight) =>
        nextSemver(last, weight),
      );

      expect([last, ...steps].toSorted(compareSemver)).toEqual([last, ...steps]);
      expect(steps.every(isSemver)).toBe(true);
    }),
  );
  expect(["1.0", "01.0.0", "1.0.0-rc", "v1.0.0"].map(isSemver)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
