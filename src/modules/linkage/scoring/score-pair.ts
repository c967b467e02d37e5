/** What one pair weighs, and why. */
import { InvalidInputError, must } from "../../../kernel/index.ts";
import { comparedColumns } from "../model/columns.ts";
import { levelOf } from "../model/evaluate.ts";
import type {
  Comparison,
  Factor,
  Level,
  Model,
  PreparedRecord,
  PreparedValue,
} from "../model/model.ts";
import { meanTermShare } from "../model/term-frequency.ts";

/** The share of records, 0 to 1, that have a value in a column; undefined where it was never counted. */
export type TermShares = (column: string, value: PreparedValue) => number | undefined;

/** All weights are base-2 logarithms of how much likelier the finding is for the same than for different. */
export interface PairScore {
  /** Of all together: prior, levels, terms and factors. */
  readonly weight: number;
  /** That the two are the same, 0 to 1. */
  readonly probability: number;
  /** Of two records of which nothing is known. */
  readonly priorWeight: number;
  /** By comparison, in the order of the model. */
  readonly parts: readonly ScorePart[];
  /** What dependent comparisons weigh together beyond what they weigh one by one. */
  readonly factors: readonly FactorPart[];
}

export interface ScorePart {
  readonly comparison: string;
  readonly level: string;
  /** Nothing can be said: the part weighs 0. */
  readonly isMissing: boolean;
  /** P(level | same) and P(level | different); undefined where the level is missing. */
  readonly m: number | undefined;
  readonly u: number | undefined;
  /** Of the level. */
  readonly weight: number;
  /** Of how common the value is, beside the weight of the level. */
  readonly termWeight: number;
  /** The share of records that have the value, where that counted. */
  readonly termShare: number | undefined;
  /** What was compared: for showing. */
  readonly values: readonly ComparedValue[];
}

export interface ComparedValue {
  readonly column: string;
  readonly left: PreparedValue;
  readonly right: PreparedValue;
}

export interface FactorPart {
  readonly factor: string;
  readonly comparisons: readonly string[];
  readonly weight: number;
}

/**
 * Makes the scorer of a trained model, for pairs one at a time: a few microseconds each, with everything
 * an explanation needs. Its weights are those of the store's SQL.
 * @throws InvalidInputError `linkage-model-untrained` when a prior, m or u is missing
 */
export function pairScorer(
  model: Model,
  terms: TermShares,
): (left: PreparedRecord, right: PreparedRecord) => PairScore {
  requireTrained(model);
  const priorWeight = weightOfProbability(must(model.prior, "the model is trained"));
  const columns = model.comparisons.map(comparedColumns);
  const factors = (model.factors ?? []).map(factorScorer);
  return (left, right) => {
    const parts = model.comparisons.map((comparison, index) => {
      const level = must(comparison.levels[levelOf(comparison, left, right)], "levelOf found it");
      const term = termOf({ comparison, level, terms }, left, right);
      const values = (columns[index] ?? []).map((column) => ({
        column,
        left: left[column] ?? null,
        right: right[column] ?? null,
      }));
      return scorePart({ comparison, level, term, values });
    });
    const together = factors.flatMap((score) => score(parts));
    const weights = parts.map((part) => part.weight + part.termWeight);
    const corrections = together.map((factor) => factor.weight);
    const weight = [...weights, ...corrections].reduce((sum, one) => sum + one, priorWeight);
    const probability = probabilityOfWeight(weight);
    return { weight, probability, priorWeight, parts, factors: together };
  };
}

/**
 * 2^W / (1 + 2^W), in the form that does not overflow.
 * @example probabilityOfWeight(0) // 0.5
 */
export function probabilityOfWeight(weight: number): number {
  if (weight >= 0) {
    return 1 / (1 + 2 ** -weight);
  }
  const odds = 2 ** weight;
  return odds / (1 + odds);
}

/** The inverse: log2 of the odds. -Infinity for 0, Infinity for 1. */
export function weightOfProbability(probability: number): number {
  return Math.log2(probability / (1 - probability));
}

function requireTrained({ prior, comparisons }: Model): void {
  const untrained = comparisons.flatMap(({ name, levels }) =>
    levels
      .filter(({ isMissing, m, u }) => !isMissing && (m === undefined || u === undefined))
      .map((level) => `level ${JSON.stringify(level.name)} of ${name}`),
  );
  const [first] = prior === undefined ? ["the prior", ...untrained] : untrained;
  if (first !== undefined) {
    throw new InvalidInputError(
      "linkage-model-untrained",
      `the model is not trained: ${first} has no value`,
      [],
      {
        hint: "train the model on records, or write the prior and every m and u into its file",
      },
    );
  }
}

interface Term {
  readonly share: number;
  readonly weight: number;
}

function termOf(
  { comparison, level, terms }: { comparison: Comparison; level: Level; terms: TermShares },
  left: PreparedRecord,
  right: PreparedRecord,
): Term | undefined {
  const mean = meanTermShare(comparison, level);
  if (mean === undefined || level.termFrequency === undefined) {
    return undefined;
  }
  const { column, weight, minimum } = level.termFrequency;
  const shares = [left, right]
    .map((record) => record[column] ?? null)
    .map((value) => (value === null ? undefined : terms(column, value)))
    .filter((share) => share !== undefined);
  if (shares.length === 0) {
    return undefined;
  }
  const share = Math.max(minimum, ...shares);
  return { share, weight: weight * (Math.log2(mean) - Math.log2(share)) };
}

function scorePart({
  comparison,
  level,
  term,
  values,
}: {
  comparison: Comparison;
  level: Level;
  term: Term | undefined;
  values: readonly ComparedValue[];
}): ScorePart {
  const { m, u, isMissing } = level;
  const isWeighed = !isMissing && m !== undefined && u !== undefined;
  return {
    comparison: comparison.name,
    level: level.name,
    isMissing,
    m: isMissing ? undefined : m,
    u: isMissing ? undefined : u,
    weight: isWeighed ? Math.log2(m / u) : 0,
    termWeight: isMissing ? 0 : (term?.weight ?? 0),
    termShare: isMissing ? undefined : term?.share,
    values,
  };
}

/** No name of a level holds it. */
const BETWEEN = "\u0000";

function factorScorer(factor: Factor): (parts: readonly ScorePart[]) => readonly FactorPart[] {
  const weights = new Map(
    factor.cells.map(({ levels, m, u }) => [
      levels.map((level) => level ?? "").join(BETWEEN),
      Math.log2(m / u),
    ]),
  );
  return (parts) => {
    const members = factor.comparisons.map((name) =>
      must(
        parts.find(({ comparison }) => comparison === name),
        "factors name comparisons of the model",
      ),
    );
    const levels = members.map(({ isMissing, level }) => (isMissing ? "" : level));
    const together = weights.get(levels.join(BETWEEN));
    if (together === undefined) {
      return [];
    }
    const alone = members.reduce((sum, { weight }) => sum + weight, 0);
    return [{ factor: factor.name, comparisons: factor.comparisons, weight: together - alone }];
  };
}
