import fc from "fast-check";
import { SaxesParser } from "saxes";
import { describe, expect, test } from "vitest";
import type { PreparedRecord } from "../model/model.ts";
import { parseModel } from "../model/parse-model.ts";
import { openScorer, type PairScore } from "../scoring/score-pair.ts";
import { explanationRows } from "./rows.ts";
import { sentences } from "./sentences.ts";
import { waterfallSvg } from "./waterfall.ts";
import { shownCount, shownProbability, shownWeight, subjectOf } from "./wording.ts";

const model = parseModel(
  `format: waybill-linkage-model/1
fields:
  - { name: given, kind: given-name, columns: [first] }
  - { name: dob, kind: date, columns: [dob] }
  - { name: home_town, kind: place, columns: [city] }
prior: 0.0005
related: 0.001
comparisons:
  - name: given
    personal: true
    levels:
      - { name: missing, when: missing(given), missing: true }
      - { name: same, when: equal(given), m: 0.64, u: 0.005, termFrequency: { column: given } }
      - { name: typing error, when: levenshtein(given) <= 1, m: 0.2, u: 0.002 }
      - { name: otherwise, when: otherwise, m: 0.16, u: 0.993 }
  - name: dob__text
    levels:
      - { name: missing, when: missing(dob__text), missing: true }
      - { name: same day, when: equal(dob__text), m: 0.9, u: 0.000526 }
      - { name: otherwise, when: otherwise, m: 0.1, u: 0.999474 }
  - name: home_town
    levels:
      - { name: missing, when: missing(home_town), missing: true }
      - { name: same, when: equal(home_town), m: 0.8, u: 0.02, related: 0.9 }
      - { name: otherwise, when: otherwise, m: 0.2, u: 0.98 }
factors:
  - name: who
    comparisons: [given, dob__text]
    cells: [{ levels: [same, same day], m: 0.6, u: 0.00001 }]
largestBlock: 100
`,
  "model.yaml",
);
const scorer = openScorer(model);
const score = (left: PreparedRecord, right: PreparedRecord): PairScore =>
  scorer.score(scorer.compare({ left, right }), (_, value) =>
    value === "roberta" ? 0.00004 : undefined,
  );
const roberta = { given: "roberta", dob__text: "19710624", home_town: "ulm" };

describe("in words", () => {
  test("the strongest evidence comes first, each with how often it happens by chance", () => {
    const told = sentences(model, score(roberta, roberta));

    expect(told).toEqual([
      "The probability that the two are the same is 99.9993 % (weight +17.1).",
      "Both have the given name “roberta”, which 1 in 25,000 others share by chance: +14.0.",
      "Both were born on 1971-06-24, which 1 in 1,900 others share by chance: +10.7.",
      "Both have the home town “ulm”, which 2 % of others share by chance: +5.3.",
      "Together, given name and date of birth say less than one by one, for they depend on each other: −1.9.",
      "Relatives and housemates would share some of this as well: −0.1.",
      "Of any two records, 1 pair in 2,000 is the same: −11.0.",
    ]);
  });

  test("what differs, what is close and what is missing each has its own form", () => {
    const told = sentences(model, score(roberta, { given: "robertas", home_town: "bonn" }));

    expect(told.slice(1, -1)).toEqual([
      "The given name is close (typing error), “roberta” and “robertas”, 100 times likelier for the same than for different ones: +6.6.",
      "The home town differs, “ulm” and “bonn”, as it does in 20 % of pairs that are the same: −2.3.",
      "Nothing can be said of the date of birth.",
    ]);
  });
});

describe("as a table", () => {
  test("each line says what was compared, found and weighed", () => {
    const rows = explanationRows(model, score(roberta, { ...roberta, given: null }));

    expect(
      rows.map(({ subject, outcome, left, right }) => [subject, outcome, left, right]),
    ).toEqual([
      ["any two records", undefined, undefined, undefined],
      ["given name", "missing", "roberta", undefined],
      ["date of birth", "same day", "1971-06-24", "1971-06-24"],
      ["home town", "same", "ulm", "ulm"],
      ["shared by relatives", undefined, undefined, undefined],
    ]);
  });

  test("the weights of the lines add up to the weight of the pair", () => {
    const value = fc.constantFrom("roberta", "robertas", "x", null);
    const record: fc.Arbitrary<PreparedRecord> = fc.record({
      given: value,
      dob__text: value,
      home_town: value,
    });
    fc.assert(
      fc.property(record, record, (left, right) => {
        const scored = score(left, right);
        const sum = explanationRows(model, scored).reduce((all, row) => all + row.weight, 0);
        expect(sum).toBeCloseTo(scored.weight, 10);
      }),
    );
  });
});

/** The texts of an SVG; fails where it is no XML. */
function textsOf(svg: string): {
  readonly texts: readonly string[];
  readonly tags: readonly string[];
} {
  const texts: string[] = [];
  const tags: string[] = [];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name }) => {
    tags.push(name);
  });
  parser.on("text", (text) => {
    texts.push(text);
  });
  parser.write(svg).close();
  return { texts, tags };
}

describe("as a picture", () => {
  test("there is a bar for the prior, each finding and the sum", () => {
    const svg = waterfallSvg(model, score(roberta, roberta), { title: "Why" });

    const { texts, tags } = textsOf(svg);

    // The paper, the prior, three comparisons, the factor, the relatives, the sum.
    expect(tags.filter((tag) => tag === "rect")).toHaveLength(8);
    expect(texts).toEqual(
      expect.arrayContaining(["Why", "Given name", "+14.0", "−1.9", "Together", "+17.1"]),
    );
  });

  test("what is missing has a line and no bar", () => {
    const svg = waterfallSvg(model, score({}, roberta), { title: "Why" });

    const { texts, tags } = textsOf(svg);

    expect(tags.filter((tag) => tag === "rect")).toHaveLength(3);
    expect(texts.filter((text) => text === "no value")).toHaveLength(3);
  });

  test("whatever the values hold, the picture is XML and holds no markup of theirs", () => {
    const nasty = fc.oneof(
      fc.string({ unit: "binary", maxLength: 30 }),
      fc.constantFrom("<script>alert(1)</script>", "\u0000\ud800", '" onload="x', "]]>", "&amp;"),
    );
    fc.assert(
      fc.property(nasty, nasty, nasty, (one, other, title) => {
        const scored = score({ given: one, home_town: other }, { given: other, home_town: other });
        const { tags } = textsOf(waterfallSvg(model, scored, { title }));
        expect([...new Set(tags)].toSorted()).toEqual(
          ["desc", "g", "path", "rect", "style", "svg", "text", "title"].toSorted(),
        );
      }),
    );
  });

  test("no coordinate is missing or endless, however extreme the weights", () => {
    const scored = score(roberta, roberta);
    for (const weight of [0, 1e-9, -3_000, 3_000]) {
      const extreme = { ...scored, priorWeight: weight, weight: weight + 28, probability: 1 };

      const svg = waterfallSvg(model, extreme, { title: "Why" });

      expect(svg).not.toMatch(/NaN|Infinity|undefined/u);
    }
  });
});

test.each([
  [0, "next to 0 %"],
  [0.0000001234, "1 in 8,100,000"],
  [0.000526, "1 in 1,900"],
  [0.02, "2 %"],
  [0.5, "50 %"],
  [0.969, "96 %"],
  [0.99984, "99.98 %"],
  [0.9999999, "99.99999 %"],
  [1, "more than 99.9999999 %"],
])("the probability %d is shown as %s", (probability, shown) => {
  expect(shownProbability(probability)).toBe(shown);
});

test("numbers are rounded to what a reader takes in", () => {
  expect([1, 9.4, 17, 1_901, 123_456].map(shownCount)).toEqual([
    "1",
    "9",
    "17",
    "1,900",
    "120,000",
  ]);
  expect([10.94, -4.06, 0.04, -0.01].map(shownWeight)).toEqual(["+10.9", "−4.1", "0.0", "0.0"]);
});

test.each([
  ["given", "given name"],
  ["dob__text", "date of birth"],
  ["home_town", "home town"],
  ["name__family", "family name"],
  ["name__suffix", "suffix of the name"],
  ["first_name_surname", "first name surname"],
])("the comparison %s is about the %s", (comparison, noun) => {
  expect(subjectOf(model, comparison).noun).toBe(noun);
});
