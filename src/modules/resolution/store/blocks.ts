/**
 * Keys of source records: by them the candidates of a single record are found among millions. They are
 * kept twice, by key (`_blocks`, `_late_blocks`) and by record (`_record_keys`): one table with two indexes
 * would be filled in the order of one of them and at random in the other, which takes several times as
 * long. A key of a record is either in `_blocks` or in `_late_blocks`.
 */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import { recordsTable } from "../../contracts/index.ts";
import type { EntityDataset } from "../../customers/index.ts";

const BLOCK_TABLES = ["_blocks", "_late_blocks"] as const;

/** A record's key. */
export interface BlockEntry {
  readonly key: bigint;
  readonly record: bigint;
}

/** A record with all its keys. */
export interface KeyedRecord {
  readonly record: bigint;
  readonly keys: ReadonlySet<bigint>;
}

/**
 * The members of blocks, at most `limit` of each, in no order; keys that nobody has are left out.
 * `lateral` makes it one look-up by index for each key, whatever the planner thinks of the table; in the
 * order of the keys, so that looks at many touch each page of the table once. The members come as a text:
 * most blocks have one or two, and arrays take the driver twice as long to read.
 */
export async function membersOf(
  tx: Transaction,
  keys: readonly bigint[],
  limit: number,
): Promise<Map<bigint, readonly bigint[]>> {
  const sorted = BigInt64Array.from(keys).sort();
  const rows = await tx.rows<{ key: bigint; records: string }>(
    `select wanted.key, block.records
       from unnest($1::bigint[]) wanted (key)
      cross join lateral (
        select string_agg(record::text, ',') as records
          from (select record from _blocks where key = wanted.key
                 union all
                select record from _late_blocks where key = wanted.key
                 limit $2) member) block
      where block.records is not null`,
    [[...sorted], limit],
  );
  return new Map(rows.map(({ key, records }) => [key, records.split(",").map(BigInt)]));
}

/** The keys that records have, in ascending order; records that have none are left out. */
export async function keysOf(
  tx: Transaction,
  records: readonly bigint[],
): Promise<ReadonlyMap<bigint, readonly bigint[]>> {
  const rows = await tx.rows<{ record: bigint; keys: readonly bigint[] }>(
    "select record, keys from _record_keys where record = any($1::bigint[])",
    [records],
  );
  return new Map(rows.map(({ record, keys }) => [record, keys]));
}

/** What must be written so that records have the keys they should have. */
export interface KeyChanges {
  readonly records: readonly KeyedRecord[];
  readonly added: readonly BlockEntry[];
  readonly removed: readonly BlockEntry[];
}

/** Compares the keys that records should have with those they have. */
export async function keyChanges(
  tx: Transaction,
  wanted: readonly KeyedRecord[],
): Promise<KeyChanges> {
  const present = await keysOf(
    tx,
    wanted.map(({ record }) => record),
  );
  const records: KeyedRecord[] = [];
  const added: BlockEntry[] = [];
  const removed: BlockEntry[] = [];
  for (const one of wanted) {
    const { record, keys } = one;
    const before = present.get(record) ?? [];
    const old = new Set(before);
    const gone = before.filter((key) => !keys.has(key));
    const fresh = [...keys].filter((key) => !old.has(key));
    if (gone.length > 0 || fresh.length > 0) {
      records.push(one);
      removed.push(...gone.map((key) => ({ key, record })));
      added.push(...fresh.map((key) => ({ key, record })));
    }
  }
  return { records, added, removed };
}

/** Writes the keys by record, and takes away by key what is gone; what is added by key is {@link insertKeys}'s. */
export async function changeKeys(
  tx: Transaction,
  { records, removed }: Pick<KeyChanges, "records" | "removed">,
): Promise<void> {
  const gone = [removed.map(({ key }) => key), removed.map(({ record }) => record)];
  for (const table of removed.length > 0 ? BLOCK_TABLES : []) {
    await tx.run(
      `delete from ${table} b using unnest($1::bigint[], $2::bigint[]) gone (key, record)
        where b.key = gone.key and b.record = gone.record`,
      gone,
    );
  }
  if (records.length > 0) {
    await tx.run(
      `insert into _record_keys (record, keys)
       select record, keys::bigint[] from unnest($1::bigint[], $2::text[]) keyed (record, keys)
           on conflict (record) do update set keys = excluded.keys`,
      [
        records.map(({ record }) => record),
        records.map(({ keys }) => `{${[...keys].toSorted(ascending).join(",")}}`),
      ],
    );
  }
}

/** Takes all keys of a dataset away: another model makes others. */
export async function deleteAllKeys(tx: Transaction, dataset: EntityDataset): Promise<void> {
  const records = quoteIdent(recordsTable(dataset));
  for (const table of [...BLOCK_TABLES, "_record_keys"]) {
    await tx.run(`delete from ${table} k using ${records} r where r._record = k.record`);
  }
}

/** Keys by column: the same place in both is one entry. */
export interface BlockColumns {
  readonly key: ArrayLike<bigint>;
  readonly record: ArrayLike<bigint>;
}

/**
 * Adds keys, in ascending order of the keys.
 * @param table `_blocks` in a full run, `_late_blocks` between them
 */
export async function insertKeys(
  tx: Transaction,
  table: (typeof BLOCK_TABLES)[number],
  batches: Iterable<BlockColumns> | AsyncIterable<BlockColumns>,
): Promise<number> {
  return await tx.copyIn(`copy ${table} (key, record) from stdin`, copyPieces(batches));
}

/** A row is handed over in a piece with so many others. */
const ROWS_PER_PIECE = 2_000;

async function* copyPieces(
  batches: Iterable<BlockColumns> | AsyncIterable<BlockColumns>,
): AsyncGenerator<string> {
  for await (const { key, record } of batches) {
    for (let from = 0; from < key.length; from += ROWS_PER_PIECE) {
      let piece = "";
      for (let place = from; place < Math.min(key.length, from + ROWS_PER_PIECE); place += 1) {
        piece += `${key[place]}\t${record[place]}\n`;
      }
      yield piece;
    }
  }
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}
