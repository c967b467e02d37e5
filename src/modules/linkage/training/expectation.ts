/**
 * Expectation–maximisation (Dempster, Laird and Rubin, JRSS B 39, 1977; Winkler 1988 for linkage) over
 * counts of patterns.
 *
 * One run over all pairs that blocking found, for what is the same, and over pairs drawn at random, for
 * what is different:
 *
 * - every blocked pair is the same with the probability that the present weights give it;
 * - the prior is the sum of these over all possible pairs, for hardly any same pair is outside of the
 *   blocks: no recall of strict rules has to be guessed;
 * - m are the shares of levels among blocked pairs, weighed by that probability;
 * - u are the shares among random pairs, weighed by its opposite. Without that, u of a telling level
 *   would be little but the matches among the random pairs: on 1,000 records with 2,000 same pairs one
 *   random pair in 250 is one, and most of those that agree on an e-mail are.
 *
 * Separate sessions with one rule each, and the median of them, are not needed: as u stays that of
 * random pairs, a rule that a pair was found by is no evidence by itself.
 */
import { must } from "../../../kernel/index.ts";
import type { Patterns } from "../store/patterns.ts";
import { estimate, largestChange, weightsOf } from "./estimate.ts";
import type { Estimate, Shares } from "./estimate.ts";
import { combinationsOf } from "./outcome-table.ts";
import type { OutcomeTable } from "./outcome-table.ts";

export interface Evidence {
  readonly tables: readonly OutcomeTable[];
  /** Where learning begins, by table; and what it falls back to where pairs say little. */
  readonly starts: readonly Shares[];
  /** Pairs among which all the same ones are taken to be. */
  readonly blocked: Patterns;
  /** Of how many blocked pairs each counted one stands for. */
  readonly standsFor: number;
  /** Pairs drawn from all. */
  readonly random: Patterns;
  /** Pairs known to be the same: m is then learnt from these alone. */
  readonly same?: Patterns | undefined;
  /** Pairs that the records have among them. */
  readonly possiblePairs: number;
  /** P(same) of a random pair to begin with. */
  readonly prior: number;
  /** Pairs that the start counts as, on each side. */
  readonly pseudoPairs: number;
  readonly mostRounds: number;
}

export interface Learnt {
  readonly prior: number;
  /** By table. */
  readonly estimates: readonly Estimate[];
  readonly rounds: number;
}

/** Below this no share changes any more, and the prior by no greater part of itself. */
const CONVERGED = 1e-5;
/** More than half of all pairs are the same only among a handful of records, which say little. */
const LARGEST_PRIOR = 0.5;

/** Learns m, u and the prior. Pure: the same evidence gives the same numbers to the last bit. */
export function learn(evidence: Evidence): Learnt {
  const { tables, starts, possiblePairs, standsFor, mostRounds } = evidence;
  const blocked = placed(evidence.blocked, tables);
  const random = placed(evidence.random, tables);
  const known = evidence.same && placed(evidence.same, tables);
  let { prior } = evidence;
  let estimates: readonly Estimate[] = starts.map((shares) => ({ shares, cells: new Map() }));
  for (let round = 1; ; round += 1) {
    const weights = tables.map((table, index) => weightsOf(table, at(estimates, index)));
    const same = expectedSame(blocked, weights, prior);
    const different = expectedDifferent(random, weights, prior);
    const next = tables.map((table, index) =>
      estimate(table, {
        start: at(starts, index),
        same: counted(known ?? { ...blocked, counts: same }, index),
        different: counted({ ...random, counts: different }, index),
        pseudoPairs: evidence.pseudoPairs,
      }),
    );
    // One pair is the least that can be told, and nothing could never become anything again.
    const found = Math.max(1, sum(same) * standsFor);
    const nextPrior = Math.min(LARGEST_PRIOR, found / Math.max(1, possiblePairs));
    const changes = next.map((one, index) => largestChange(at(estimates, index), one));
    const isSettled = Math.max(Math.abs(nextPrior / prior - 1), ...changes) < CONVERGED;
    [estimates, prior] = [next, nextPrior];
    if (isSettled || round === mostRounds) {
      return { prior, estimates, rounds: round };
    }
  }
}

/** Patterns by the combination that each has in each table. */
interface Placed {
  readonly combinations: readonly Int32Array[];
  readonly counts: Float64Array;
}

function placed(patterns: Patterns, tables: readonly OutcomeTable[]): Placed {
  const combinations = tables.map((table) => combinationsOf(table, patterns));
  return { combinations, counts: patterns.counts };
}

function expectedSame(patterns: Placed, weights: readonly Float64Array[], prior: number) {
  const odds = oddsOf(patterns, weights, prior);
  return patterns.counts.map((count, pattern) => count / (1 + 1 / cell(odds, pattern)));
}

function expectedDifferent(patterns: Placed, weights: readonly Float64Array[], prior: number) {
  const odds = oddsOf(patterns, weights, prior);
  return patterns.counts.map((count, pattern) => count / (1 + cell(odds, pattern)));
}

/** How much likelier the pairs of each pattern are the same than different. Infinite odds are fine. */
function oddsOf(
  { combinations, counts }: Placed,
  weights: readonly Float64Array[],
  prior: number,
): Float64Array {
  const total = new Float64Array(counts.length).fill(Math.log2(prior / (1 - prior)));
  for (const [table, ofPatterns] of combinations.entries()) {
    const ofCombinations = at(weights, table);
    for (const [pattern, combination] of ofPatterns.entries()) {
      total[pattern] = cell(total, pattern) + cell(ofCombinations, combination);
    }
  }
  return total.map((weight) => 2 ** weight);
}

/** Adds up the pairs of each combination of a table. Those that no pattern has are not in it. */
function counted({ combinations, counts }: Placed, index: number): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  for (const [pattern, combination] of at(combinations, index).entries()) {
    pairs.set(combination, (pairs.get(combination) ?? 0) + cell(counts, pattern));
  }
  return pairs;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function at<Value>(values: readonly Value[], index: number): Value {
  return must(values[index], "there is one for each table");
}

function cell(values: Float64Array, index: number): number {
  return must(values[index], "patterns and combinations are numbered without gaps");
}
