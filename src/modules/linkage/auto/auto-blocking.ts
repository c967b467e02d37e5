/** Blocking rules for records that nobody wrote rules for. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import { createTwins } from "../store/blocking-twins.ts";
import { openKeyCosts } from "../store/key-costs.ts";
import type { BlockingRule, ModelField } from "../model/model.ts";
import { chooseRules } from "./choose-rules.ts";
import { keyCandidates } from "./key-candidates.ts";

/** Counting so many records takes some milliseconds for each of some hundred combinations. */
const COUNTED_RECORDS = 40_000;

/**
 * Small files can afford to look at more pairs for each record. Of a million records, 5 find 98.4 % of the
 * true pairs in 1.2 million compared, 8 find 98.7 % in 3.5 million, 3 find 79 %.
 */
const MOST_PAIRS_PER_RECORD = 60;
const FEWEST_PAIRS_PER_RECORD = 5;
const PAIRS_OF_LARGE_FILES = 5_000_000;
/** So many are compared in a moment, however few records they are of. */
const PAIRS_OF_SMALL_FILES = 100_000;

/** The most pairs that are compared for each record, on average. */
export function pairsPerRecord(records: number): number {
  const share = (pairs: number): number => pairs / Math.max(1, records);
  const most = Math.max(MOST_PAIRS_PER_RECORD, share(PAIRS_OF_SMALL_FILES));
  return Math.min(most, Math.max(FEWEST_PAIRS_PER_RECORD, share(PAIRS_OF_LARGE_FILES)));
}

/** Chooses the rules for the `records` of the run by how many pairs each combination of keys would bring. */
export async function autoBlocking(
  duck: DuckDb,
  fields: readonly ModelField[],
  {
    records,
    twins,
    signal,
  }: {
    readonly records: number;
    /** How many rows the table `twins` has; it is made where this is not said. */
    readonly twins?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<readonly BlockingRule[]> {
  const candidates = keyCandidates(fields);
  if (candidates.length === 0) {
    return [];
  }
  if (twins === undefined) {
    await createTwins(duck, signal);
  }
  await using costs = await openKeyCosts(
    duck,
    candidates.flatMap(({ keys }) => keys),
    { oneIn: Math.max(1, Math.floor(records / COUNTED_RECORDS)), signal },
  );
  return await chooseRules(
    candidates,
    { records, pairsPerRecord: pairsPerRecord(records) },
    (parts) => costs.pairsOf(parts),
  );
}
