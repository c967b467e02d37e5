/**
 * Tables whose fields are sealed from now on, or no longer: rows read in pages while the old columns
 * stand, what they become kept beside them, and written when the new columns do.
 *
 * Everything in one transaction: nobody sees a table of which a part is sealed, and an interruption
 * leaves it as it was. Afterwards the table is written anew, because an updated row stays in its file
 * until a vacuum, and a dropped column until its row is written again.
 */
import { quoteIdent, type SqlValue, type Transaction } from "../../../platform/postgres/index.ts";
import { type Dataset, type Field, fromTextFormSql, textFormSql } from "../../contracts/index.ts";
import { eachField } from "./change-log.ts";
import { survivingRecordsQuery } from "./survivorship.ts";

/** Rows read at once. */
const PAGE_ROWS = 5_000;

/** A table of source records or of events. */
export interface ResealedTable {
  readonly name: string;
  /** Its primary key. */
  readonly rowId: "_record" | "_id";
  readonly dataset: Dataset;
}

/** A row as it is: the text form of a clear field, the bytes of a sealed one. */
export interface StoredRow {
  readonly row: bigint;
  readonly source: string;
  readonly key: string;
  /** Of events. */
  readonly subject: string | null;
  /** 32 hexadecimal digits. */
  readonly hash: string;
  readonly values: Readonly<Record<string, string | Buffer | null>>;
}

/** A row as it will be: of a sealed field the bytes, of a clear one the text form. */
export interface ResealedRow {
  readonly row: bigint;
  readonly key: string;
  readonly subject: string | null;
  readonly hash: string;
  /** In the order of the fields that change. */
  readonly values: readonly (string | Buffer | null)[];
}

/** Keeps everybody else from the tables until the transaction ends. */
export async function lockTables(tx: Transaction, names: readonly string[]): Promise<void> {
  await tx.run(`lock table ${names.map(quoteIdent).join(", ")} in access exclusive mode`);
}

/** The rows of a table, page by page. @param fields those that are needed, as they are stored */
export async function* storedRows(
  tx: Transaction,
  { name, rowId, dataset }: ResealedTable,
  fields: readonly Field[],
): AsyncGenerator<StoredRow[]> {
  const values = fields.map(({ name: field, type, sealed }) => {
    const column = `t.${quoteIdent(field)}`;
    return `${sealed === true ? column : textFormSql(column, type)} as ${quoteIdent(field)}`;
  });
  const subject = dataset.kind === "event" ? "t._subject" : "null::text";
  const page = `select t.${rowId} as row, s.name as source, t._key as key, ${subject} as subject,
                       replace(t._hash::text, '-', '') as hash${["", ...values].join(", ")}
                  from ${quoteIdent(name)} t join _sources s on s.source = t._source
                 where t.${rowId} > $1 order by t.${rowId} limit ${PAGE_ROWS}`;
  for (let after = 0n; ;) {
    const rows = await tx.rows<Omit<StoredRow, "values"> & StoredRow["values"]>(page, [after]);
    const last = rows.at(-1);
    if (last === undefined) {
      return;
    }
    yield rows.map(({ row, source, key, subject: named, hash, ...rest }) => {
      return { row, source, key, subject: named, hash, values: rest };
    });
    after = last.row;
  }
}

/** Where the rows of a table wait that will be written. */
function waitingTable(name: string): string {
  return quoteIdent(`_resealed_${name}`.slice(0, 63));
}

/** Makes the place for rows to wait. */
export async function openWaiting(
  tx: Transaction,
  name: string,
  fields: readonly Field[],
): Promise<void> {
  const columns = fields.map((field) => `${quoteIdent(field.name)} ${waitingType(field)}`);
  await tx.run(
    `create temporary table ${waitingTable(name)} (
       row bigint primary key, key text, subject text, hash uuid${["", ...columns].join(", ")}
     ) on commit drop`,
  );
}

function waitingType({ sealed }: Field): "bytea" | "text" {
  return sealed === true ? "bytea" : "text";
}

/** Puts rows where they wait. */
export async function putWaiting(
  tx: Transaction,
  { name, fields }: { readonly name: string; readonly fields: readonly Field[] },
  rows: readonly ResealedRow[],
): Promise<void> {
  const taken = [
    "row",
    "key",
    "subject",
    "hash",
    ...fields.map(({ name: own }) => quoteIdent(own)),
  ].join(", ");
  const lists = fields.map((field, index) => `$${index + 5}::${waitingType(field)}[]`);
  const values: SqlValue[] = [
    rows.map(({ row }) => row),
    rows.map(({ key }) => key),
    rows.map(({ subject }) => subject),
    rows.map(({ hash }) => hash),
    ...fields.map((_, index) => rows.map((row) => row.values[index] ?? null)),
  ];
  await tx.run(
    `insert into ${waitingTable(name)} (${taken})
     select ${taken} from unnest($1::bigint[], $2::text[], $3::text[], $4::uuid[]${["", ...lists].join(", ")})
            given (${taken})`,
    values,
  );
}

/** Writes the waiting rows into the new columns. */
export async function writeWaiting(
  tx: Transaction,
  { name, rowId, dataset }: ResealedTable,
  fields: readonly Field[],
): Promise<void> {
  const assignments = fields.map((field) => {
    const column = quoteIdent(field.name);
    const value =
      field.sealed === true ? `w.${column}` : fromTextFormSql(`w.${column}`, field.type);
    return `${column} = ${value}`;
  });
  const subject = dataset.kind === "event" ? ", _subject = w.subject" : "";
  await tx.run(
    `update ${quoteIdent(name)} t
        set _key = w.key, _hash = w.hash${subject}, ${assignments.join(", ")}
       from ${waitingTable(name)} w where w.row = t.${rowId}`,
  );
}

/** Writes a table anew without what was deleted, updated or dropped; its statistics too hold values. */
export async function rewriteTable(tx: Transaction, name: string, column: string): Promise<void> {
  const quoted = quoteIdent(column);
  // An expression makes it a rewrite; only rows that are there are copied. `cluster` would copy the dead
  // of this transaction as well, and `vacuum full` cannot run in one.
  await tx.run(
    `alter table ${quoteIdent(name)} alter column ${quoted} type bigint using ${quoted} + 0`,
  );
  await tx.run(`analyze ${quoteIdent(name)}`);
}

/** Notes, while the old columns stand, which record each golden value survives from. */
export async function noteSurvivors(
  tx: Transaction,
  { dataset, fields }: { readonly dataset: Dataset; readonly fields: readonly Field[] },
): Promise<void> {
  const columns = fields.map((field) => quoteIdent(field.name)).join(", ");
  const survivors = survivingRecordsQuery(dataset, `select _id from ${quoteIdent(dataset.name)}`);
  await tx.run(
    `create temporary table ${waitingTable(dataset.name)} on commit drop as
     select _id as row, ${columns} from (${survivors}) survivors`,
  );
}

/** Takes the values of golden rows from the records that were noted. */
export async function writeSurvivors(
  tx: Transaction,
  { name, records, fields }: { name: string; records: string; fields: readonly Field[] },
): Promise<void> {
  const assignments = fields.map((field) => {
    const column = quoteIdent(field.name);
    return `${column} = (select r.${column} from ${quoteIdent(records)} r where r._record = w.${column})`;
  });
  await tx.run(
    `update ${quoteIdent(name)} t set ${assignments.join(", ")}
       from ${waitingTable(name)} w where w.row = t._id`,
  );
}

/** An entry of a field's history: text forms of a clear field, the text of the bytes of a sealed one. */
export interface HistoryEntry {
  readonly change: bigint;
  readonly row: bigint;
  readonly before: string | null;
  readonly after: string | null;
}

/** The history of a field, page by page. @param field as it is stored */
export async function* storedHistory(
  tx: Transaction,
  dataset: string,
  { name, type, sealed }: Field,
): AsyncGenerator<HistoryEntry[]> {
  const form = (column: string): string =>
    sealed === true ? column : textFormSql(fromTextOf(column, type), type);
  const page = `select h.change, h.row_id as row, ${form("each.before")} as before, ${form("each.after")} as after
                  from _history h cross join lateral ${eachField("h")}
                 where h.dataset = $1 and each.field = $2 and (h.row_id, h.change) > ($3, $4)
                 order by h.row_id, h.change limit ${PAGE_ROWS}`;
  let last: HistoryEntry | undefined;
  do {
    const entries: HistoryEntry[] = await tx.rows(page, [
      dataset,
      name,
      last?.row ?? 0n,
      last?.change ?? 0n,
    ]);
    last = entries.at(-1);
    if (last !== undefined) {
      yield entries;
    }
  } while (last !== undefined);
}

/** What `_history` keeps is the value cast to text. */
function fromTextOf(column: string, type: Field["type"]): string {
  return type.kind === "text-list" ? `${column}::text[]` : fromTextFormSql(column, type);
}

/** Replaces values in the history of a field. @param field as it will be */
export async function writeHistory(
  tx: Transaction,
  { dataset, field }: { readonly dataset: string; readonly field: Field },
  entries: readonly HistoryEntry[],
): Promise<void> {
  const value = (text: string): string =>
    field.sealed === true ? text : `(${fromTextFormSql(text, field.type)})::text`;
  await tx.run(
    `update _history h
        set befores[array_position(h.fields, $2)] = ${value("e.before")},
            afters[array_position(h.fields, $2)] = ${value("e.after")}
       from unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[]) e (change, row_id, before, after)
      where h.dataset = $1 and h.change = e.change and h.row_id = e.row_id`,
    [
      dataset,
      field.name,
      entries.map(({ change }) => change),
      entries.map(({ row }) => row),
      entries.map(({ before }) => before),
      entries.map(({ after }) => after),
    ],
  );
}
