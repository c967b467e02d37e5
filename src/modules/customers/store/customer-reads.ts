/** Reads of one client's customers as they are stored, with the records and changes behind them. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import {
  type CustomerDataset,
  type EventDataset,
  type Field,
  recordsTable,
} from "../../contracts/index.ts";
import { type ChangeKind, eachField } from "./change-log.ts";
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
    `select h.change, c.kind, c.at, c.actor, c.intake, i.origin, c.reason, h.dataset, each.field,
            case when each.field = $5 then case when c.row_id = $2 then c.customer else c.row_id end end as other,
            each.before, each.after
       from (select change, dataset, fields, befores, afters from _history
              where dataset = $1 and row_id = $2
              union all
             select change, dataset, fields, befores, afters from _history
              where dataset = $3
                and row_id in (select _record from ${quoteIdent(recordsTable(dataset))} where _id = $2)) h
      cross join lateral ${eachField("h")}
       join _changes c on c.change = h.change
       left join _intakes i on i.intake = c.intake
      order by h.change desc, h.dataset, each.field
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
