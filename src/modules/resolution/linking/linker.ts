/** A trained model at work in this process: prepares records, makes their keys, weighs pairs. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  type ComparedPair,
  type Model,
  openBlockKeys,
  openModelPreparation,
  openScorer,
  openTelling,
  openTextHash,
  type PairScorer,
  type PreparedRecord,
  type PreparedValue,
  type Telling,
  type TermShares,
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

export interface Linker {
  readonly number: number;
  readonly model: Model;
  readonly limits: Limits;
  readonly prepare: (columns: RawColumns) => PreparedRecord[];
  readonly keysOf: (record: PreparedRecord) => RecordKeys;
  readonly scorer: PairScorer;
  /** Reads how common the values of some pairs are, as far as it matters for their weights. */
  readonly readShares: (tx: Transaction, pairs: readonly ComparedPair[]) => Promise<TermShares>;
  /** What a pair tells beside its weight. */
  readonly tellingOf: (pair: ComparedPair) => Telling | null;
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
  const scorer = openScorer(model);
  const telling = openTelling(model.comparisons);
  return {
    number,
    model,
    limits: limitsOf(model),
    prepare: (columns) => recordsOf(preparation.prepare(columns)),
    keysOf: (record) => ({
      content: contentKey(hash(contentText(names.map((name) => record[name] ?? null)))),
      blocks: rules.map((keysOf) => keysOf(record).map(blockKey)),
    }),
    scorer,
    readShares: (tx, pairs) => readShares(tx, { number, scorer, hash }, pairs),
    tellingOf: ({ outcomes }) => telling(outcomes),
  };
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
    readonly scorer: PairScorer;
    readonly hash: (text: string) => bigint;
  },
  pairs: readonly ComparedPair[],
): Promise<TermShares> {
  const hashes = new Map<string, { readonly column: string; readonly term: bigint }>();
  for (const { column, value } of pairs.flatMap((pair) => termsOf(about.scorer, pair))) {
    const term = termOf(value);
    const text = term === undefined ? undefined : termText(column, term);
    if (text !== undefined && !hashes.has(text)) {
      hashes.set(text, { column, term: about.hash(text) });
    }
  }
  const shares = await findShares(tx, about.number, [...hashes.values()]);
  return (column, value) => {
    const term = termOf(value);
    const hash = term === undefined ? undefined : hashes.get(termText(column, term));
    return hash && shares.get(hash.term);
  };
}

/** The values whose shares a pair is weighed by. */
function termsOf(
  scorer: PairScorer,
  pair: ComparedPair,
): { readonly column: string; readonly value: PreparedValue | undefined }[] {
  return scorer.termColumns(pair).flatMap((column) => [
    { column, value: pair.left[column] },
    { column, value: pair.right[column] },
  ]);
}

/** A value as it is counted: a text. */
function termOf(value: PreparedValue | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

/**
 * Records from columns of the same length. Each is a copy of an empty one: objects that are put together
 * name by name are tables to the engine, which takes five times as long to make and longer to read.
 */
export function recordsOf(
  columns: ReadonlyMap<string, readonly PreparedValue[]>,
): PreparedRecord[] {
  const names = [...columns.keys()];
  const lists = [...columns.values()];
  const size = lists[0]?.length ?? 0;
  const empty = Object.fromEntries(names.map((name): [string, PreparedValue] => [name, null]));
  return Array.from({ length: size }, (_, place) => {
    const record = { ...empty };
    for (const [index, name] of names.entries()) {
      record[name] = lists[index]?.[place] ?? null;
    }
    return record;
  });
}
