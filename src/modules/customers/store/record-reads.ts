/** Reads of source records, for whoever finds out which of them are one. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import { blindHex, comparable, type Field, recordsTable } from "../../contracts/index.ts";
import { eachField } from "./change-log.ts";
import type { EntityDataset } from "./merge-context.ts";
import { RECORDS_FIELD } from "./regrouping.ts";

/** All source records of a dataset, or those of the given ids. */
export type WhichRecords = "all" | readonly bigint[];

/** Source records by column: the same place in each list is the same record. */
export interface RecordColumns {
  readonly records: readonly bigint[];
  /** The golden row each record belongs to. */
  readonly ids: readonly bigint[];
  /**
   * By field, in the contract's order: the value in its text form; the items of a list joined by `;`; of
   * a sealed field its blind index in hexadecimal digits.
   */
  readonly values: ReadonlyMap<string, readonly (string | null)[]>;
}

/** How many records are read at once unless the caller says. */
const BATCH_RECORDS = 10_000;

/**
 * Source records in the order of their ids, in batches. Ids that do not exist are left out.
 *
 * A batch is one row of JSON arrays, one array a column, so that the driver parses one text instead of
 * each value of each row. The next is asked for while the one before is worked on.
 * @param options.batch how many records at once
 */
export async function* readRecords(
  tx: Transaction,
  dataset: EntityDataset,
  { records, batch = BATCH_RECORDS }: { readonly records: WhichRecords; readonly batch?: number },
): AsyncGenerator<RecordColumns> {
  const pages = records === "all" ? allPages : pagesOf(records);
  const next = pages(tx, dataset, batch);
  let coming = next();
  for (let page = await coming; page !== undefined; page = await coming) {
    coming = next();
    // Whoever stops reading does not wait for it; the transaction keeps what went wrong.
    coming.catch(() => {});
    yield page;
  }
}

/** Reads one page after the other; undefined after the last. */
type Pages = (
  tx: Transaction,
  dataset: EntityDataset,
  batch: number,
) => () => Promise<RecordColumns | undefined>;

const allPages: Pages = (tx, dataset, batch) => {
  const query = columnsQuery(dataset, "_record > $1 order by _record limit $2");
  let last: bigint | undefined = 0n;
  return async () => {
    const page = last === undefined ? NO_PAGE : await tx.row<RawColumns>(query, [last, batch]);
    const columns = page.records === null ? undefined : toColumns(dataset, page, page.records);
    last = columns?.records.length === batch ? columns.records.at(-1) : undefined;
    return columns;
  };
};

/** Pages of which no record exists are passed over. */
function pagesOf(records: readonly bigint[]): Pages {
  const sorted = records.toSorted((a, b) => (a < b ? -1 : Number(a > b)));
  return (tx, dataset, batch) => {
    const query = columnsQuery(dataset, "_record = any($1::bigint[])");
    let from = 0;
    return async () => {
      while (from < sorted.length) {
        const page = await tx.row<RawColumns>(query, [sorted.slice(from, from + batch)]);
        from += batch;
        if (page.records !== null) {
          return toColumns(dataset, page, page.records);
        }
      }
      return undefined;
    };
  };
}

/** Null where no record was found: what aggregates make of nothing. */
interface RawColumns {
  readonly records: readonly string[] | null;
  readonly ids: readonly string[] | null;
  readonly values: readonly (readonly (string | null)[] | null)[];
}

const NO_PAGE: RawColumns = { records: null, ids: null, values: [] };

function columnsQuery(dataset: EntityDataset, condition: string): string {
  const names = dataset.fields.map((field) => quoteIdent(field.name)).join(", ");
  const lists = dataset.fields.map((field) => `json_agg(${textForm(field)} order by _record)`);
  return `select json_agg(_record::text order by _record) as records,
                 json_agg(_id::text order by _record) as ids,
                 json_build_array(${lists.join(", ")}) as values
            from (select _record, _id, ${names}
                    from ${quoteIdent(recordsTable(dataset))} where ${condition}) page`;
}

function textForm({ name, type, sealed }: Field): string {
  const column = quoteIdent(name);
  if (sealed === true) {
    return blindHex(column);
  }
  return type.kind === "text-list" ? `array_to_string(${column}, ';')` : `${column}::text`;
}

function toColumns(
  dataset: EntityDataset,
  page: RawColumns,
  records: readonly string[],
): RecordColumns {
  const values = dataset.fields.map(({ name }, index) => [name, page.values[index] ?? []] as const);
  return {
    records: records.map(BigInt),
    ids: (page.ids ?? []).map(BigInt),
    values: new Map(values),
  };
}

/** A source record and the golden row it belongs to. */
export interface Membership {
  readonly record: bigint;
  readonly id: bigint;
}

/** The source records of golden rows, by golden row and record. */
export async function recordsOfGolden(
  tx: Transaction,
  dataset: EntityDataset,
  ids: readonly bigint[],
): Promise<Membership[]> {
  return tx.rows<Membership>(
    `select _record as record, _id as id from ${quoteIdent(recordsTable(dataset))}
      where _id = any($1::bigint[]) order by _id, _record`,
    [ids],
  );
}

/** Two source records that hold the same value of an identifier. */
export interface IdentifierPair {
  /** The lower record id. */
  readonly left: bigint;
  readonly right: bigint;
  readonly field: string;
}

/** Pairs that are handed on at once. */
const BATCH_PAIRS = 10_000;

/**
 * Every pair of source records that hold the same value of an identifier, of which at least one is in
 * `records`; in batches, by the contract's order of identifiers. Which pairs there are depends on the
 * records alone, not on the order in which one asks for them.
 * @param options.mostHolders a value that more records hold identifies nobody and gives no pair
 */
export async function* identifierPairs(
  tx: Transaction,
  dataset: EntityDataset,
  { records, mostHolders }: { readonly records: WhichRecords; readonly mostHolders: number },
): AsyncGenerator<IdentifierPair[]> {
  for (const field of dataset.fields) {
    const { name } = field;
    if (!field.identifier) {
      continue;
    }
    const query = pairsQuery(dataset, comparable(field), records);
    const values = records === "all" ? [mostHolders] : [mostHolders, records];
    for await (const pairs of tx.batches<Omit<IdentifierPair, "field">>(
      query,
      values,
      BATCH_PAIRS,
    )) {
      yield pairs.map((pair) => ({ ...pair, field: name }));
    }
  }
}

/** Each value is looked up by index, and no more of its holders than are allowed. */
function pairsQuery(dataset: EntityDataset, column: string, records: WhichRecords): string {
  const table = quoteIdent(recordsTable(dataset));
  const shared =
    records === "all"
      ? `select array_agg(_record) as holders from ${table}
          where ${column} is not null
          group by ${column} having count(*) between 2 and $1`
      : `select held.holders
           from (select distinct ${column} as value from ${table}
                  where _record = any($2::bigint[]) and ${column} is not null) named
          cross join lateral (
            select array_agg(_record) as holders
              from (select _record from ${table} where ${column} = named.value limit $1 + 1) first_few) held
          where cardinality(held.holders) between 2 and $1`;
  const isAsked =
    records === "all" ? "" : " and (l.record = any($2::bigint[]) or r.record = any($2::bigint[]))";
  return `select l.record as left, r.record as right
            from (${shared}) shared
           cross join lateral unnest(shared.holders) l (record)
           cross join lateral unnest(shared.holders) r (record)
           where l.record < r.record${isAsked}`;
}

/** Source records that are new or changed, and how far the change log was read for them. */
export interface ChangedRecords {
  readonly records: readonly bigint[];
  /** The number of the last entry that was read: the next cursor. */
  readonly last: bigint;
}

/**
 * Source records that entries of the change log have brought or changed, each once, in the order of
 * their ids. A record that was grouped with others since counts too: a few more than those that changed
 * may be named, never fewer.
 * @param options.after the cursor: 0n to begin
 * @param options.limit how many entries of the log are read
 */
export async function changedRecords(
  tx: Transaction,
  dataset: EntityDataset,
  { after, limit }: { readonly after: bigint; readonly limit: number },
): Promise<ChangedRecords> {
  const table = recordsTable(dataset);
  const row = await tx.row<{ records: bigint[] | null; last: bigint }>(
    `with entries as materialized (
       select change, kind, dataset, row_id from _changes where change > $1 order by change limit $2
     ), created as materialized (
       select row_id from entries where dataset = $3 and kind::text = $4
     ), named as (
       select row_id as record from entries where dataset = $5
        union
       select r._record from created join ${quoteIdent(table)} r on r._id = created.row_id
        union
       select left_since.record::bigint
         from created
         join _history h on h.dataset = $3 and h.row_id = created.row_id
        cross join lateral ${eachField("h")}
        cross join lateral string_to_table(each.before, ' ') left_since (record)
        where each.field = $6
     )
     select (select array_agg(record order by record) from named) as records,
            coalesce((select max(change) from entries), $1::bigint) as last`,
    [after, limit, dataset.name, `${dataset.kind}-created`, table, RECORDS_FIELD],
  );
  return { records: row.records ?? [], last: row.last };
}

/** Ids that nothing has yet, for golden rows that are to be made. */
export async function newGoldenIds(tx: Transaction, count: number): Promise<bigint[]> {
  const rows = await tx.rows<{ id: bigint }>(
    "select nextval('_ids') as id from generate_series(1, $1::int)",
    [count],
  );
  return rows.map((row) => row.id);
}
