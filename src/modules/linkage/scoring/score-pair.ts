/** What one pair weighs, and why. */
import { probabilityOfWeight, weightOfProbability } from "../model/odds.ts";
import { InvalidInputError, must } from "../../../kernel/index.ts";
import { comparedColumns } from "../model/columns.ts";
import { levelOf } from "../model/evaluate.ts";
import type {
  Comparison,
  Factor,
  FactorCell,
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

/**
 * Makes the scorer of a trained model, for pairs one at a time: some ten microseconds each, with all
 * that an explanation needs. Its weights are those of the SQL that scores by the million.
 * @throws InvalidInputError `linkage-model-untrained` when a prior, m or u is missing
 */
export function pairScorer(
  model: Model,
  terms: TermShares,
): (left: PreparedRecord, right: PreparedRecord) => PairScore {
  requireTrained(model);
  const priorWeight = weightOfProbability(must(model.prior, "the model is trained"));
  const columns = model.comparisons.map(comparedColumns);
  const tables = (model.factors ?? []).map((factor) => factorTable(factor, model.comparisons));
  const relatedWeightOf = relatedScorer(model, tables);
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
    const together = tables.flatMap((table) => factorPart(table, parts));
    const weights = parts.map((part) => part.weight + part.termWeight);
    const corrections = together.map((factor) => factor.weight);
    const relatedWeight = relatedWeightOf(parts);
    const weight = sumOf([priorWeight, ...weights, ...corrections, relatedWeight]);
    const probability = probabilityOfWeight(weight);
    return { weight, probability, priorWeight, parts, factors: together, relatedWeight };
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

/** A factor made ready: where its comparisons stand in the model, and its cells by their levels. */
interface FactorTable {
  readonly factor: Factor;
  readonly positions: readonly number[];
  readonly cells: ReadonlyMap<string, FactorCell>;
}

function factorTable(factor: Factor, comparisons: readonly Comparison[]): FactorTable {
  const names = comparisons.map(({ name }) => name);
  return {
    factor,
    positions: factor.comparisons.map((name) => names.indexOf(name)),
    cells: new Map(factor.cells.map((cell) => [levelsKey(cell.levels), cell])),
  };
}

function membersOf({ positions }: FactorTable, parts: readonly ScorePart[]): readonly ScorePart[] {
  return positions.map((position) =>
    must(parts[position], "factors name comparisons of the model"),
  );
}

function cellOf({ cells }: FactorTable, members: readonly ScorePart[]): FactorCell | undefined {
  return cells.get(levelsKey(members.map(({ isMissing, level }) => (isMissing ? null : level))));
}

/** No name of a level holds control characters. */
function levelsKey(levels: readonly (string | null)[]): string {
  return levels.map((level) => level ?? "\u0001").join("\u0000");
}

function factorPart(table: FactorTable, parts: readonly ScorePart[]): readonly FactorPart[] {
  const members = membersOf(table, parts);
  const cell = cellOf(table, members);
  if (cell === undefined) {
    return [];
  }
  const { name, comparisons } = table.factor;
  const weight = Math.log2(cell.m / cell.u) - sumOf(members.map((member) => member.weight));
  return [{ factor: name, comparisons, weight }];
}

/**
 * The same have odds of 2^A against strangers, the related odds of 2^B: against both, the same have
 * log2 odds of A - log2(1 + 2^B). What is taken off grows with all that relatives would show as well; a
 * value that is rare among the different is as telling of relatives as of the same.
 */
function relatedScorer(
  { related, comparisons }: Model,
  tables: readonly FactorTable[],
): (parts: readonly ScorePart[]) => number {
  if (related === undefined) {
    return () => 0;
  }
  const weights = comparisons.map(
    ({ levels }) => new Map(levels.map((level) => [level.name, relatedWeightOfShares(level)])),
  );
  const prior = Math.log2(related);
  const isShared = comparisons.map(({ isPersonal }) => isPersonal !== true);
  return (parts) => {
    const terms = parts.filter((_, position) => isShared[position]).map((part) => part.termWeight);
    const alone = parts.map(({ level }, position) => weights[position]?.get(level) ?? 0);
    const corrections = tables.map((table) => {
      const cell = cellOf(table, membersOf(table, parts));
      const members = sumOf(table.positions.map((position) => alone[position] ?? 0));
      return cell === undefined ? 0 : relatedWeightOfShares(cell) - members;
    });
    return -log2OfOnePlus(prior + sumOf(alone) + sumOf(corrections) + sumOf(terms));
  };
}

function relatedWeightOfShares({
  related,
  u,
}: {
  readonly related?: number | undefined;
  readonly u: number | undefined;
}): number {
  return related === undefined || u === undefined ? 0 : Math.log2(related / u);
}

/** log2(1 + 2^exponent), in the form that does not overflow. */
function log2OfOnePlus(exponent: number): number {
  return Math.max(0, exponent) + Math.log1p(2 ** -Math.abs(exponent)) / Math.LN2;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
