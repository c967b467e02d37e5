/**
 * Block keys of the records of a run, in SQL for DuckDB. Table `block_keys` has a row for each record
 * that is not a twin and a column for each rule: a 64-bit hash of the rule's parts, or a list of them
 * where a part is a list. Joins over hashes cost the same for every rule, and later rules leave out what
 * earlier ones found by comparing numbers. Two values with one hash (1 in 10⁷ runs of 1,000,000 records)
 * only bring a pair that scoring drops.
 */
import { must } from "../../../kernel/index.ts";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { BlockingRule, KeyPart } from "../model/model.ts";
import { quoteName } from "./literal.ts";

/** A rule's column in `block_keys`. */
export interface KeyColumn {
  readonly name: string;
  /** Whether a record has several keys of the rule. */
  readonly isList: boolean;
}

/** The prepared columns of `records` by name, in their order, and whether they are lists. */
export type RecordColumns = ReadonlyMap<
  string,
  { readonly isList: boolean; readonly isText: boolean }
>;

/** What blocks of a rule there are, before any is set aside. */
export interface BlockCounts {
  /** Blocks of two records or more, and the pairs in them, up to the largest block. */
  readonly blocks: number;
  readonly pairs: number;
  /** Records with a key, whether another record shares it or not. */
  readonly keyed: number;
  /** Sizes of the largest blocks, at most five, also of those that are too large. */
  readonly largest: readonly number[];
  /** Blocks that are too large, the records in them (one may be in several) and their pairs. */
  readonly overBlocks: number;
  readonly overRecords: number;
  readonly overPairs: number;
}

/** The columns of the table `records`. */
export async function selectRecordColumns(duck: DuckDb): Promise<RecordColumns> {
  const { name, type } = await duck.columns(
    "select column_name as name, data_type as type from duckdb_columns() " +
      "where table_name = 'records' and column_name <> 'id' order by column_index",
    { name: "text", type: "text" },
  );
  return new Map(
    name.map((column, index) => [
      column ?? "",
      { isList: type[index]?.endsWith("[]") === true, isText: type[index] === "VARCHAR" },
    ]),
  );
}

/**
 * Makes the table `block_keys` from `records` without `twins`, or from one in so many of them; returns
 * the column of each rule. The share stands in the statement and the twins are joined: as a parameter and
 * with `not exists` DuckDB carries whole records through a second join, which takes three times as long.
 */
export async function createBlockKeys(
  duck: DuckDb,
  rules: readonly Pick<BlockingRule, "parts">[],
  {
    signal,
    oneIn = 1,
  }: { readonly signal?: AbortSignal | undefined; readonly oneIn?: number } = {},
): Promise<readonly KeyColumn[]> {
  const columns = await selectRecordColumns(duck);
  const parts = rules.flatMap((rule) => rule.parts);
  const lists = parts.filter((part) => columns.get(part.column)?.isList);
  const hashes = partHashes(
    parts.filter((part) => !lists.includes(part)),
    columns,
  );
  const keys = rules.map((rule, index) => {
    const isList = rule.parts.some((part) => lists.includes(part));
    return { name: `k${index}`, isList, sql: keySql(rule, columns, hashes) };
  });
  const looked = [
    ...new Set(lists.map(({ column }) => `r.${quoteName(column)}`)),
    ...[...hashes].map(
      ([value, name]) => `case when ${value} is not null then hash(${value}) end as ${name}`,
    ),
  ];
  const sampled = oneIn === 1 ? "" : ` where hash(r.id) % ${oneIn} = 0`;
  await duck.run(
    `create or replace table block_keys as select ${["r.id", ...keys.map((key) => `${key.sql} as ${key.name}`)].join(", ")}` +
      ` from (select ${["r.id", ...looked].join(", ")} from records r anti join twins t on t.id = r.id${sampled}) r`,
    [],
    signal,
  );
  return keys.map(({ name, isList }) => ({ name, isList }));
}

/** Removes what the search needed only while it ran. */
export async function dropBlockKeys(duck: DuckDb): Promise<void> {
  await duck.run("drop table if exists block_keys");
  await duck.run("drop table if exists large_blocks");
}

/** Counts the blocks of a rule; blocks of more than `largestBlock` records are counted apart. */
export async function countBlocks(
  duck: DuckDb,
  key: KeyColumn,
  {
    largestBlock,
    signal,
  }: { readonly largestBlock: number; readonly signal?: AbortSignal | undefined },
): Promise<BlockCounts> {
  const sql =
    `with blocks as (select count(*) as n from (${membersSql(key)}) group by key having count(*) > 1) ` +
    "select count(*) filter (n <= $1) as blocks, " +
    "coalesce(sum(n * (n - 1) // 2) filter (n <= $1), 0) as pairs, " +
    `(select count(*) from block_keys where ${isKeyed(key)}) as keyed, ` +
    "max(n, 5)::varchar[] as largest, " +
    "count(*) filter (n > $1) as over_blocks, " +
    "coalesce(sum(n) filter (n > $1), 0) as over_records, " +
    "coalesce(sum(n * (n - 1) // 2) filter (n > $1), 0) as over_pairs from blocks";
  const counts = await duck.columns(
    sql,
    {
      blocks: "float64",
      pairs: "float64",
      keyed: "float64",
      largest: "texts",
      over_blocks: "float64",
      over_records: "float64",
      over_pairs: "float64",
    },
    { values: [largestBlock], signal },
  );
  return {
    blocks: counts.blocks[0] ?? 0,
    pairs: counts.pairs[0] ?? 0,
    keyed: counts.keyed[0] ?? 0,
    largest: (counts.largest[0] ?? []).map(Number),
    overBlocks: counts.over_blocks[0] ?? 0,
    overRecords: counts.over_records[0] ?? 0,
    overPairs: counts.over_pairs[0] ?? 0,
  };
}

/**
 * Takes the keys of blocks of more than `largestBlock` records away, so that no rule finds pairs in
 * them and a later rule still may.
 */
export async function setLargeBlocksAside(
  duck: DuckDb,
  key: KeyColumn,
  {
    largestBlock,
    signal,
  }: { readonly largestBlock: number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  await duck.run(
    `create or replace table large_blocks as select key from (${membersSql(key)}) group by key having count(*) > $1`,
    [largestBlock],
    signal,
  );
  const statement = key.isList
    ? `update block_keys set ${key.name} = list_filter(${key.name}, lambda k: not list_contains(large.keys, k)) ` +
      `from (select list(key) as keys from large_blocks) large where list_has_any(${key.name}, large.keys)`
    : `update block_keys set ${key.name} = null where ${key.name} in (select key from large_blocks)`;
  await duck.run(statement, [], signal);
}

/** The keys of a rule, one row for each record and key, as `id`, `key` and the columns of `carried`. */
export function membersSql(
  key: KeyColumn,
  carried: readonly KeyColumn[] = [],
  condition = "true",
): string {
  const value = key.isList ? `unnest(${key.name})` : key.name;
  const columns = ["id", `${value} as key`, ...carried.map(({ name }) => name)];
  return `select ${columns.join(", ")} from block_keys where ${isKeyed(key)} and ${condition}`;
}

/** Whether the records `a` and `b` share a key of the rule; never unknown. */
export function sharesKey(key: KeyColumn): string {
  return key.isList
    ? `coalesce(list_has_any(a.${key.name}, b.${key.name}), false)`
    : `coalesce(a.${key.name} = b.${key.name}, false)`;
}

function isKeyed(key: KeyColumn): string {
  return key.isList ? `len(${key.name}) > 0` : `${key.name} is not null`;
}

/** Columns for the hashes of parts, by the SQL of the part: many rules have it, one column does for all. */
type PartHashes = ReadonlyMap<string, string>;

function partHashes(parts: readonly KeyPart[], columns: RecordColumns): PartHashes {
  const values = new Set(parts.map((part) => partSql(part, columns)));
  return new Map([...values].map((value, index) => [value, `p${index}`]));
}

/**
 * The key or keys of a record. A part that is missing gives no key. A list gives a key for each of its elements; the same list twice, for each two different elements.
 */
function keySql(
  rule: Pick<BlockingRule, "parts">,
  columns: RecordColumns,
  hashes: PartHashes,
): string {
  const lists = rule.parts.filter((part) => columns.get(part.column)?.isList);
  const single = rule.parts
    .filter((part) => !lists.includes(part))
    .map((part) => must(hashes.get(partSql(part, columns)), "every part was hashed"));
  const isWhole = single.map((sql) => `${sql} is not null`);
  const hashed =
    lists.length === 0
      ? `hash(${single.join(", ")})`
      : `list_distinct(${listKeysSql(lists, single)})`;
  return isWhole.length === 0 ? hashed : `case when ${isWhole.join(" and ")} then ${hashed} end`;
}

function listKeysSql(lists: readonly KeyPart[], single: readonly string[], depth = 0): string {
  const part = lists[depth];
  if (part === undefined) {
    const elements = lists.map((_, index) => `e${index}`);
    return `hash(${[...elements, ...single].join(", ")})`;
  }
  const element = `e${depth}`;
  const earlier = lists.slice(0, depth).findLastIndex((other) => isSamePart(other, part));
  const order = earlier < 0 ? "" : ` and x > e${earlier}`;
  const characters = `list_transform(r.${quoteName(part.column)}, lambda x: ${charactersSql(part, "x")})`;
  const elements = `list_filter(${characters}, lambda x: x is not null${order})`;
  const keys = `list_transform(${elements}, lambda ${element}: ${listKeysSql(lists, single, depth + 1)})`;
  return depth + 1 < lists.length ? `flatten(${keys})` : keys;
}

function isSamePart(one: KeyPart, other: KeyPart): boolean {
  const at = (part: KeyPart): string => part.at ?? "start";
  return one.column === other.column && one.length === other.length && at(one) === at(other);
}

function partSql(part: KeyPart, columns: RecordColumns): string {
  const value = `r.${quoteName(part.column)}`;
  const isText = columns.get(part.column)?.isText !== false;
  return charactersSql(part, part.length === undefined || isText ? value : `${value}::varchar`);
}

function charactersSql({ length, at }: KeyPart, value: string): string {
  if (length === undefined) {
    return value;
  }
  const cut = at === "end" ? "right" : "left";
  return `${cut}(${value}, ${length})`;
}
