/** Block keys of source records: by them the candidates of a single record are found among millions. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import { recordsTable } from "../../contracts/index.ts";
import type { EntityDataset } from "../../customers/index.ts";
import { copyText } from "./copy-text.ts";

/** A record's key. */
export interface BlockEntry {
  readonly key: bigint;
  readonly record: bigint;
}

/**
 * The members of blocks, at most `limit` of each, in no order.
 * `lateral` makes it one look-up by index for each key, whatever the planner thinks of the table.
 */
export async function membersOf(
  tx: Transaction,
  keys: readonly bigint[],
  limit: number,
): Promise<BlockEntry[]> {
  return await tx.rows<BlockEntry>(
    `select wanted.key, found.record
       from unnest($1::bigint[]) wanted (key)
      cross join lateral (select record from _blocks where key = wanted.key limit $2) found`,
    [keys, limit],
  );
}

/** The keys that records have. */
export async function keysOf(tx: Transaction, records: readonly bigint[]): Promise<BlockEntry[]> {
  return await tx.rows<BlockEntry>(
    "select key, record from _blocks where record = any($1::bigint[])",
    [records],
  );
}

/** Takes the keys of records away. */
export async function deleteKeys(tx: Transaction, records: readonly bigint[]): Promise<void> {
  await tx.run("delete from _blocks where record = any($1::bigint[])", [records]);
}

/** Takes all keys of a dataset away: another model makes others. */
export async function deleteAllKeys(tx: Transaction, dataset: EntityDataset): Promise<void> {
  await tx.run(
    `delete from _blocks b using ${quoteIdent(recordsTable(dataset))} r where r._record = b.record`,
  );
}

export async function insertKeys(tx: Transaction, entries: Iterable<BlockEntry>): Promise<number> {
  return await tx.copyIn("copy _blocks (key, record) from stdin", copyText(rowsOf(entries)));
}

function* rowsOf(entries: Iterable<BlockEntry>): Generator<readonly bigint[]> {
  for (const { key, record } of entries) {
    yield [key, record];
  }
}
