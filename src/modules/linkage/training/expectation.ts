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
 * A third class takes what speaks neither for the same nor for chance: the related, who share a household,
 * a family name or a mailbox and yet are two. In what is personal they are like strangers; how often they
 * agree on all else is learnt. Without it, families become matches.
 *
 * Pairs of which somebody knows what they are take part as that, instead of as what the present weights
 * make of them: the same with responsibility 1, the different with 0 for the same and the rest shared by
 * related and different as their weights have it (Larsen and Rubin, "Iterative Automated Record Linkage
 * Using Mixture Models", JASA 96, 2001). Of outcome `o`, with the other blocked pairs B, the known same
 * pairs K and the start `s` that counts as `a` pairs,
 *
 *     m(o) = (sum over B of P(same)·[o]  +  λ · sum over K of [o]  +  a·s(o)) / (all of these)
 *
 * - A known pair is taken out of B, so that it counts there no second time. People are asked about the
 *   doubtful pairs, which are not like all; but which are asked about depends on their outcomes alone, and a
 *   pair that keeps its own place makes no kind of pairs look more frequent than it is.
 * - λ makes somebody's word count for more than a guess (Nigam, McCallum, Thrun and Mitchell, "Text
 *   Classification from Labeled and Unlabeled Documents using EM", Machine Learning 39, 2000). It is small,
 *   since it does make the kind that was asked about more frequent.
 * - u stays that of random pairs. Pairs that somebody had to look at to find them different are alike, and
 *   chance agreement would look likely: they say what relatives share, and what is no rarer than they show.
 *
 * Separate sessions with one rule each, and the median of them, are not needed: as u stays that of
 * random pairs, a rule that a pair was found by is no evidence by itself.
 */
import { must } from "../../../kernel/index.ts";
import type { Patterns } from "../store/patterns.ts";
import { estimate, largestChange, weightsOf } from "./estimate.ts";
import type { Estimate, PairCounts, Shares } from "./estimate.ts";
import { combinationsOf } from "./outcome-table.ts";
import type { OutcomeTable } from "./outcome-table.ts";
import { withinLimits } from "./limits.ts";

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
  /** Pairs of which somebody knows what they are; none of them is among the blocked ones. */
  readonly known?: KnownPatterns | undefined;
  /** Pairs that the records have among them. */
  readonly possiblePairs: number;
  /** P(same), and P(related), of a random pair to begin with; no pair is related where that is 0. */
  readonly prior: number;
  readonly related: number;
  /** Pairs that the start counts as, among the same and the related, and among the different. */
  readonly pseudoPairs: number;
  readonly chancePairs: number;
  readonly mostRounds: number;
}

/** Pairs of which somebody knows what they are, by their levels. */
export interface KnownPatterns {
  readonly same: Patterns;
  readonly different: Patterns;
  /** As how many blocked pairs one of them counts in what the same, and the related, are like. */
  readonly weight: number;
}

export interface Learnt {
  readonly prior: number;
  readonly related: number;
  /** By table. */
  readonly estimates: readonly Estimate[];
  readonly rounds: number;
}

/** Below this no share changes any more, and the prior by no greater part of itself. */
const CONVERGED = 1e-5;
/** More pairs are the same, or related, only among a handful of records, which say little; some are neither. */
const LARGEST_PRIOR = 0.45;

/** Learns m, u and the prior. Pure: the same evidence gives the same numbers to the last bit. */
export function learn(evidence: Evidence): Learnt {
  const { tables, starts } = evidence;
  const samples = {
    blocked: placed(evidence.blocked, tables),
    random: placed(evidence.random, tables),
    known: evidence.known && {
      same: placed(evidence.known.same, tables),
      different: placed(evidence.known.different, tables),
      weight: evidence.known.weight,
    },
  };
  let learnt: Learnt = {
    prior: evidence.prior,
    related: evidence.related,
    estimates: starts.map((shares) => ({ shares, cells: new Map() })),
    rounds: 0,
  };
  for (;;) {
    const next = nextRound(learnt, samples, evidence);
    const changes = next.estimates.map((one, index) =>
      largestChange(at(learnt.estimates, index), one),
    );
    const isSettled = Math.max(Math.abs(next.prior / learnt.prior - 1), ...changes) < CONVERGED;
    learnt = next;
    if (isSettled || learnt.rounds === evidence.mostRounds) {
      return learnt;
    }
  }
}

interface Samples {
  readonly blocked: Placed;
  readonly random: Placed;
  readonly known: KnownPlaced | undefined;
}

function nextRound(learnt: Learnt, samples: Samples, evidence: Evidence): Learnt {
  const { tables, starts, possiblePairs, standsFor, pseudoPairs, chancePairs } = evidence;
  const blocked = classify(samples.blocked, tables, learnt);
  const random = classify(samples.random, tables, learnt);
  const known = samples.known && classifyKnown(samples.known, tables, learnt);
  const randomPairs = Math.max(1, sum(samples.random.counts));
  const estimates = tables.map((table, index) => {
    const found = (counts: Float64Array): PairCounts =>
      counted({ ...samples.blocked, counts }, index);
    const same = withinLimits(table, found(blocked.same));
    const different = found(blocked.different);
    return estimate(table, {
      start: at(starts, index),
      same: known ? plus(same, counted(known.same, index), known.weight) : same,
      related: known
        ? plus(found(blocked.related), counted(known.related, index), known.weight)
        : found(blocked.related),
      blocked: known ? plus(different, counted(known.different, index), 1 / standsFor) : different,
      different: counted({ ...samples.random, counts: random.different }, index),
      randomStandsFor: possiblePairs / randomPairs,
      blockedStandsFor: standsFor,
      pseudoPairs,
      chancePairs,
    });
  });
  // One pair is the least that can be told, and nothing could never become anything again.
  const shareOf = (pairs: Float64Array, knownPairs: Placed | undefined): number => {
    const all = sum(pairs) * standsFor + (knownPairs ? sum(knownPairs.counts) : 0);
    return Math.min(LARGEST_PRIOR, Math.max(1, all) / Math.max(1, possiblePairs));
  };
  return {
    prior: shareOf(blocked.same, known?.same),
    related: learnt.related === 0 ? 0 : shareOf(blocked.related, known?.related),
    estimates,
    rounds: learnt.rounds + 1,
  };
}

/** Adds up pairs by combination, of which one of the second counts as `weight` of the first. */
function plus(pairs: PairCounts, more: PairCounts, weight: number): PairCounts {
  const all = new Map(pairs);
  for (const [combination, count] of more) {
    all.set(combination, (all.get(combination) ?? 0) + weight * count);
  }
  return all;
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

interface KnownPlaced {
  readonly same: Placed;
  readonly different: Placed;
  readonly weight: number;
}

/** The known pairs, of which those that are not the same are related or different. */
function classifyKnown(
  { same, different: known, weight }: KnownPlaced,
  tables: readonly OutcomeTable[],
  learnt: Learnt,
): KnownPlaced & { readonly related: Placed } {
  const kin = oddsAgainst(known, tables, learnt).related;
  const share = (part: (odds: number) => number): Placed => ({
    ...known,
    counts: known.counts.map((count, pattern) => count * part(cell(kin, pattern))),
  });
  const related = share((odds) => odds / (1 + odds));
  return { same, related, different: share((odds) => 1 / (1 + odds)), weight };
}

/** Pairs of each pattern as far as they are the same, related, different. */
interface Classified {
  readonly same: Float64Array;
  readonly related: Float64Array;
  readonly different: Float64Array;
}

function classify(patterns: Placed, tables: readonly OutcomeTable[], learnt: Learnt): Classified {
  const { same, related: kin } = oddsAgainst(patterns, tables, learnt);
  const portion = (part: (pattern: number) => number): Float64Array =>
    patterns.counts.map(
      (count, pattern) => (count * part(pattern)) / (1 + cell(same, pattern) + cell(kin, pattern)),
    );
  return {
    same: portion((pattern) => cell(same, pattern)),
    related: portion((pattern) => cell(kin, pattern)),
    different: portion(() => 1),
  };
}

/** The odds of each pattern that it is the same, and that it is related, against the different. */
function oddsAgainst(
  patterns: Placed,
  tables: readonly OutcomeTable[],
  { prior, related, estimates }: Learnt,
): { readonly same: Float64Array; readonly related: Float64Array } {
  const weights = (side: "m" | "related"): readonly Float64Array[] =>
    tables.map((table, index) => weightsOf(table, at(estimates, index), side));
  const strange = 1 - prior - related;
  return {
    same: oddsOf(patterns, weights("m"), prior / strange),
    related: oddsOf(patterns, weights("related"), related / strange),
  };
}

/** The odds of each pattern, from those of any pair and the weights of its combinations. */
function oddsOf(
  { combinations, counts }: Placed,
  weights: readonly Float64Array[],
  odds: number,
): Float64Array {
  const total = new Float64Array(counts.length);
  for (const [table, ofPatterns] of combinations.entries()) {
    const ofCombinations = at(weights, table);
    for (const [pattern, combination] of ofPatterns.entries()) {
      total[pattern] = cell(total, pattern) + cell(ofCombinations, combination);
    }
  }
  return total.map((weight) => odds * 2 ** weight);
}

/** Adds up the pairs of each combination of a table. Those that no pattern has are not in it. */
function counted({ combinations, counts }: Placed, index: number): PairCounts {
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
