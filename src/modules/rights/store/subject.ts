/** Finds what is held of one customer: rows by their ids, identifying values, handles of keys. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import {
  blindHex,
  type CustomerDataset,
  type Dataset,
  type EventDataset,
  type Field,
  recordsTable,
} from "../../contracts/index.ts";
import { eachField } from "../../customers/index.ts";

/** A source record, by what names it. */
export interface SubjectRecord {
  readonly record: bigint;
  readonly source: string;
  readonly key: string;
}

/** The living customer of an id, be it its own or one that was merged into it. */
export async function selectLiving(
  tx: Transaction,
  dataset: CustomerDataset,
  id: bigint,
): Promise<{ readonly customer: bigint; readonly version: number } | undefined> {
  return await tx.optionalRow(
    `select _id as customer, _version as version from ${quoteIdent(dataset.name)}
      where _id = coalesce((select new_id from _redirects where dataset = $1 and old_id = $2), $2)`,
    [dataset.name, id],
  );
}

/** The source records that a customer has. */
export async function selectRecords(
  tx: Transaction,
  dataset: CustomerDataset,
  customer: bigint,
): Promise<SubjectRecord[]> {
  return await tx.rows<SubjectRecord>(
    `select r._record as record, s.name as source, r._key as key
       from ${quoteIdent(recordsTable(dataset))} r join _sources s on s.source = r._source
      where r._id = $1
      order by r._record`,
    [customer],
  );
}

/** Ids that were merged into a customer. */
export async function selectFormerIds(
  tx: Transaction,
  dataset: CustomerDataset,
  customer: bigint,
): Promise<bigint[]> {
  const rows = await tx.rows<{ id: bigint }>(
    "select old_id as id from _redirects where dataset = $1 and new_id = $2 order by old_id",
    [dataset.name, customer],
  );
  return rows.map(({ id }) => id);
}

/** A value as intake writes it where rows are named by it: the blind index of a sealed one in hex. */
function namingText({ name, sealed }: Field, alias: string): string {
  const column = `${alias}.${quoteIdent(name)}`;
  return sealed === true ? blindHex(column) : `${column}::text`;
}

/** An event, by what names it. */
export interface SubjectEvent {
  readonly id: bigint;
  readonly subject: string;
}

/** The events of a customer, and those that wait for one who is named as one of its records is. */
export async function selectEvents(
  tx: Transaction,
  { events, customers }: { readonly events: EventDataset; readonly customers: CustomerDataset },
  customer: bigint,
): Promise<SubjectEvent[]> {
  const target = customers.fields.find(({ name }) => name === events.subject.target);
  const table = quoteIdent(events.name);
  const waiting =
    target === undefined
      ? ""
      : ` union all
     select e._id, e._subject from ${table} e
      where e._customer is null
        and e._subject in (select ${namingText(target, "r")} from ${quoteIdent(recordsTable(customers))} r where r._id = $1)`;
  return await tx.rows<SubjectEvent>(
    `select found._id as id, found._subject as subject
       from (select _id, _subject from ${table} where _customer = $1${waiting}) found
      order by found._id`,
    [customer],
  );
}

/** A value of an identifying field, as it is stored: text, or sealed bytes. */
export interface StoredValue {
  readonly field: string;
  readonly value: string | Buffer;
}

/** The identifying values of a table's rows: those of `fields` that are there, each once. */
export async function selectValues(
  tx: Transaction,
  fields: readonly Field[],
  rows: { readonly table: string; readonly idColumn: string; readonly ids: readonly bigint[] },
): Promise<StoredValue[]> {
  const values: StoredValue[] = [];
  for (const field of fields) {
    const column = `t.${quoteIdent(field.name)}`;
    const read = field.sealed === true ? column : `${column}::text`;
    const found = await tx.rows<{ value: string | Buffer }>(
      `select distinct ${read} as value from ${quoteIdent(rows.table)} t
        where t.${quoteIdent(rows.idColumn)} = any($1::bigint[]) and ${column} is not null
        order by value`,
      [rows.ids],
    );
    values.push(...found.map(({ value }) => ({ field: field.name, value })));
  }
  return values;
}

/** A value that a field of a golden row had, until a change. */
export interface FormerValue {
  readonly field: string;
  readonly change: bigint;
  /** In the history's text form; `\x…` of a sealed one. Null where it had none. */
  readonly before: string | null;
}

/** What fields of a golden row were before, oldest change first. */
export async function selectFormerValues(
  tx: Transaction,
  dataset: CustomerDataset,
  { customer, fields }: { readonly customer: bigint; readonly fields: readonly string[] },
): Promise<FormerValue[]> {
  return await tx.rows<FormerValue>(
    `select each.field, h.change, each.before
       from _history h cross join lateral ${eachField("h")}
      where h.dataset = $1 and h.row_id = $2 and each.field = any($3::text[])
      order by h.change`,
    [dataset.name, customer, fields],
  );
}

/** Where a handle begins and how long it is in a sealed value, in bytes; see docs/protection.md. */
const HANDLE = "from 17 for 16";
/** The same in the history, whose text is `\x` and two digits a byte. */
const HANDLE_TEXT = "from 35 for 32";

/** The handles of the keys that rows of a dataset are sealed under, in hex. */
export async function selectHandles(
  tx: Transaction,
  dataset: Dataset,
  rows: { readonly table: string; readonly idColumn: string; readonly ids: readonly bigint[] },
): Promise<string[]> {
  const sealed = dataset.fields.filter((field) => field.sealed === true);
  if (sealed.length === 0) {
    return [];
  }
  const columns = sealed.map(
    ({ name }) =>
      `select encode(substring(${quoteIdent(name)} ${HANDLE}), 'hex') as handle
         from ${quoteIdent(rows.table)} where ${quoteIdent(rows.idColumn)} = any($1::bigint[])`,
  );
  const found = await tx.rows<{ handle: string | null }>(
    `${columns.join(" union ")}
      union
     select substring(value ${HANDLE_TEXT})
       from _history h
      cross join lateral ${eachField("h")}
      cross join lateral (values (each.before), (each.after)) side (value)
      where h.dataset = $2 and h.row_id = any($1::bigint[]) and each.field = any($3::text[])`,
    [rows.ids, rows.table, sealed.map(({ name }) => name)],
  );
  return found.flatMap(({ handle }) => (handle === null ? [] : [handle]));
}
