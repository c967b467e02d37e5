/** A trained model at work in this process: prepares records, makes their keys, weighs pairs. */
import { must } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  blockKeys,
  type Model,
  openPreparation,
  type PairScore,
  pairScorer,
  type PreparedRecord,
  type PreparedValue,
} from "../../linkage/index.ts";
import { type Limits, limitsOf } from "../settlement/evidence.ts";
import { findShares } from "../store/register.ts";
import { blockKey, contentKey } from "./content-key.ts";
import { keyedHash } from "./hash.ts";

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
  readonly scorer: (shares: Shares) => (left: PreparedRecord, right: PreparedRecord) => PairScore;
}

/**
 * Opens a trained model.
 * @param secret the client's key
 */
export function openLinker(number: number, model: Model, secret: Buffer): Linker {
  const preparation = openPreparation(model.fields);
  const termColumns = termColumnsOf(model);
  return {
    number,
    model,
    limits: limitsOf(must(model.thresholds, "a model in force has thresholds")),
    prepare: (columns) => recordsOf(preparation.prepare(columns)),
    keysOf: (record) => ({
      content: contentKey(record, secret),
      blocks: model.blocking.map((rule) => blockKeys([rule], record, secret).map(blockKey)),
    }),
    readShares: (tx, records) => readShares(tx, { number, termColumns, secret }, records),
    scorer: (shares) => pairScorer(model, shares),
  };
}

/** The columns whose values are counted. */
export function termColumnsOf(model: Model): readonly string[] {
  const columns = model.comparisons.flatMap(({ levels }) =>
    levels.flatMap(({ termFrequency }) => termFrequency?.column ?? []),
  );
  return [...new Set(columns)];
}

/** The hash by which a value's share is found. */
export function termHash(secret: Buffer, column: string, value: string): bigint {
  return keyedHash(secret, `${column}\u0000${value}`);
}

async function readShares(
  tx: Transaction,
  about: {
    readonly number: number;
    readonly termColumns: readonly string[];
    readonly secret: Buffer;
  },
  records: readonly PreparedRecord[],
): Promise<Shares> {
  const columns = new Map<string, ReadonlyMap<string, number>>();
  for (const column of about.termColumns) {
    const values = new Set(records.flatMap((record) => termOf(record[column]) ?? []));
    const hashes = new Map(
      [...values].map((value) => [value, termHash(about.secret, column, value)]),
    );
    const shares = await findShares(tx, about.number, { column, terms: [...hashes.values()] });
    const known = [...hashes].flatMap(([value, hash]) => {
      const share = shares.get(hash);
      return share === undefined ? [] : [[value, share] as const];
    });
    columns.set(column, new Map(known));
  }
  return (column, value) => columns.get(column)?.get(termOf(value) ?? "");
}

/** A value as it is counted: a text. */
function termOf(value: PreparedValue | undefined): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

function recordsOf(columns: ReadonlyMap<string, readonly PreparedValue[]>): PreparedRecord[] {
  const names = [...columns.keys()];
  const lists = [...columns.values()];
  const size = lists[0]?.length ?? 0;
  return Array.from({ length: size }, (_, place) =>
    Object.fromEntries(names.map((name, index) => [name, lists[index]?.[place] ?? null])),
  );
}
