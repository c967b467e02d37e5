/** What blocking rules would bring, before anything is compared. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { BlockingRule } from "../model/model.ts";
import {
  countBlockedRecords,
  countFoundByOthers,
  countNewPairs,
} from "../store/blocking-analysis.ts";
import { dropBlockKeys } from "../store/blocking-keys.ts";
import { createTwins } from "../store/blocking-twins.ts";
import { openBlocks, setAsideOf, type RuleBlocks, type SetAside } from "./find-pairs.ts";

/** Counts that need joins are made for about so many records; fewer are counted exactly. */
const SAMPLED_RECORDS = 20_000;

export interface AnalyseRulesOptions {
  readonly largestBlock: number;
  /** Rules strict enough to be right, with whose pairs the recall is estimated. */
  readonly strict?: readonly BlockingRule[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What one rule brings. */
export interface RuleAnalysis {
  readonly rule: string;
  /** Pairs in blocks that are not too large, exactly. */
  readonly pairs: number;
  /** Pairs that no earlier rule finds; estimated on many records. */
  readonly newPairs: number;
  /** Blocks of two records or more that are not too large. */
  readonly blocks: number;
  /** Sizes of the largest blocks, at most five, also of those that are set aside. */
  readonly largestBlocks: readonly number[];
  /** Share of the records that have no key, 0 to 1. */
  readonly withoutKey: number;
  readonly setAside: SetAside;
}

export interface BlockingAnalysis {
  readonly records: number;
  /** Records that are equal in everything to another; rules do not look at them. */
  readonly twins: number;
  readonly rules: readonly RuleAnalysis[];
  /** Pairs that the rules find together. */
  readonly pairs: number;
  /** Whether `pairs` and `newPairs` were estimated from a sample. */
  readonly isEstimated: boolean;
  /** Share of the same pairs that the rules find, 0 to 1; undefined when nothing tells. */
  readonly recall: number | undefined;
}

/**
 * Says what rules would bring, without making a pair. `records` must be there; `twins` are made anew.
 *
 * The recall is that of a capture and recapture (Sekar and Deming, "On a Method of Estimating Birth and
 * Death Rates and the Extent of Registration", JASA 44, 1949): of the pairs that a strict rule is sure
 * of, the share that rules over other fields find as well. Fields that go wrong together make it too
 * high; rules that share a field with the strict one, which it leaves out, make it too low.
 * @throws CancelledError when the signal is aborted
 */
export async function analyseRules(
  duck: DuckDb,
  rules: readonly BlockingRule[],
  options: AnalyseRulesOptions,
): Promise<BlockingAnalysis> {
  const { strict = [], signal } = options;
  const twins = await createTwins(duck, signal);
  try {
    const blocks = await openBlocks(duck, [...rules, ...strict], options);
    const records = await countBlockedRecords(duck);
    const oneIn = Math.max(1, Math.floor(records / SAMPLED_RECORDS));
    const keys = blocks.map(({ key }) => key);
    const analysed: RuleAnalysis[] = [];
    for (const [rule, of] of blocks.slice(0, rules.length).entries()) {
      const met = await countNewPairs(duck, keys, { rule, oneIn, signal });
      analysed.push(ruleAnalysis(of, records, (met * oneIn) / 2));
    }
    return {
      records: records + twins,
      twins,
      rules: analysed,
      pairs: analysed.reduce((sum, rule) => sum + rule.newPairs, 0),
      isEstimated: oneIn > 1,
      recall: await recallOf(duck, { blocks, rules, strict, oneIn, signal }),
    };
  } finally {
    await dropBlockKeys(duck);
  }
}

function ruleAnalysis(
  { rule, counts }: RuleBlocks,
  records: number,
  newPairs: number,
): RuleAnalysis {
  return {
    rule,
    pairs: counts.pairs,
    newPairs: Math.min(counts.pairs, Math.round(newPairs)),
    blocks: counts.blocks,
    largestBlocks: counts.largest,
    withoutKey: records === 0 ? 0 : 1 - counts.keyed / records,
    setAside: setAsideOf(counts),
  };
}

interface RecallRequest {
  /** Of the rules, then of the strict ones. */
  readonly blocks: readonly RuleBlocks[];
  readonly rules: readonly BlockingRule[];
  readonly strict: readonly BlockingRule[];
  readonly oneIn: number;
  readonly signal: AbortSignal | undefined;
}

async function recallOf(duck: DuckDb, request: RecallRequest): Promise<number | undefined> {
  const { blocks, rules, strict, oneIn, signal } = request;
  const keys = blocks.map(({ key }) => key);
  let pairs = 0;
  let found = 0;
  for (const [index, certain] of strict.entries()) {
    const others = keys.filter((_, rule) => {
      const other = rules[rule];
      return other !== undefined && fieldsOf(other).isDisjointFrom(fieldsOf(certain));
    });
    const key = keys[rules.length + index];
    if (others.length > 0 && key !== undefined) {
      const counted = await countFoundByOthers(duck, key, { others, oneIn, signal });
      pairs += counted.pairs;
      found += counted.found;
    }
  }
  return pairs === 0 ? undefined : found / pairs;
}

/** Prepared columns are named after their field and the part of it. */
function fieldsOf(rule: BlockingRule): ReadonlySet<string> {
  return new Set(rule.parts.map(({ column }) => column.split("__")[0] ?? column));
}
