/** Reads of one client's customers: by identifier, by id, with the records and changes behind them. */
import { quoteIdent, type SqlValue, type Transaction } from "../../../platform/postgres/index.ts";
import {
  comparable,
  type CustomerDataset,
  type EventDataset,
  type Field,
  indexedAs,
  recordsTable,
} from "../../contracts/index.ts";
import type { Protection } from "../../protection/index.ts";
import type { ChangeKind } from "./change-log.ts";
import { columnList } from "./merge-context.ts";
import { RECORDS_FIELD } from "./regrouping.ts";
import { survivingRecordsQuery } from "./survivorship.ts";

/** The values of a row by field name, as the driver gives them. */
export type FieldValues = Readonly<Record<string, unknown>>;

export interface GoldenRow {
  readonly id: bigint;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly values: FieldValues;
}

export interface SourceRecord {
  readonly record: bigint;
  readonly source: string;
  readonly key: string;
  readonly statedAt: Date;
  readonly intake: bigint;
  readonly line: bigint;
  readonly values: FieldValues;
}

export interface FieldChange {
  readonly change: bigint;
  readonly kind: ChangeKind;
  readonly at: Date;
  readonly actor: string;
  readonly intake: bigint | null;
  /** The file or channel of the intake. */
  readonly origin: string | null;
  /** Why, in the words of whoever did it. */
  readonly reason: string | null;
  readonly dataset: string;
  /** A field of the contract; `_records` where source records came or went, and their ids are the values. */
  readonly field: string;
  /** Of a merge, a split or a regrouping: the other customer. */
  readonly other: bigint | null;
  readonly before: string | null;
  readonly after: string | null;
}

export interface EventRow {
  readonly id: bigint;
  readonly at: Date;
  readonly values: FieldValues;
}

type Raw = Record<string, unknown>;

function splitRow<const Name extends string>(
  row: Raw,
  fields: readonly Field[],
  names: readonly Name[],
): Record<Name, unknown> & { readonly values: FieldValues } {
  const own = Object.fromEntries(names.map((name) => [name, row[name]]));
  const values = Object.fromEntries(fields.map((field) => [field.name, row[field.name]]));
  return { ...own, values } as Record<Name, unknown> & { readonly values: FieldValues };
}

/** Golden rows of the given ids, in id order. Ids that do not exist are left out. */
export async function selectGolden(
  tx: Transaction,
  dataset: CustomerDataset,
  ids: readonly bigint[],
): Promise<GoldenRow[]> {
  const rows = await tx.rows<Raw>(
    `select _id as id, _version as version, _created_at as "createdAt", _updated_at as "updatedAt",
            ${columnList(dataset)}
       from ${quoteIdent(dataset.name)} where _id = any($1::bigint[]) order by _id`,
    [ids],
  );
  return rows.map(
    (row) =>
      splitRow(row, dataset.fields, ["id", "version", "createdAt", "updatedAt"]) as GoldenRow,
  );
}

/** Gives what a value of a sealed field is found by. */
export type BlindIndex = Protection["blindIndex"];

/**
 * Ids of customers one of whose records has `text` as its source key or as the value of an identifier.
 * Each look-up is an index scan. Sealed identifiers are found by their blind index, if it can be had.
 */
export async function findByIdentifier(
  tx: Transaction,
  dataset: CustomerDataset,
  {
    text,
    limit,
    blindIndex,
  }: {
    readonly text: string;
    readonly limit: number;
    readonly blindIndex?: BlindIndex | undefined;
  },
): Promise<bigint[]> {
  const records = quoteIdent(recordsTable(dataset));
  const values: SqlValue[] = [limit];
  const parameter = (value: SqlValue): string => `$${values.push(value)}`;
  const indexOf = (field: Field): Buffer | undefined =>
    blindIndex?.(indexedAs(dataset, field.name), text);
  const lookups = dataset.fields.filter(isFound).flatMap((field) => {
    const wanted = field.sealed === true ? indexOf(field) : text;
    return wanted === undefined
      ? []
      : [`select _id from ${records} where ${comparable(field)} = ${parameter(wanted)}`];
  });
  const [onlyKey, ...others] = dataset.fields.filter(({ name }) => dataset.key.includes(name));
  const isBlind = onlyKey?.sealed === true && others.length === 0;
  const key = isBlind ? (indexOf(onlyKey)?.toString("hex") ?? null) : text;
  lookups.push(
    `select r._id from _sources s
       join ${records} r on r._source = s.source and r._key = ${parameter(key)}`,
  );
  const rows = await tx.rows<{ id: bigint }>(
    `select distinct _id as id from (${lookups.join(" union all ")}) found order by _id limit $1`,
    values,
  );
  return rows.map((row) => row.id);
}

/** Whether a text that somebody typed can be the value of an identifier. */
function isFound({ identifier, type, sealed }: Field): boolean {
  return identifier && (sealed === true || type.kind === "text" || type.kind === "enum");
}

/** The living customer of an id, be it the customer's own or one that was merged into it. */
export async function findById(
  tx: Transaction,
  dataset: CustomerDataset,
  id: bigint,
): Promise<bigint[]> {
  const rows = await tx.rows<{ id: bigint }>(
    `select _id as id from ${quoteIdent(dataset.name)} where _id = $2
      union all
     select new_id from _redirects where dataset = $1 and old_id = $2`,
    [dataset.name, id],
  );
  return rows.map((row) => row.id);
}

/**
 * Ids of customers for whom each of `words` begins a word of one of `fields`, whatever the case: the
 * way to find somebody by name. Reads the whole table; used only when no identifier matches.
 */
export async function findByWords(
  tx: Transaction,
  dataset: CustomerDataset,
  {
    words,
    fields,
    limit,
  }: {
    readonly words: readonly string[];
    readonly fields: readonly Field[];
    readonly limit: number;
  },
): Promise<bigint[]> {
  const conditions = words.map((_, index) => {
    const tests = fields.map(
      (field) => `strpos(' ' || lower(${quoteIdent(field.name)}), ' ' || lower($${index + 2})) > 0`,
    );
    return `(${tests.join(" or ")})`;
  });
  const rows = await tx.rows<{ id: bigint }>(
    `select _id as id from ${quoteIdent(dataset.name)}
      where ${conditions.join(" and ")} order by _id limit $1`,
    [limit, ...words],
  );
  return rows.map((row) => row.id);
}

export async function selectRecords(
  tx: Transaction,
  dataset: CustomerDataset,
  id: bigint,
): Promise<SourceRecord[]> {
  const rows = await tx.rows<Raw>(
    `select r._record as record, s.name as source, r._key as key, r._stated_at as "statedAt",
            r._intake as intake, r._line as line, ${columnList(dataset, "r")}
       from ${quoteIdent(recordsTable(dataset))} r join _sources s on s.source = r._source
      where r._id = $1
      order by r._record`,
    [id],
  );
  return rows.map(
    (row) =>
      splitRow(row, dataset.fields, [
        "record",
        "source",
        "key",
        "statedAt",
        "intake",
        "line",
      ]) as SourceRecord,
  );
}

/** Which record each golden field survives from. */
export async function selectProvenance(
  tx: Transaction,
  dataset: CustomerDataset,
  id: bigint,
): Promise<ReadonlyMap<string, bigint>> {
  const row = await tx.optionalRow<Raw>(survivingRecordsQuery(dataset, "$1"), [id]);
  const survivors = dataset.fields.flatMap((field) => {
    const record = row?.[field.name];
    return typeof record === "bigint" ? [[field.name, record] as const] : [];
  });
  return new Map(survivors);
}

/** Changes of a customer's golden fields, of its records and of their fields, newest first. */
export async function selectHistory(
  tx: Transaction,
  dataset: CustomerDataset,
  { id, limit }: { readonly id: bigint; readonly limit: number },
): Promise<FieldChange[]> {
  return tx.rows<FieldChange>(
    `select h.change, c.kind, c.at, c.actor, c.intake, i.origin, c.reason, h.dataset, h.field,
            case when h.field = $5 then case when c.row_id = $2 then c.customer else c.row_id end end as other,
            h.before, h.after
       from (select change, dataset, row_id, field, before, after from _history
              where dataset = $1 and row_id = $2
              union all
             select change, dataset, row_id, field, before, after from _history
              where dataset = $3
                and row_id in (select _record from ${quoteIdent(recordsTable(dataset))} where _id = $2)) h
       join _changes c on c.change = h.change
       left join _intakes i on i.intake = c.intake
      order by h.change desc, h.dataset, h.field
      limit $4`,
    [dataset.name, id, recordsTable(dataset), limit, RECORDS_FIELD],
  );
}

/** How many events of a dataset a customer has, and the newest of them. */
export async function selectEvents(
  tx: Transaction,
  dataset: EventDataset,
  { id, limit }: { readonly id: bigint; readonly limit: number },
): Promise<{ readonly count: number; readonly newest: EventRow[] }> {
  const table = quoteIdent(dataset.name);
  const { count } = await tx.row<{ count: bigint }>(
    `select count(*) as count from ${table} where _customer = $1`,
    [id],
  );
  const rows = await tx.rows<Raw>(
    `select _id as id, _at as at, ${columnList(dataset)} from ${table}
      where _customer = $1 order by _at desc, _id desc limit $2`,
    [id, limit],
  );
  return {
    count: Number(count),
    newest: rows.map((row) => splitRow(row, dataset.fields, ["id", "at"]) as EventRow),
  };
}

export async function countRows(tx: Transaction, table: string): Promise<bigint> {
  const { count } = await tx.row<{ count: bigint }>(
    `select count(*) as count from ${quoteIdent(table)}`,
  );
  return count;
}

/** Customers with more than one source record: how many, and one of those with the most sources. */
export async function selectShared(
  tx: Transaction,
  dataset: CustomerDataset,
): Promise<{ readonly customers: number; readonly example: bigint | undefined }> {
  const row = await tx.row<{ customers: bigint; example: bigint | null }>(
    `select count(*) as customers,
            (array_agg(_id order by sources desc, records desc, _id))[1] as example
       from (select _id, count(distinct _source) as sources, count(*) as records
               from ${quoteIdent(recordsTable(dataset))} group by _id having count(*) > 1) shared`,
  );
  return { customers: Number(row.customers), example: row.example ?? undefined };
}
