/**
 * Candidate pairs: records that share a block key of some rule. All pairs of 1,000,000 records are
 * 5 × 10¹¹; the rules leave a few million of them, in which nearly all of the same are.
 */
import { InvalidInputError, must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { BlockingRule, Model } from "../model/model.ts";
import {
  countBlocks,
  createBlockKeys,
  dropBlockKeys,
  setLargeBlocksAside,
  type BlockCounts,
  type KeyColumn,
} from "../store/blocking-keys.ts";
import {
  createCandidates,
  dropCandidates,
  insertCandidates,
  insertTwinPairs,
  mergeCandidates,
} from "../store/blocking-pairs.ts";
import { createTwins } from "../store/blocking-twins.ts";

/** What stands for a blocking rule in `pairs`: the record and its first twin. */
export const TWIN_RULE = 254;
/** What stands for a blocking rule in `pairs`: both are the same as a third. */
export const NEIGHBOUR_RULE = 255;
/** Rules are numbered in a byte, the last two numbers of which are taken. */
export const MOST_RULES = 254;

/** A join makes at most about so many pairs before it can be stopped and tells how far it is. */
const PAIRS_PER_PART = 4_000_000;

export interface FindPairsOptions {
  /** How many rows the table `twins` has; it is made where this is not said. */
  readonly twins?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told after each part: pairs looked at so far, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** The most parts that a rule is found in; by default as many as its pairs need. */
  readonly parts?: number | undefined;
}

/** Blocks that were too large to compare. */
export interface SetAside {
  readonly blocks: number;
  /** Records in them; one may be in several. */
  readonly records: number;
  readonly pairs: number;
}

/** What a rule brought. */
export interface FoundByRule {
  readonly rule: string;
  /** Pairs that no earlier rule had found. */
  readonly pairs: number;
  readonly setAside: SetAside;
}

export interface FoundPairs {
  /** All pairs, those of twins among them. */
  readonly pairs: number;
  /** Records that are equal in everything to another and that no rule looked at. */
  readonly twins: number;
  readonly rules: readonly FoundByRule[];
}

/**
 * Fills the tables `pairs (l, r, rule)` and `twins (id, representative)` of the run from `records`. Every
 * pair stands once, with the first rule that finds it. Only one of several equal records is blocked; its
 * pair with its first twin, under {@link TWIN_RULE}, stands for all of them: whoever has the same values
 * has the same weight. Blocks of more records than the model's `largestBlock` are not compared, and
 * counted.
 * @throws InvalidInputError when there are more than {@link MOST_RULES} rules
 * @throws CancelledError when the signal is aborted
 */
export async function findPairs(
  duck: DuckDb,
  model: Pick<Model, "blocking" | "largestBlock">,
  options: FindPairsOptions = {},
): Promise<FoundPairs> {
  const { signal } = options;
  const twins = options.twins ?? (await createTwins(duck, signal));
  await createCandidates(duck);
  try {
    const blocks = await openBlocks(duck, model.blocking, {
      largestBlock: model.largestBlock,
      signal,
    });
    const rules = await findByRules(duck, blocks, options);
    const twinPairs = await insertTwinPairs(duck, TWIN_RULE);
    const pairs = rules.reduce((sum, rule) => sum + rule.pairs, twinPairs);
    return { pairs, twins, rules };
  } finally {
    await dropCandidates(duck);
    await dropBlockKeys(duck);
  }
}

/** The blocks of a rule, those that are too large set aside. */
export interface RuleBlocks {
  readonly rule: string;
  readonly key: KeyColumn;
  readonly counts: BlockCounts;
}

/** Makes `block_keys` and counts; `twins` are there already. */
export async function openBlocks(
  duck: DuckDb,
  rules: readonly BlockingRule[],
  options: { readonly largestBlock: number; readonly signal?: AbortSignal | undefined },
): Promise<readonly RuleBlocks[]> {
  if (rules.length > MOST_RULES) {
    throw new InvalidInputError(
      "model-blocking",
      `${rules.length} blocking rules are too many: at most ${MOST_RULES} can be told apart`,
      [],
      { hint: "remove the rules that bring no new pairs" },
    );
  }
  const keys = await createBlockKeys(duck, rules, options);
  const blocks: RuleBlocks[] = [];
  for (const [index, key] of keys.entries()) {
    const counts = await countBlocks(duck, key, options);
    if (counts.overBlocks > 0) {
      await setLargeBlocksAside(duck, key, options);
    }
    blocks.push({ rule: rules[index]?.name ?? "", key, counts });
  }
  return blocks;
}

async function findByRules(
  duck: DuckDb,
  blocks: readonly RuleBlocks[],
  { signal, onProgress, parts: mostParts }: FindPairsOptions,
): Promise<readonly FoundByRule[]> {
  const keys = blocks.map(({ key }) => key);
  const total = blocks.reduce((sum, { counts }) => sum + counts.pairs, 0);
  let done = 0;
  for (const [rule, { counts }] of blocks.entries()) {
    const parts = mostParts ?? Math.max(1, Math.ceil(counts.pairs / PAIRS_PER_PART));
    for (let part = 0; part < parts && counts.pairs > 0; part += 1) {
      await insertCandidates(duck, keys, { rule, part, parts, signal });
      onProgress?.(Math.round(done + (counts.pairs * (part + 1)) / parts), total);
    }
    done += counts.pairs;
  }
  const brought = await mergeCandidates(duck, blocks.length, signal);
  return blocks.map(({ rule, counts }, index) => ({
    rule,
    pairs: must(brought[index], "every rule is counted"),
    setAside: setAsideOf(counts),
  }));
}

/** The blocks that were too large. */
export function setAsideOf(counts: BlockCounts): SetAside {
  return { blocks: counts.overBlocks, records: counts.overRecords, pairs: counts.overPairs };
}
