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

/** One look-up by index for each key, whatever the planner thinks of the tables, and none goes further than it must. */
const ONE_BY_ONE = `
  select wanted.key, block.records
    from unnest($1::bigint[]) wanted (key)
   cross join lateral (
     select string_agg(record::text, ',') as records
       from (select record from _blocks where key = wanted.key
              union all
             select record from _late_blocks where key = wanted.key
              limit $2) member) block
   where block.records is not null`;

/**
 * One pass over each index for all keys. Of 168,000 keys among two million this takes half of the processor
 * time and looks at a page once instead of a hundred times, of 145,000 among 13 million four fifths and once
 * instead of three times; but whole blocks are read, however large. The subquery keeps the planner from looking
 * at every key.
 */
const IN_ONE_PASS = BLOCK_TABLES.map(
  (table) => `
  select key, string_agg(record::text, ',') as records
    from (select key, record, row_number() over (partition by key) as place
            from ${table} where key = any((select $1::bigint[])::bigint[])) member
   where place <= $2
   group by key`,
).join(" union all ");

/** What an import asks for is more, what a single record asks for is less. */
const MOST_ONE_BY_ONE = 200;

/**
 * The members of blocks, in no order; keys that nobody has are left out. Of blocks with more than `limit`
 * members, at least so many. The keys are asked for in their order, so that looks at many touch each page of
 * the tables once. The members come as a text: most blocks have one or two, and arrays take the driver twice
 * as long to read.
 */
export async function membersOf(
  tx: Transaction,
  keys: readonly bigint[],
  limit: number,
): Promise<Map<bigint, readonly bigint[]>> {
  const members = new Map<bigint, readonly bigint[]>();
  if (keys.length === 0) {
    return members;
  }
  const sorted = BigInt64Array.from(keys).sort();
  const rows = await tx.rows<{ key: bigint; records: string }>(
    keys.length > MOST_ONE_BY_ONE ? IN_ONE_PASS : ONE_BY_ONE,
    [[...sorted], limit],
  );
  for (const { key, records } of rows) {
    const early = members.get(key);
    const found = records.split(",").map(BigInt);
    members.set(key, early === undefined ? found : [...early, ...found]);
  }
  return members;
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

/** Compares the keys that records should have with those they have, as {@link keysOf} found them. */
export function keyChanges(
  wanted: readonly KeyedRecord[],
  present: ReadonlyMap<bigint, readonly bigint[]>,
): KeyChanges {
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
