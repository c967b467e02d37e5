/** What one pair weighs, and why. */
import { InvalidInputError, must } from "../../../kernel/index.ts";
import { type AnonymousColumns, anonymousColumns, areOneAnonymous } from "../model/anonymous.ts";
import { comparedColumns } from "../model/columns.ts";
import { openComparison } from "../model/evaluate.ts";
import type { Model, PreparedRecord, PreparedValue } from "../model/model.ts";
import { probabilityOfWeight, weightOfProbability } from "../model/odds.ts";
import { shareOf, type Term, termOf, type TermShares, termWeight } from "./term-weight.ts";
import {
  entryOf,
  levelWeight,
  type Outcomes,
  type WeightTable,
  weightTables,
} from "./weight-table.ts";

/** All weights are base-2 logarithms of how much likelier the finding is for the same than for different. */
export interface PairScore {
  /** Of all together: prior, levels, terms, factors and what relatives share. */
  readonly weight: number;
  /** That the two are the same, 0 to 1. */
  readonly probability: number;
  /** Of two records of which nothing is known. */
  readonly priorWeight: number;
  /** By comparison, in the order of the model. */
  readonly parts: readonly ScorePart[];
  /** What dependent comparisons weigh together beyond what they weigh one by one. */
  readonly factors: readonly FactorPart[];
  /** At most 0: what is taken off because two related persons would agree on it too. */
  readonly relatedWeight: number;
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

/** Two records to be weighed. */
export interface RecordPair {
  readonly left: PreparedRecord;
  readonly right: PreparedRecord;
}

/** A pair with what its comparisons found. */
export interface ComparedPair extends RecordPair {
  readonly outcomes: Outcomes;
}

/** A trained model made ready for single pairs. Its weights are those of the SQL that scores by the million. */
export interface PairScorer {
  readonly compare: (pair: RecordPair) => ComparedPair;
  /** The same, but undefined where the pair weighs less than `least` bits however rare its values are. */
  readonly compareLikely: (pair: RecordPair, least: number) => ComparedPair | undefined;
  /** The columns of which it matters how common a pair's values are. */
  readonly termColumns: (compared: ComparedPair) => readonly string[];
  /** In bits. */
  readonly weightOf: (compared: ComparedPair, shares: TermShares) => number;
  /** The same, with all that an explanation needs. */
  readonly score: (compared: ComparedPair, shares: TermShares) => PairScore;
}

/**
 * Makes the scorer of a trained model.
 * @throws InvalidInputError `linkage-model-untrained` when a prior, m or u is missing
 */
export function openScorer(model: Model): PairScorer {
  requireTrained(model);
  const ready = readyModel(model);
  return {
    compare: (pair) =>
      must(compareLikely(ready, pair, Number.NEGATIVE_INFINITY), "nothing weighs less"),
    compareLikely: (pair, least) => compareLikely(ready, pair, least - ROUNDING),
    termColumns: ({ outcomes }) => termColumns(ready, outcomes),
    weightOf: (compared, shares) =>
      weigh(ready, compared, findTerms(ready, compared, shares)).weight,
    score: (compared, shares) => scoreOf(ready, compared, shares),
  };
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

/** Sums that are added up in another order differ by less. */
const ROUNDING = 1e-6;

interface ReadyModel {
  readonly model: Model;
  readonly priorWeight: number;
  /** The log2 odds of the related against strangers; -Infinity where the model knows of none. */
  readonly relatedPrior: number;
  /** What makes two records that state nothing personal one; undefined where the model knows of none such. */
  readonly anonymous: AnonymousColumns | undefined;
  /** By comparison: finds the place of the level that a pair has. */
  readonly levels: readonly ((left: PreparedRecord, right: PreparedRecord) => number)[];
  readonly tables: readonly WeightTable[];
  /** By comparison and level; undefined where no values are counted. */
  readonly terms: readonly (readonly (Term | undefined)[])[];
  /** By comparison: the columns that it looks at. */
  readonly columns: readonly (readonly string[])[];
}

function readyModel(model: Model): ReadyModel {
  const { comparisons, prior, related } = model;
  return {
    model,
    priorWeight: weightOfProbability(must(prior, "the model is trained")),
    relatedPrior: related === undefined ? Number.NEGATIVE_INFINITY : Math.log2(related),
    anonymous: anonymousColumns(model),
    levels: comparisons.map(openComparison),
    tables: weightTables(model),
    terms: comparisons.map((comparison) =>
      comparison.levels.map((level) => termOf(comparison, level)),
    ),
    columns: comparisons.map(comparedColumns),
  };
}

/**
 * The bound is what the pair weighs where every value is as rare as the model lets it count. What relatives
 * share takes off less than a rarer value adds, so no shares give more. Looking at it after each comparison
 * instead of after the last ended one pair in two thousand earlier, for pairs that blocking finds agree on
 * something.
 */
function compareLikely(
  { priorWeight, relatedPrior, anonymous, levels, tables }: ReadyModel,
  { left, right }: RecordPair,
  least: number,
): ComparedPair | undefined {
  const outcomes = levels.map((levelOf) => levelOf(left, right));
  let weight = priorWeight;
  let related = relatedPrior;
  for (const table of tables) {
    const entry = entryOf(table, outcomes);
    weight += table.bestWeights[entry] ?? 0;
    related += table.bestRelated[entry] ?? 0;
  }
  const isUnlikely =
    weight < least ||
    (weight - log2OfOnePlus(related) < least && !areNobodys(anonymous, { left, right }));
  return isUnlikely ? undefined : { left, right, outcomes };
}

function termColumns({ terms }: ReadyModel, outcomes: Outcomes): readonly string[] {
  return terms.flatMap((ofLevels, position) => ofLevels[outcomes[position] ?? 0]?.column ?? []);
}

/** How common a pair's value is, and what that weighs. */
interface FoundTerm {
  readonly position: number;
  readonly share: number;
  readonly weight: number;
}

function findTerms(
  { terms }: ReadyModel,
  compared: ComparedPair,
  shares: TermShares,
): readonly FoundTerm[] {
  const found: FoundTerm[] = [];
  for (const [position, ofLevels] of terms.entries()) {
    const term = ofLevels[compared.outcomes[position] ?? 0];
    const share = term && shareOf(term, compared, shares);
    if (term !== undefined && share !== undefined) {
      found.push({ position, share, weight: termWeight(term, share) });
    }
  }
  return found;
}

/**
 * The same have odds of 2^A against strangers, the related odds of 2^B: against both, the same have
 * log2 odds of A - log2(1 + 2^B). What is taken off grows with all that relatives would show as well; a
 * value that is rare among the different is as telling of relatives as of the same.
 */
function weigh(
  { model, priorWeight, relatedPrior, anonymous, tables }: ReadyModel,
  { outcomes, ...pair }: ComparedPair,
  found: readonly FoundTerm[],
): Pick<PairScore, "weight" | "relatedWeight"> {
  let weight = priorWeight;
  let related = relatedPrior;
  for (const table of tables) {
    const entry = entryOf(table, outcomes);
    weight += table.weights[entry] ?? 0;
    related += table.related[entry] ?? 0;
  }
  for (const term of found) {
    weight += term.weight;
    related += model.comparisons[term.position]?.isPersonal === true ? 0 : term.weight;
  }
  const relatedWeight = areNobodys(anonymous, pair) ? 0 : 0 - log2OfOnePlus(related);
  return { weight: weight + relatedWeight, relatedWeight };
}

/** Whether relatives are no explanation of the pair, since neither record states anything personal. */
function areNobodys(anonymous: AnonymousColumns | undefined, { left, right }: RecordPair): boolean {
  return anonymous !== undefined && areOneAnonymous(anonymous, left, right);
}

/** log2(1 + 2^exponent), in the form that does not overflow. */
function log2OfOnePlus(exponent: number): number {
  return Math.max(0, exponent) + Math.log1p(2 ** -Math.abs(exponent)) / Math.LN2;
}

function scoreOf(ready: ReadyModel, compared: ComparedPair, shares: TermShares): PairScore {
  const found = findTerms(ready, compared, shares);
  const { weight, relatedWeight } = weigh(ready, compared, found);
  return {
    weight,
    probability: probabilityOfWeight(weight),
    priorWeight: ready.priorWeight,
    parts: scoreParts(ready, compared, found),
    factors: factorParts(ready, compared),
    relatedWeight,
  };
}

function scoreParts(
  { model, columns }: ReadyModel,
  { outcomes, left, right }: ComparedPair,
  found: readonly FoundTerm[],
): readonly ScorePart[] {
  return model.comparisons.map((comparison, position) => {
    const level = must(comparison.levels[outcomes[position] ?? 0], "outcomes are levels");
    const term = found.find((one) => one.position === position);
    const { isMissing, m, u } = level;
    return {
      comparison: comparison.name,
      level: level.name,
      isMissing,
      m: isMissing ? undefined : m,
      u: isMissing ? undefined : u,
      weight: levelWeight(level),
      termWeight: term?.weight ?? 0,
      termShare: term?.share,
      values: (columns[position] ?? []).map((column) => ({
        column,
        left: left[column] ?? null,
        right: right[column] ?? null,
      })),
    };
  });
}

/** Combinations that a factor does not list weigh what their levels weigh one by one. */
function factorParts(
  { model, tables }: ReadyModel,
  { outcomes }: ComparedPair,
): readonly FactorPart[] {
  return (model.factors ?? []).flatMap((factor) => {
    const table = tables.find((one) => one.factor === factor);
    const weight = table?.corrections[entryOf(table, outcomes)] ?? Number.NaN;
    return Number.isNaN(weight)
      ? []
      : [{ factor: factor.name, comparisons: factor.comparisons, weight }];
  });
}
