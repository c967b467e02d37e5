/** Samples of pairs that are the same for the same seed, whatever the order of rows and the threads. */
import { must } from "../../../kernel/index.ts";
import { TWIN_RULE } from "../blocking/find-pairs.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Comparison } from "../model/model.ts";
import { levelColumn, levelsQuery } from "./level-sql.ts";
import { LEVELS } from "./pair-levels.ts";

/** The table of random pairs: `l`, `r`. */
export const RANDOM_PAIRS = "random_pairs";

export interface SampleOptions {
  readonly seed: number;
  /** The most pairs. */
  readonly pairs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Records that are equal to another in everything teach nothing that the first of them does not. */
const DIFFERENT_RECORDS = "compared anti join twins on twins.id = compared.id";

/** How many different records are compared. */
export async function countRecords(duck: DuckDb, signal?: AbortSignal): Promise<number> {
  const [row] = await duck.rows<{ records: bigint }>(
    `select count(*) as records from ${DIFFERENT_RECORDS}`,
    [],
    signal,
  );
  return Number(must(row, "a count has a row").records);
}

/**
 * Draws different pairs of records into `random_pairs`: all there are, when they are no more than asked
 * for. Records stand in a random circle, and each is paired with those 1, 2, 3, … places further on:
 * every record then takes part equally often, so that shares of values are met almost exactly, which
 * all pairs among a few thousand sampled records (Splink's way) do not do; and the pairs are an
 * equi-join, which uses all threads.
 * @returns how many pairs there are
 */
export async function drawRandomPairs(
  duck: DuckDb,
  records: number,
  { seed, pairs, signal }: SampleOptions,
): Promise<number> {
  const drawn = Math.min(pairs, possiblePairs(records));
  const steps = records === 0 ? 0 : Math.ceil(drawn / records);
  await duck.run(
    `create or replace table circle as ` +
      `select compared.id, row_number() over (order by hash(compared.id, ${seed}), compared.id) - 1 ` +
      `as place from ${DIFFERENT_RECORDS}`,
    [],
    signal,
  );
  await duck.run(
    `create or replace table ${RANDOM_PAIRS} as ` +
      `select least(a.id, b.id) as l, greatest(a.id, b.id) as r ` +
      `from range(1, ${steps + 1}) s(step) cross join circle a ` +
      `join circle b on b.place = (a.place + s.step) % ${Math.max(1, records)} ` +
      `where (s.step - 1) * ${records} + a.place < ${drawn}`,
    [],
    signal,
  );
  await duck.run(`drop table circle`);
  return drawn;
}

/** How many pairs of so many records there are. */
export function possiblePairs(records: number): number {
  return Math.max(0, (records * (records - 1)) / 2);
}

/** A part of the table `pairs`, compared. */
export interface PairSample {
  /** A table with `l`, `r` and the level of every comparison. */
  readonly levels: string;
  /** How many pairs each of its pairs stands for. */
  readonly standsFor: number;
  /** All pairs, of which it is a part. */
  readonly found: number;
}

const SAMPLED_LEVELS = "sampled_levels";

/** Fine enough for every share of pairs that is asked for. */
const BUCKETS = 1_000_000;

export interface BlockedSampleOptions extends SampleOptions {
  /** Whether the table `levels` has all `pairs`; only the sample is compared where it has not. */
  readonly areCompared: boolean;
}

/**
 * Takes a share of the blocked pairs of different records: those whose hash is low. All, when they are no
 * more than asked for. It stays in the table `sampled_levels`.
 */
export async function sampleBlockedPairs(
  duck: DuckDb,
  comparisons: readonly Comparison[],
  { seed, pairs, areCompared, signal }: BlockedSampleOptions,
): Promise<PairSample> {
  const [row] = await duck.rows<{ found: bigint }>(
    `select count(*) as found from pairs where rule <> ${TWIN_RULE}`,
    [],
    signal,
  );
  const found = Number(must(row, "a count has a row").found);
  const buckets = found <= pairs ? BUCKETS : Math.max(1, Math.floor((pairs / found) * BUCKETS));
  const isSampled = `rule <> ${TWIN_RULE} and hash(l, r, ${seed}) % ${BUCKETS} < ${buckets}`;
  const columns = ["l", "r", ...comparisons.map((_, position) => levelColumn(position))];
  const sampled = areCompared
    ? `select ${columns.join(", ")} from ${LEVELS} where ${isSampled}`
    : levelsQuery(comparisons, {
        pairs: `(select l, r from pairs where ${isSampled})`,
        carried: ["l", "r"],
      });
  await duck.run(`create or replace table ${SAMPLED_LEVELS} as ${sampled}`, [], signal);
  return { levels: SAMPLED_LEVELS, standsFor: BUCKETS / buckets, found };
}
