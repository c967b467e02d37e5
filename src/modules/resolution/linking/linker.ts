/** A trained model at work in this process: prepares records, makes their keys, weighs pairs. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  meanTermShare,
  type Model,
  openBlockKeys,
  openModelPreparation,
  openTextHash,
  type PairScore,
  pairScorer,
  type PreparedRecord,
  type PreparedValue,
} from "../../linkage/index.ts";
import { type Limits, limitsOf } from "../settlement/evidence.ts";
import { findShares } from "../store/register.ts";
import { blockKey, contentKey, contentText } from "./content-key.ts";

/** Values by column, the same place in each list being the same record. */
export type RawColumns = ReadonlyMap<string, readonly (string | null)[]>;

/** The keys of a prepared record. */
export interface RecordKeys {
  readonly content: bigint;
  /** By blocking rule, in the model's order. */
  readonly blocks: readonly (readonly bigint[])[];
}

/** What is known of the shares of some values. */
export type Shares = (column: string, value: PreparedValue) => number | undefined;

export interface Linker {
  readonly number: number;
  readonly model: Model;
  readonly limits: Limits;
  readonly prepare: (columns: RawColumns) => PreparedRecord[];
  readonly keysOf: (record: PreparedRecord) => RecordKeys;
  /** Reads how common the records' values are, for weighing them. */
  readonly readShares: (tx: Transaction, records: readonly PreparedRecord[]) => Promise<Shares>;
  /** Whether a pair may weigh so many bits, however rare its values are. Quick, for no shares are read. */
  readonly mayReach: (weight: number, left: PreparedRecord, right: PreparedRecord) => boolean;
  readonly scorer: (shares: Shares) => (left: PreparedRecord, right: PreparedRecord) => PairScore;
}

/**
 * Opens a trained model.
 * @param secret the client's key
 */
export function openLinker(number: number, model: Model, secret: Buffer): Linker {
  const preparation = openModelPreparation(model);
  const names = preparation.columns.map(({ name }) => name);
  const hash = openTextHash(secret);
  const rules = model.blocking.map((rule) => openBlockKeys([rule], secret));
  const termColumns = termColumnsOf(model);
  return {
    number,
    model,
    limits: limitsOf(model),
    prepare: (columns) => recordsOf(preparation.prepare(columns)),
    keysOf: (record) => ({
      content: contentKey(hash(contentText(names.map((name) => record[name] ?? null)))),
      blocks: rules.map((keysOf) => keysOf(record).map(blockKey)),
    }),
    readShares: (tx, records) => readShares(tx, { number, termColumns, hash }, records),
    mayReach: openBound(model),
    scorer: (shares) => pairScorer(model, shares),
  };
}

/** Sums that are added up in another order differ by less. */
const ROUNDING = 1e-6;

/**
 * The bound of a model: what a pair weighs where every value is as rare as the model lets it count. A
 * term never counts for less when its value is rarer, and what relatives share takes off less than it
 * adds, so no shares give more. Where the model would count a value that it does not know for more than
 * a rare one, nothing is bounded.
 */
function openBound(model: Model): Linker["mayReach"] {
  const isBounded = model.comparisons.every((comparison) =>
    comparison.levels.every((level) => {
      const mean = meanTermShare(comparison, level);
      const { termFrequency } = level;
      return mean === undefined || termFrequency === undefined || mean >= termFrequency.minimum;
    }),
  );
  const score = pairScorer(model, () => 0);
  return (weight, left, right) => !isBounded || score(left, right).weight >= weight - ROUNDING;
}

/** The columns whose values are counted. */
export function termColumnsOf(model: Model): readonly string[] {
  const columns = model.comparisons.flatMap(({ levels }) =>
    levels.flatMap(({ termFrequency }) => termFrequency?.column ?? []),
  );
  return [...new Set(columns)];
}

/** What a value's share is found by. */
export function termText(column: string, value: string): string {
  return `${column}\u0000${value}`;
}

async function readShares(
  tx: Transaction,
  about: {
    readonly number: number;
    readonly termColumns: readonly string[];
    readonly hash: (text: string) => bigint;
  },
  records: readonly PreparedRecord[],
): Promise<Shares> {
  const hashes = new Map<string, { readonly column: string; readonly term: bigint }>();
  for (const record of records) {
    for (const column of about.termColumns) {
      const term = termOf(record[column]);
      const text = term === undefined ? undefined : termText(column, term);
      if (text !== undefined && !hashes.has(text)) {
        hashes.set(text, { column, term: about.hash(text) });
      }
    }
  }
  const shares = await findShares(tx, about.number, [...hashes.values()]);
  return (column, value) => {
    const term = termOf(value);
    const hash = term === undefined ? undefined : hashes.get(termText(column, term));
    return hash && shares.get(hash.term);
  };
}

/** A value as it is counted: a text. */
function termOf(value: PreparedValue | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

/** Records from columns of the same length. */
export function recordsOf(
  columns: ReadonlyMap<string, readonly PreparedValue[]>,
): PreparedRecord[] {
  const names = [...columns.keys()];
  const lists = [...columns.values()];
  const size = lists[0]?.length ?? 0;
  return Array.from({ length: size }, (_, place) =>
    Object.fromEntries(names.map((name, index) => [name, lists[index]?.[place] ?? null])),
  );
}
