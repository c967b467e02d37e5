/** Learns the parameters of a model from records. */
import { must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Comparison, Factor, FactorCell, Level, Model } from "../model/model.ts";
import { exactLevel } from "../model/term-frequency.ts";
import {
  countRecords,
  drawRandomPairs,
  possiblePairs,
  RANDOM_PAIRS,
  sampleBlockedPairs,
} from "../store/pair-samples.ts";
import { keepKnownPairs, knownPairs, unknownPairs } from "../store/known-pairs.ts";
import { levelsQuery } from "../store/level-sql.ts";
import { countPatterns, type Patterns } from "../store/patterns.ts";
import { discountMatches } from "../store/term-discount.ts";
import type { Estimate } from "./estimate.ts";
import { learn } from "./expectation.ts";
import type { KnownPatterns, Learnt } from "./expectation.ts";
import { informativeLevels } from "./informative-levels.ts";
import { outcomesIn, outcomeTable } from "./outcome-table.ts";
import type { OutcomeTable } from "./outcome-table.ts";
import { startOf } from "./start.ts";

export interface TrainingOptions {
  /** The same seed, records and pairs give the same model to the last bit. */
  readonly seed: number;
  /** How many random pairs, and how many blocked ones, are looked at. Default 300,000 and a million. */
  readonly maxPairs?: number | undefined;
  /** Pairs of which somebody knows whether they are the same. */
  readonly known?: KnownPairs | undefined;
  /** Whether `comparePairs` has compared all `pairs`; only those that are looked at are where it has not. */
  readonly areCompared?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called before each step. */
  readonly onProgress?: ((step: TrainingStep) => void) | undefined;
}

/** Pairs of records by their ids, of which somebody knows what they are; no pair is there twice. */
export interface KnownPairs {
  readonly same: readonly RecordIds[];
  readonly different: readonly RecordIds[];
}

export type RecordIds = readonly [number, number];

export type TrainingStep = "random-pairs" | "blocked-pairs" | "parameters" | "terms";

/** A level with a share of one in ten thousand is then seen a hundred times. */
const MOST_PAIRS = 1_000_000;
/** What is rarer than these can show, the blocks do. A million took three times as long and changed nothing. */
const MOST_RANDOM_PAIRS = 300_000;
/** What fields are like in general outweighs the pairs of a file where these are fewer than so many. */
const PSEUDO_PAIRS = 300;
/**
 * Pairs that somebody knows to be the same outweigh it from so many on: each counts as three that only
 * seem to be, and alone where nothing else could tell the same from the rest.
 */
const PAIRS_OF_START = 100;
/**
 * Different pairs are many in any file, but those that have a rare field are not; what two strangers agree
 * on by chance is known better than what the same do. With 100 here, agreement on a social security number
 * weighed 5 bits instead of 14 among 159 records, five of which had one; 1,000 records and more do not
 * notice.
 */
const CHANCE_PAIRS = 10_000;
/**
 * The same and the different can be told apart by what goes together only where three or more things vary
 * on their own (L. Goodman, "Exploratory Latent Structure Analysis", Biometrika 61, 1974). With fewer,
 * what the same are like stays where it starts: of 2,336 records of nothing but names and e-mail
 * addresses, links were right in 90 % instead of 44 %.
 */
const FEWEST_TABLES = 3;
const HELD_PAIRS = 100_000;
/** Most files settle within twenty rounds. */
const MOST_ROUNDS = 30;

/**
 * Fills in prior, m and u of every level and the cells of the factors, by {@link learn}; and takes the
 * same out of the shares of values (`terms_COLUMN`, `shares`), by {@link discountMatches}. Needs the tables
 * `compared` (`createValues`), `pairs` and `twins` (`findPairs`).
 * @throws CancelledError when the signal is aborted
 */
export async function trainModel(
  duck: DuckDb,
  model: Model,
  options: TrainingOptions,
): Promise<Model> {
  const { comparisons, factors = [] } = model;
  const { seed, known, areCompared = false, signal, onProgress } = options;
  const sampling = { seed, pairs: options.maxPairs ?? MOST_PAIRS, signal };
  const records = await countRecords(duck, signal);
  const tables = tablesOf(comparisons, factors);

  onProgress?.("random-pairs");
  const drawn = await drawRandomPairs(duck, records, {
    ...sampling,
    pairs: options.maxPairs ?? MOST_RANDOM_PAIRS,
  });
  const random = await countPatterns(duck, comparisons, {
    levels: comparedNow(comparisons, RANDOM_PAIRS),
    signal,
  });
  onProgress?.("blocked-pairs");
  const sample = await sampleBlockedPairs(duck, comparisons, { ...sampling, areCompared });
  const patterns = known && (await countKnown(duck, comparisons, { known, signal }));
  const blocked = await countPatterns(duck, comparisons, {
    levels: known ? unknownPairs(comparisons, sample.levels) : sample.levels,
    signal,
  });
  onProgress?.("parameters");
  const prior = 1 / Math.max(4, records);
  const pseudoPairs = tables.length < FEWEST_TABLES ? HELD_PAIRS : PSEUDO_PAIRS;
  const learnt = learn({
    tables,
    starts: tables.map(({ members }) => startOf(members.map((member) => at(comparisons, member)))),
    blocked,
    standsFor: sample.standsFor,
    random,
    known: patterns && { ...patterns, weight: pseudoPairs / PAIRS_OF_START },
    possiblePairs: possiblePairs(records),
    prior,
    related: hasRelatives(comparisons) ? prior : 0,
    pseudoPairs,
    chancePairs: CHANCE_PAIRS,
    mostRounds: MOST_ROUNDS,
  });
  const trained = withLearnt(model, tables, learnt);
  onProgress?.("terms");
  const holders = await discountMatches(duck, trained, { sample, signal });
  return {
    ...withMeans(trained, holders),
    training: {
      records,
      seed,
      known: known && { same: known.same.length, different: known.different.length },
      sampledPairs: drawn,
      sessions: [{ rule: "all", pairs: sample.found, iterations: learnt.rounds }],
    },
  };
}

/**
 * Counts how common values are in records that a model was not trained on, with the same people taken out
 * by it: what {@link trainModel} does at its end. Needs the same tables, and makes `terms_COLUMN` and
 * `shares` anew.
 */
export async function recountTerms(
  duck: DuckDb,
  model: Model,
  {
    seed,
    maxPairs = MOST_PAIRS,
    areCompared = false,
    signal,
  }: Pick<TrainingOptions, "seed" | "maxPairs" | "areCompared" | "signal">,
): Promise<void> {
  const sampling = { seed, pairs: maxPairs, areCompared, signal };
  const sample = await sampleBlockedPairs(duck, model.comparisons, sampling);
  await discountMatches(duck, model, { sample, signal });
}

/** Makes `known_pairs`, and counts its pairs by their levels. */
async function countKnown(
  duck: DuckDb,
  comparisons: readonly Comparison[],
  { known, signal }: { readonly known: KnownPairs; readonly signal: AbortSignal | undefined },
): Promise<Omit<KnownPatterns, "weight">> {
  await keepKnownPairs(duck, known, signal);
  const counted = (isSame: boolean): Promise<Patterns> =>
    countPatterns(duck, comparisons, {
      levels: comparedNow(comparisons, knownPairs(isSame)),
      signal,
    });
  return { same: await counted(true), different: await counted(false) };
}

function comparedNow(comparisons: readonly Comparison[], pairs: string): string {
  return `(${levelsQuery(comparisons, { pairs, carried: [] })})`;
}

/** Relatives can be told only where something is personal and something is not. */
function hasRelatives(comparisons: readonly Comparison[]): boolean {
  const personal = comparisons.filter(({ isPersonal }) => isPersonal === true);
  return personal.length > 0 && personal.length < comparisons.length;
}

/** The factors first, in their order; then the comparisons that are in none. */
function tablesOf(
  comparisons: readonly Comparison[],
  factors: readonly Factor[],
): readonly OutcomeTable[] {
  const positions = new Map(comparisons.map(({ name }, position) => [name, position]));
  const together = factors.map((factor) =>
    factor.comparisons.map((name) =>
      must(positions.get(name), "factors name comparisons of the model"),
    ),
  );
  const alone = comparisons
    .map((_, position) => [position])
    .filter((members) => !together.flat().some((position) => members.includes(position)));
  return [...together, ...alone].map((members) => outcomeTable(comparisons, members));
}

function withLearnt(model: Model, tables: readonly OutcomeTable[], learnt: Learnt): Model {
  const { prior, estimates } = learnt;
  const related = learnt.related === 0 ? undefined : learnt.related;
  const shares = new Map(
    tables.flatMap(({ members }, table) =>
      members.map((position, member) => {
        const { shares: of } = at(estimates, table);
        const kin = related === undefined ? undefined : at(of.related, member);
        return [position, { m: at(of.m, member), u: at(of.u, member), related: kin }] as const;
      }),
    ),
  );
  const comparisons = model.comparisons.map((comparison, position) =>
    withShares(comparison, must(shares.get(position), "every comparison is in a table")),
  );
  const factors = model.factors?.map((factor, index) => ({
    ...factor,
    cells: cellsOf(at(tables, index), at(estimates, index), comparisons).map((cell) =>
      related === undefined ? { ...cell, related } : cell,
    ),
  }));
  return { ...model, prior, related, comparisons, factors };
}

/**
 * What a usual value's share is, where shares are those of {@link discountMatches}: no value is rarer
 * than the one record that has it, so neither is the mean.
 */
function withMeans(model: Model, holders: ReadonlyMap<string, number>): Model {
  const withMean = (comparison: Comparison, level: Level): Level => {
    const terms = level.termFrequency;
    const records = terms && holders.get(terms.column);
    const u = terms && (exactLevel(comparison, terms.column) ?? level).u;
    if (terms === undefined || records === undefined || records === 0 || u === undefined) {
      return level;
    }
    const rarest = 1 / records;
    const minimum = Math.min(terms.minimum, rarest);
    return { ...level, termFrequency: { ...terms, minimum, mean: Math.min(1, u + rarest) } };
  };
  const comparisons = model.comparisons.map((comparison) => ({
    ...comparison,
    levels: comparison.levels.map((level) => withMean(comparison, level)),
  }));
  return { ...model, comparisons };
}

interface LevelShares {
  readonly m: Float64Array;
  readonly u: Float64Array;
  readonly related: Float64Array | undefined;
}

function withShares(comparison: Comparison, { m, u, related }: LevelShares): Comparison {
  const informative = informativeLevels(comparison);
  const levels = comparison.levels.map((level) => {
    const outcome = informative.indexOf(level) + 1;
    const kin = related?.[outcome] === u[outcome] ? undefined : related?.[outcome];
    return level.isMissing ? level : { ...level, m: m[outcome], u: u[outcome], related: kin };
  });
  return { ...comparison, levels };
}

/** In the order of their levels, so that two trainings can be compared line by line. */
function cellsOf(
  table: OutcomeTable,
  { cells }: Estimate,
  comparisons: readonly Comparison[],
): readonly FactorCell[] {
  return [...cells]
    .toSorted(([one], [other]) => one - other)
    .map(([combination, { m, u, related }]) => ({
      levels: outcomesIn(table, combination).map((outcome, member) => {
        const comparison = at(comparisons, at(table.members, member));
        return outcome === 0 ? null : at(informativeLevels(comparison), outcome - 1).name;
      }),
      m,
      u,
      related,
    }));
}

function at<Value>(values: readonly Value[], index: number): Value {
  return must(values[index], "tables, members and outcomes are numbered without gaps");
}
