/**
 * What a model weighs, made ready: a table for each factor, and for each comparison that is in none, with
 * an entry for every combination of outcomes. A pair's weight is then a look-up for each table.
 */
import { must } from "../../../kernel/index.ts";
import type { Comparison, Factor, FactorCell, Level, Model } from "../model/model.ts";
import { bestTermWeight } from "./term-weight.ts";

/** By comparison: the 0-based position of the level that a pair has. */
export type Outcomes = readonly number[];

export interface WeightTable {
  /** Undefined for a comparison that is in no factor. */
  readonly factor: Factor | undefined;
  /** The places of its comparisons in the model. */
  readonly positions: readonly number[];
  /** By comparison of the table: how many entries lie between two outcomes that follow each other. */
  readonly strides: readonly number[];
  /** log2(m / u) of all levels together, as the factor has it where it lists the combination. */
  readonly weights: Float64Array;
  /** What the factor adds to the weights of the levels; NaN for combinations that it does not list. */
  readonly corrections: Float64Array;
  /** log2(related / u), likewise. */
  readonly related: Float64Array;
  /** `weights` and `related` where every value is as rare as the model lets it count. */
  readonly bestWeights: Float64Array;
  readonly bestRelated: Float64Array;
}

/** The tables of a model: its factors first. */
export function weightTables(model: Model): readonly WeightTable[] {
  const factors = model.factors ?? [];
  const ofFactors = new Set(factors.flatMap(({ comparisons }) => comparisons));
  const alone = model.comparisons.filter(({ name }) => !ofFactors.has(name));
  return [
    ...factors.map((factor) => tableOf(model, factor.comparisons, factor)),
    ...alone.map(({ name }) => tableOf(model, [name], undefined)),
  ];
}

/** The place of a pair's entry in a table. */
export function entryOf({ positions, strides }: WeightTable, outcomes: Outcomes): number {
  let entry = 0;
  for (let member = 0; member < positions.length; member += 1) {
    entry += (outcomes[positions[member] ?? 0] ?? 0) * (strides[member] ?? 0);
  }
  return entry;
}

/** log2(m / u); 0 where nothing can be said. */
export function levelWeight({ isMissing, m, u }: Level): number {
  return isMissing || m === undefined || u === undefined ? 0 : Math.log2(m / u);
}

function tableOf(model: Model, names: readonly string[], factor: Factor | undefined): WeightTable {
  const positions = names.map((name) => model.comparisons.findIndex((one) => one.name === name));
  const members = positions.map((position) =>
    must(model.comparisons[position], "factors name comparisons of the model"),
  );
  const combinations = combinationsOf(members);
  const cells = new Map(factor?.cells.map((cell) => [levelsKey(cell.levels), cell]));
  const entries = combinations.map((levels) => entryFor(members, levels, cells));
  return {
    factor,
    positions,
    strides: stridesOf(members),
    weights: Float64Array.from(entries, ({ weight }) => weight),
    corrections: Float64Array.from(entries, ({ correction }) => correction),
    related: Float64Array.from(entries, ({ related }) => related),
    bestWeights: Float64Array.from(entries, ({ weight, terms }) => weight + terms),
    bestRelated: Float64Array.from(entries, ({ related, sharedTerms }) => related + sharedTerms),
  };
}

/** All combinations of levels, the last comparison's running fastest. */
function combinationsOf(members: readonly Comparison[]): readonly (readonly Level[])[] {
  return members.reduce<readonly (readonly Level[])[]>(
    (combinations, { levels }) =>
      combinations.flatMap((before) => levels.map((level) => [...before, level])),
    [[]],
  );
}

function stridesOf(members: readonly Comparison[]): readonly number[] {
  return members.map((_, place) =>
    members.slice(place + 1).reduce((product, { levels }) => product * levels.length, 1),
  );
}

interface TableEntry {
  readonly weight: number;
  readonly correction: number;
  readonly related: number;
  /** The most that rare values can add, and what of it relatives would share. */
  readonly terms: number;
  readonly sharedTerms: number;
}

function entryFor(
  members: readonly Comparison[],
  levels: readonly Level[],
  cells: ReadonlyMap<string, FactorCell>,
): TableEntry {
  const cell = cells.get(levelsKey(levels.map(({ isMissing, name }) => (isMissing ? null : name))));
  const alone = sumOf(levels.map(levelWeight));
  const best = members.map((comparison, place) => {
    const level = must(levels[place], "a combination has a level of each comparison");
    return { isShared: comparison.isPersonal !== true, weight: bestTermWeight(comparison, level) };
  });
  return {
    weight: cell === undefined ? alone : Math.log2(cell.m / cell.u),
    correction: cell === undefined ? Number.NaN : Math.log2(cell.m / cell.u) - alone,
    related: cell === undefined ? sumOf(levels.map(relatedWeight)) : relatedWeight(cell),
    terms: sumOf(best.map(({ weight }) => weight)),
    sharedTerms: sumOf(best.map(({ isShared, weight }) => (isShared ? weight : 0))),
  };
}

/** No name of a level holds control characters. */
function levelsKey(levels: readonly (string | null)[]): string {
  return levels.map((level) => level ?? "\u0001").join("\u0000");
}

/** 0 where the related are as the different. */
function relatedWeight({
  related,
  u,
}: {
  readonly related?: number | undefined;
  readonly u: number | undefined;
}): number {
  return related === undefined || u === undefined ? 0 : Math.log2(related / u);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
