/** Reads the settings of a Splink 4 model for DuckDB, trained or not: its weights are then ours. */
import { z } from "zod";
import { InvalidInputError } from "../../../kernel/index.ts";
import type { Issue } from "../../../kernel/index.ts";
import type { BlockingRule, Comparison, Level, Model, TermFrequency } from "./model.ts";
import { conditionFromSplink, keyPartsFromSplink } from "./splink-condition.ts";
import { exactLevel } from "./term-frequency.ts";
import type { TextProblem } from "./text-tokens.ts";

const probability = z.number().gt(0).lte(1);

const level = z.looseObject({
  sql_condition: z.string(),
  label_for_charts: z.string().optional(),
  is_null_level: z.boolean().default(false),
  m_probability: probability.optional(),
  u_probability: probability.optional(),
  tf_adjustment_column: z.string().optional(),
  tf_adjustment_weight: z.number().min(0).max(1).default(1),
  tf_minimum_u_value: z.number().min(0).max(1).default(0),
  disable_tf_exact_match_detection: z.boolean().default(false),
});

const settings = z.looseObject({
  link_type: z.literal("dedupe_only", {
    error: 'must be "dedupe_only": records are linked within one table here, of whatever sources',
  }),
  sql_dialect: z.literal("duckdb", { error: 'must be "duckdb"' }).default("duckdb"),
  probability_two_random_records_match: z.number().gt(0).lt(1).default(0.0001),
  comparisons: z
    .array(
      z.looseObject({
        output_column_name: z.string().min(1),
        comparison_levels: z.array(level).min(2),
      }),
    )
    .min(1),
  blocking_rules_to_generate_predictions: z
    .array(z.looseObject({ blocking_rule: z.string() }))
    .default([]),
});

type SplinkLevel = z.output<typeof level>;

/**
 * Reads the JSON of a Splink 4 model. It compares the columns of the input as they are, so the model has
 * no fields. Levels without m or u get the start values with which Splink 4 itself predicts after
 * loading such a file.
 * @throws InvalidInputError `splink-model-invalid` with every place that has no exact counterpart
 */
export function readSplinkModel(text: string, file: string): Model {
  const issues: Issue[] = [];
  const parsed = settings.safeParse(readJson(text, file));
  if (!parsed.success) {
    throw invalid(
      file,
      parsed.error.issues.map(({ path, message }) => ({ at: spell(file, path), message })),
    );
  }
  const report = (path: readonly PropertyKey[], { message, offset }: TextProblem): void => {
    issues.push({ at: spell(file, path), message, column: offset + 1 });
  };
  const { data } = parsed;
  const comparisons = data.comparisons.map((comparison, index) => ({
    name: comparison.output_column_name,
    levels: levelsOf(comparison.comparison_levels, (place, problem) => {
      report(["comparisons", index, "comparison_levels", place, "sql_condition"], problem);
    }),
  }));
  const rules = data.blocking_rules_to_generate_predictions.map(({ blocking_rule: sql }, index) =>
    blockingRule(sql, (problem) => {
      report(["blocking_rules_to_generate_predictions", index, "blocking_rule"], problem);
    }),
  );
  issues.push(...termIssues(comparisons, file));
  if (issues.length > 0) {
    throw invalid(file, issues);
  }
  return {
    fields: [],
    prior: data.probability_two_random_records_match,
    comparisons,
    blocking: rules,
    largestBlock: Number.MAX_SAFE_INTEGER,
    thresholds: undefined,
  };
}

function readJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(file, [{ at: file, message: "the file is not JSON" }]);
  }
}

function levelsOf(
  levels: readonly SplinkLevel[],
  report: (place: number, problem: TextProblem) => void,
): readonly Level[] {
  const informative = levels.filter((one) => !one.is_null_level);
  const names = uniqueNames(levels.map((one) => one.label_for_charts ?? one.sql_condition));
  return levels.map((one, place) => {
    const start = startValues(informative.length, informative.indexOf(one));
    const isLast = place === levels.length - 1;
    return {
      name: names[place] ?? "",
      when: conditionOf(one.sql_condition, isLast, (problem) => report(place, problem)),
      isMissing: one.is_null_level,
      m: one.is_null_level ? undefined : (one.m_probability ?? start.m),
      u: one.is_null_level ? undefined : (one.u_probability ?? start.u),
      termFrequency: termFrequency(one),
    };
  });
}

function conditionOf(
  sql: string,
  isLast: boolean,
  report: (problem: TextProblem) => void,
): Level["when"] {
  const isElse = sql.trim().toUpperCase() === "ELSE";
  if (isElse !== isLast) {
    report({ offset: 0, message: "ELSE is the last level of a comparison, and only that" });
    return "otherwise";
  }
  if (isElse) {
    return "otherwise";
  }
  const read = conditionFromSplink(sql);
  if (read.ok) {
    return read.value;
  }
  report(read.error);
  return "otherwise";
}

function termFrequency(one: SplinkLevel): TermFrequency | undefined {
  const { tf_adjustment_column: column, tf_adjustment_weight: weight } = one;
  const isUsed = column !== undefined && weight > 0 && !one.is_null_level;
  return isUsed && one.sql_condition.trim().toUpperCase() !== "ELSE"
    ? { column, weight, minimum: one.tf_minimum_u_value }
    : undefined;
}

/** Splink refuses term frequencies without an exact level; ours would then take another mean. */
function termIssues(comparisons: readonly Comparison[], file: string): readonly Issue[] {
  return comparisons.flatMap((comparison, index) =>
    comparison.levels.flatMap(({ termFrequency: terms }, place) =>
      terms === undefined || exactLevel(comparison, terms.column) !== undefined
        ? []
        : {
            at: spell(file, ["comparisons", index, "comparison_levels", place]),
            message: `no level of the comparison asks only whether ${terms.column} is equal`,
            hint: "add an exact level for it, or remove tf_adjustment_column",
          },
    ),
  );
}

function blockingRule(sql: string, report: (problem: TextProblem) => void): BlockingRule {
  const read = keyPartsFromSplink(sql);
  if (!read.ok) {
    report(read.error);
    return { name: sql, parts: [] };
  }
  const name = read.value
    .map(({ column, length }) => (length === undefined ? column : `${column} (first ${length})`))
    .join(" and ");
  return { name, parts: read.value };
}

const SHARE_OF_BEST = 0.95;
const [LOWEST, HIGHEST, BEST] = [-5, 3, 10];

/**
 * What Splink 4 takes for a level that was never trained (`_default_m_values`, `_default_u_values` of
 * its comparison_level.py): m is .95 for the first level and the rest shared equally; weights are +10
 * for the first level and evenly spaced from +3 down to -5 for the others; u follows from both.
 */
function startValues(levels: number, place: number): { readonly m: number; readonly u: number } {
  const isBest = place === 0;
  const m = isBest ? SHARE_OF_BEST : (1 - SHARE_OF_BEST) / (levels - 1);
  const step = levels > 2 ? (HIGHEST - LOWEST) / (levels - 2) : 0;
  const weight = isBest ? BEST : LOWEST + step * (levels - 1 - place);
  return { m, u: m / 2 ** weight };
}

function uniqueNames(names: readonly string[]): readonly string[] {
  return names.map((name, index) => (names.indexOf(name) === index ? name : `${name} (${index})`));
}

function spell(file: string, path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`));
  return `${file}: ${steps.join("").replace(/^\./u, "")}`;
}

function invalid(file: string, issues: readonly Issue[]): InvalidInputError {
  const hint = "write the model as a model file of Waybill where Splink's has no counterpart";
  return new InvalidInputError(
    "splink-model-invalid",
    `${file} cannot be read as a Splink model`,
    issues,
    {
      hint,
    },
  );
}
