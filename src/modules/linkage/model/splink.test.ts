import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { TestContext } from "vitest";
import { askSplink } from "../../../../tests/linkage/splink-oracle.ts";
import type { OracleSource, SplinkOpinion } from "../../../../tests/linkage/splink-oracle.ts";
import { referenceData } from "../../../../tests/support/reference-data.ts";
import { InvalidInputError, must } from "../../../kernel/index.ts";
import { DuckDb } from "../../../platform/duckdb/index.ts";
import { openScorer } from "../scoring/score-pair.ts";
import type { TermShares } from "../scoring/term-weight.ts";
import type { PairScore } from "../scoring/score-pair.ts";
import { printCondition } from "./condition-text.ts";
import { conditionFromSplink, keyPartsFromSplink } from "./splink-condition.ts";
import { readSplinkModel } from "./splink.ts";

interface Reference {
  readonly name: string;
  readonly csv: string;
  readonly entity: string;
}

const febrl3: Reference = {
  name: "febrl3",
  csv: "linkage/febrl/dataset3.csv",
  entity: "regexp_extract(rec_id, '^rec-[0-9]+')",
};
const fake1000: Reference = {
  name: "fake_1000",
  csv: "linkage/fake_1000/fake_1000.csv",
  entity: "cluster",
};

function fileOf(context: TestContext, path: string): string {
  const file = referenceData(path);
  return file ?? context.skip("reference data is not here; put it into ../shared/data");
}

interface Scored {
  readonly opinion: SplinkOpinion;
  readonly scores: readonly Pick<PairScore, "weight" | "probability">[];
}

/** Both tests of a set look at the same pairs. */
const scored = new Map<string, Promise<Scored>>();

function scoreAll(context: TestContext, reference: Reference): Promise<Scored> {
  const settings = fileOf(context, `linkage/splink_reference/${reference.name}.json`);
  const csv = fileOf(context, reference.csv);
  const known = scored.get(reference.name) ?? score({ csv, settings, entity: reference.entity });
  scored.set(reference.name, known);
  return known;
}

async function score(source: OracleSource): Promise<Scored> {
  await using duck = await DuckDb.open();
  const opinion = await askSplink(duck, source);
  const model = readSplinkModel(readFileSync(source.settings, "utf8"), source.settings);
  const scorer = openScorer(model);
  const shares: TermShares = (column, value) => opinion.terms.get(column)?.get(String(value));
  const scores = opinion.pairs.map(({ l, r }) => {
    const pair = { left: opinion.records[l] ?? {}, right: opinion.records[r] ?? {} };
    const { weight, probability } = scorer.score(scorer.compare(pair), shares);
    return { weight, probability };
  });
  return { opinion, scores };
}

interface Published {
  readonly name: string;
  readonly scored_pairs: number;
  readonly thresholds: Readonly<Record<string, { readonly tp: number; readonly fp: number }>>;
}

/** What Splink 4.0.16 found with the same model and data; of two lines, the one made with that model is the last. */
function published(context: TestContext, name: string): Published {
  const lines = readFileSync(fileOf(context, "linkage/splink_reference/results.jsonl"), "utf8");
  const results = lines.trim().split("\n");
  return must(
    results.map((line) => JSON.parse(line) as Published).findLast((line) => line.name === name),
    "every set has results",
  );
}

/** The published runs kept pairs from this weight on. */
const LEAST_WEIGHT = -20;

/** Two seconds alone on the machine; 90,000 pairs twice take their time beside other work. */
const TIMEOUT_MS = 60_000;

describe.each([febrl3, fake1000])("the model of $name, as Splink saved it", (reference) => {
  test(
    "gives every blocked pair the weight that Splink's own SQL gives it",
    async (context) => {
      const { opinion, scores } = await scoreAll(context, reference);

      const differences = scores.map(({ weight }, index) =>
        Math.abs(weight - (opinion.pairs[index]?.weight ?? Number.NaN)),
      );

      expect(differences.length).toBeGreaterThan(3_000);
      expect(differences.reduce((most, one) => Math.max(most, one), 0)).toBeLessThan(1e-6);
    },
    TIMEOUT_MS,
  );

  test(
    "links as many pairs at each threshold as Splink published",
    async (context) => {
      const { opinion, scores } = await scoreAll(context, reference);
      const results = published(context, reference.name);

      const linked = Object.keys(results.thresholds).map((threshold) => {
        const same = opinion.pairs
          .filter((_, index) => (scores[index]?.probability ?? 0) >= Number(threshold))
          .map(({ isSame }) => isSame);
        const tp = same.filter(Boolean).length;
        return [threshold, { tp, fp: same.length - tp }] as const;
      });

      expect(scores.filter(({ weight }) => weight >= LEAST_WEIGHT)).toHaveLength(
        results.scored_pairs,
      );
      expect(linked.length).toBeGreaterThan(4);
      expect(results.thresholds).toMatchObject(Object.fromEntries(linked));
    },
    TIMEOUT_MS,
  );
});

test.for(["febrl1", "febrl2", "febrl3", "fake_1000", "h50k", "synth1m"])(
  "the model file of %s is read whole, with a value for every level",
  (name, context) => {
    const file = fileOf(context, `linkage/splink_reference/${name}.json`);

    const model = readSplinkModel(readFileSync(file, "utf8"), file);

    const levels = model.comparisons.flatMap((comparison) => comparison.levels);
    expect(model.blocking.length).toBeGreaterThan(3);
    expect(levels.filter(({ isMissing, m }) => isMissing !== (m === undefined))).toEqual([]);
  },
);

describe("what it understands of Splink's SQL", () => {
  test.each([
    ['"a_l" = "a_r"', "equal(a)"],
    ['a_l IS NULL OR "a_r" is null', "missing(a)"],
    ['("a_l" = "b_r") AND ("b_l" = "a_r")', "all(equal(a, b), equal(b, a))"],
    ['NOT "a_l" = "a_r" OR "b_l" = "b_r"', "any(not(equal(a)), equal(b))"],
    ["jaro_winkler_similarity(a_l, a_r) >= 0.92", "jaro_winkler(a) >= 0.92"],
    ["damerau_levenshtein(a_r, a_l) <= 2", "damerau_levenshtein(a) <= 2"],
    [
      "NULLIF(regexp_extract(a_l, '^[^@]+', 0), '') = NULLIF(regexp_extract(a_r, '^[^@]+', 0), '')",
      'equal(match(a, "^[^@]+"))',
    ],
    [
      "ABS(EPOCH(try_strptime(a_l, '%Y-%m-%d')) - EPOCH(try_strptime(a_r, '%Y-%m-%d'))) <= 2629800.0",
      'days(date(a, "%Y-%m-%d")) <= 30.4375',
    ],
  ])("%s is %s", (sql, expected) => {
    const read = conditionFromSplink(sql);

    expect(read.ok && printCondition(read.value)).toBe(expected);
  });

  test.each([
    ['"a_l" = "b_l"', 8],
    ['"a_l" IS NULL', 0],
    ["soundex(a_l) = soundex(a_r)", 0],
    ["jaro_winkler_similarity(a_l, a_r) > 0.9", 34],
    ["a_l = a_r; drop table x", 9],
    ["len(a_l) >= 3", 0],
    ["NULLIF(regexp_extract(a_l, '(?=x)', 0), '') = a_r", 27],
    ["((a_l = a_r)", 12],
    ["a_l = ", 6],
  ])("%s is refused at the 0-based place %d", (sql, offset) => {
    const read = conditionFromSplink(sql);

    expect(read).toMatchObject({ ok: false, error: { offset } });
  });

  test("block keys are columns or their first characters, compared with themselves", () => {
    const read = keyPartsFromSplink(
      'SUBSTRING(l.dob, 1, 4) = SUBSTRING(r.dob, 1, 4) AND l."city" = r."city"',
    );

    expect(read).toEqual({ ok: true, value: [{ column: "dob", length: 4 }, { column: "city" }] });
    expect(keyPartsFromSplink("l.a = r.b")).toMatchObject({ ok: false, error: { offset: 0 } });
  });
});

const smallest = {
  link_type: "dedupe_only",
  sql_dialect: "duckdb",
  probability_two_random_records_match: 0.25,
  comparisons: [
    {
      output_column_name: "name",
      comparison_levels: [
        { sql_condition: "name_l IS NULL OR name_r IS NULL", is_null_level: true },
        { sql_condition: "name_l = name_r" },
        { sql_condition: "levenshtein(name_l, name_r) <= 1" },
        { sql_condition: "levenshtein(name_l, name_r) <= 2" },
        { sql_condition: "ELSE" },
      ],
    },
  ],
};

function issuesOf(settings: unknown): readonly unknown[] {
  try {
    readSplinkModel(JSON.stringify(settings), "model.json");
    return [];
  } catch (error) {
    return error instanceof InvalidInputError ? error.issues : [error];
  }
}

test("levels that were never trained weigh +10, then +3 evenly down to -5, as in Splink", () => {
  const model = readSplinkModel(JSON.stringify(smallest), "model.json");

  const weights = model.comparisons[0]?.levels.map(({ m = 1, u = 1 }) => Math.log2(m / u));

  expect(weights?.map((weight) => Math.round(weight * 1e9) / 1e9)).toEqual([0, 10, 3, -1, -5]);
});

test("what has no counterpart is refused all at once, each with its place", () => {
  const [comparison] = smallest.comparisons;
  const levels = [...(comparison?.comparison_levels ?? [])];
  levels[1] = { sql_condition: "soundex(name_l) = soundex(name_r)" };
  levels[2] = { sql_condition: "len(name_l) >= 3" };

  const issues = issuesOf({
    ...smallest,
    comparisons: [{ ...comparison, comparison_levels: levels }],
    blocking_rules_to_generate_predictions: [{ blocking_rule: "l.a = r.b" }],
  });

  expect(issues).toMatchObject([
    { at: "model.json: comparisons[0].comparison_levels[1].sql_condition", column: 1 },
    { at: "model.json: comparisons[0].comparison_levels[2].sql_condition", column: 1 },
    { at: "model.json: blocking_rules_to_generate_predictions[0].blocking_rule", column: 1 },
  ]);
});

test("term frequencies need a level that asks for equality alone", () => {
  const [comparison] = smallest.comparisons;
  const [missing, , typo, , otherwise] = comparison?.comparison_levels ?? [];

  const issues = issuesOf({
    ...smallest,
    comparisons: [
      {
        ...comparison,
        comparison_levels: [missing, { ...typo, tf_adjustment_column: "name" }, otherwise],
      },
    ],
  });

  expect(issues).toMatchObject([{ at: "model.json: comparisons[0].comparison_levels[1]" }]);
});

test("a file that is no model says so", () => {
  expect(() => readSplinkModel("{", "model.json")).toThrow(InvalidInputError);
  expect(issuesOf({ ...smallest, link_type: "link_only" })).toMatchObject([
    { at: "model.json: link_type" },
  ]);
});
