import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import { readCondition } from "./condition-text.ts";
import type { Condition } from "./condition.ts";
import { dateReader } from "./date-format.ts";
import { openComparison, openCondition } from "./evaluate.ts";
import type { Comparison, PreparedRecord } from "./model.ts";
import { readPattern } from "./pattern.ts";
import {
  adjacentSwap,
  damerauLevenshtein,
  jaccard,
  jaro,
  jaroWinkler,
  levenshtein,
} from "./similarity.ts";

function conditionOf(text: string): Condition {
  const read = readCondition(text);
  if (!read.ok) {
    throw new Error(read.error.message);
  }
  return read.value;
}

function holds(
  condition: Condition,
  left: PreparedRecord,
  right: PreparedRecord,
): boolean | undefined {
  return openCondition(condition)(left, right);
}

const anna: PreparedRecord = {
  given: "anna",
  family: "schmidt",
  dob: 100,
  phones: ["1", "2", "3"],
  email: "anna@example.org",
  latitude: 52.5,
  longitude: 13.4,
  born: "1990-02-28",
  nothing: null,
};
const annika: PreparedRecord = {
  given: "annika",
  family: "anna",
  dob: 131,
  phones: ["3", "3", "2", "9", "8"],
  email: "anna@example.com",
  latitude: 52.6,
  longitude: 13.4,
  born: "1990-03-01",
  nothing: null,
};

describe("a condition over two records", () => {
  test.each([
    ["equal(given)", false],
    ["equal(given, family)", true],
    ["equal(family, given)", false],
    ["equal(nothing)", undefined],
    ["equal(unheard)", undefined],
    ["missing(nothing)", true],
    ["missing(given)", false],
    ["missing(given, nothing)", true],
    ["jaro_winkler(given) >= 0.9", true],
    ["jaro_winkler(given) >= 0.96", false],
    ["levenshtein(given) <= 2", true],
    ["levenshtein(given) <= 1", false],
    ["prefix(given) >= 3", false],
    ["prefix(email) >= 3", false],
    ["prefix(given, family) >= 4", true],
    ["within(given, email) >= 4", true],
    ["within(given, email) >= 5", false],
    ["length(given) >= 4", true],
    ["length(given) >= 5", false],
    ["days(dob) <= 31", true],
    ["days(dob) <= 30", false],
    ["difference(dob) <= 31", true],
    ["days(given) <= 31", undefined],
    ['days(date(born, "%Y-%m-%d")) <= 1', true],
    ['days(date(born, "%Y%m%d")) <= 1', undefined],
    ['equal(match(email, "^[^@]+"))', true],
    ['equal(match(email, "[0-9]+"))', undefined],
    ["shares(phones) >= 2", true],
    ["shares(phones) >= 3", false],
    ["share(phones) >= 0.66", true],
    ["share(phones) >= 0.67", false],
    ["shares(given) >= 1", undefined],
    ["kilometres(latitude, longitude) <= 12", true],
    ["kilometres(latitude, longitude) <= 11", false],
    ["kilometres(latitude, nothing) <= 11", undefined],
  ])("%s is %s", (text, expected) => {
    expect(holds(conditionOf(text), anna, annika)).toBe(expected);
  });
});

const answers = { yes: true, no: false, open: undefined } as const;
const condition = {
  yes: conditionOf("missing(nothing)"),
  no: conditionOf("missing(given)"),
  open: conditionOf("equal(nothing)"),
};
const answer = fc.constantFrom("yes", "no", "open");

test("all, any and not follow the logic of three values that SQL has", async () => {
  await using duck = await DuckDb.open();
  for (const parts of fc.sample(fc.array(answer, { minLength: 1, maxLength: 3 }), 40)) {
    const of = parts.map((part) => condition[part]);
    const sql = parts.map((part) => String(answers[part] ?? "null"));
    const [expected] = await duck.rows<Record<string, boolean | null>>(
      `select ${sql.join(" and ")} as "all", ${sql.join(" or ")} as "any", not ${sql[0] ?? ""} as "not"`,
    );

    const found = {
      all: holds({ kind: "all", of }, anna, annika) ?? null,
      any: holds({ kind: "any", of }, anna, annika) ?? null,
      not: holds({ kind: "not", of: of[0] ?? condition.open }, anna, annika) ?? null,
    };

    expect(found).toEqual(expected);
  }
});

test("equality, overlap and distances do not depend on which record is the left one", () => {
  const word = fc.option(fc.string({ unit: fc.constantFrom("a", "b", "ü"), maxLength: 4 }));
  const record = fc.record({ given: word, phones: fc.option(fc.array(fc.constantFrom("1", "2"))) });
  const texts = [
    "equal(given)",
    "adjacent_swap(given) <= 1",
    "share(phones) >= 0.5",
    "prefix(given) >= 1",
  ];
  fc.assert(
    fc.property(record, record, fc.constantFrom(...texts), (left, right, text) => {
      expect(holds(conditionOf(text), left, right)).toBe(holds(conditionOf(text), right, left));
    }),
  );
});

test("a distance holds exactly where the edits are few enough, whatever the texts are made of", () => {
  const word = fc.string({
    unit: fc.constantFrom("a", "b", "c", "A", "1", "ü", "山"),
    maxLength: 5,
  });
  const measures = {
    levenshtein,
    damerau_levenshtein: damerauLevenshtein,
    adjacent_swap: adjacentSwap,
  };
  fc.assert(
    fc.property(word, word, fc.integer({ min: 1, max: 3 }), (left, right, most) => {
      for (const [name, distance] of Object.entries(measures)) {
        const condition = conditionOf(`${name}(given) <= ${most}`);
        const isNear = holds(condition, { given: left }, { given: right });
        expect(isNear).toBe(distance(left, right) <= most);
      }
    }),
    { numRuns: 1_000 },
  );
});

test("a similarity holds exactly where it is high enough, whatever the texts are made of", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "d", "A", "ü"), maxLength: 6 });
  const measures = { jaro, jaro_winkler: jaroWinkler, jaccard };
  fc.assert(
    fc.property(word, word, (left, right) => {
      for (const [name, similarity] of Object.entries(measures)) {
        const exact = similarity(left, right);
        for (const least of [exact, exact + 1e-12, 0.8].filter((one) => one <= 1)) {
          const condition = conditionOf(`${name}(given) >= ${least.toFixed(15)}`);
          const isAlike = holds(condition, { given: left }, { given: right });
          expect(isAlike).toBe(exact >= Number(least.toFixed(15)));
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

test("the outcome of a comparison is its first level that holds, the last one otherwise", () => {
  const comparison: Comparison = {
    name: "given",
    levels: ["missing(given)", "equal(given)", "levenshtein(given) <= 2", "otherwise"].map(
      (text, index) => ({
        name: String(index),
        when: text === "otherwise" ? text : conditionOf(text),
        isMissing: index === 0,
        m: undefined,
        u: undefined,
      }),
    ),
  };

  const levelOf = openComparison(comparison);
  const outcomes = [null, "anna", "annika", "bernd"].map((given) => levelOf(anna, { given }));

  expect(outcomes).toEqual([0, 1, 2, 3]);
});

test.each(["%Y-%m-%d", "%Y%m%d", "%d.%m.%Y"])(
  "dates in the format %s are those that DuckDB reads",
  async (format) => {
    await using duck = await DuckDb.open();
    const noise = fc.string({ unit: fc.constantFrom("0", "1", "2", "9", "-", "."), maxLength: 11 });
    const real = fc
      .tuple(fc.nat(2999), fc.integer({ min: 1, max: 13 }), fc.integer({ min: 1, max: 32 }))
      .chain(([year, month, day]) => {
        const parts = { Y: year, m: month, d: day };
        const written = (width: number): string =>
          format.replaceAll(/%([Ymd])/gu, (_, part: "Y" | "m" | "d") =>
            String(parts[part]).padStart(part === "Y" ? 2 * width : width, "0"),
          );
        return fc.constantFrom(written(1), written(2), ` ${written(2)}\t`, `${written(2)}0`);
      });
    const texts = fc.sample(fc.oneof(noise, real, real), 800);
    const values = texts.map((text) => `('${text}')`).join(", ");

    const judged = await duck.rows<{ text: string; days: number | null }>(
      `select text, (try_strptime(text, '${format}')::date - date '1970-01-01')::integer as days
       from (values ${values}) as t (text)`,
    );

    expect(judged.filter(({ days }) => days !== null).length).toBeGreaterThan(200);
    for (const { text, days } of judged) {
      expect({ text, days: dateReader(format)?.(text) ?? null }).toEqual({ text, days });
    }
  },
);

test("expressions find what DuckDB finds with them", async () => {
  await using duck = await DuckDb.open();
  const sources = [
    "^[^@]+",
    "[0-9]{2,4}$",
    "^[A-Za-z]{1,2}[0-9]?",
    "(?:ab|a)?b+",
    "\\bx\\w*",
    "\\d\\.",
    "ü[^ ]",
  ];
  const text = fc.string({
    unit: fc.constantFrom("a", "b", "x", "@", "1", "2", ".", " ", "ü", "Z"),
    maxLength: 9,
  });
  for (const source of sources) {
    const texts = fc.sample(text, 150);
    const pattern = readPattern(source);
    const values = texts.map((one) => `('${one}')`).join(", ");

    const judged = await duck.rows<{ text: string; found: string }>(
      `select text, regexp_extract(text, '${source}', 0) as found from (values ${values}) as t (text)`,
    );

    const found = judged.map(({ text: one }) =>
      typeof pattern === "string" ? pattern : (pattern.exec(one)?.[0] ?? ""),
    );
    expect(found).toEqual(judged.map((row) => row.found));
  }
});

test.each([
  "(?=a)",
  "(a)\\1",
  "a.b",
  "(a+)+",
  "a++",
  "[[:alpha:]]",
  "\\p{L}",
  "\\s",
  "a(",
  "",
  "(?i)a",
])(
  "the expression %j is refused, for the engines do not read it alike or it may run for ever",
  (source) => {
    expect(typeof readPattern(source)).toBe("string");
  },
);
