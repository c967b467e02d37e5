/** Everything that is known of a clinic, sealed values opened, in one comparable shape. */
import { type Dataset, indexedAs } from "../../src/modules/contracts/index.ts";
import { eachField } from "../../src/modules/customers/index.ts";
import { quoteIdent, type Transaction } from "../../src/platform/postgres/index.ts";
import type { Clinic } from "./clinic.ts";

const SYSTEM = {
  golden: "_id, _version",
  records: "_record, _id, _source",
  events: "_id, _customer",
};

interface StoredTable {
  readonly dataset: Dataset;
  readonly table: string;
  /** Columns besides the fields. */
  readonly system: string;
}

/** Rows of a table as text, sealed values opened. */
async function rowsOf(
  { db, client, protection }: Clinic,
  { dataset, table, system }: StoredTable,
): Promise<unknown[]> {
  const rows = await db.scoped(client.scope, (tx) => selectRows(tx, { dataset, table, system }));
  const sealed = rows.flatMap((row) => Object.values(row).filter((each) => Buffer.isBuffer(each)));
  const opener = await protection.opener(sealed);
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, each]) => [
        name,
        Buffer.isBuffer(each) ? opener.open(indexedAs(dataset, name), each) : each,
      ]),
    ),
  );
}

/** Clear values in the text form that sealed ones have. */
function selectRows(
  tx: Transaction,
  { dataset, table, system }: StoredTable,
): Promise<Record<string, unknown>[]> {
  const columns = dataset.fields.map(({ name, type, sealed }) => {
    const column = quoteIdent(name);
    if (sealed === true) {
      return column;
    }
    switch (type.kind) {
      case "timestamp":
        return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${column}`;
      case "text-list":
        return `to_json(${column})::text as ${column}`;
      default:
        return `${column}::text as ${column}`;
    }
  });
  return tx.rows(`select ${system}, ${columns.join(", ")} from ${quoteIdent(table)} order by 1`);
}

/** Everything that is known after the files, in one comparable shape. */
export async function stateOf(clinic: Clinic): Promise<unknown> {
  const tables = clinic.client.catalogue.datasets.flatMap((dataset: Dataset): StoredTable[] =>
    dataset.kind === "event"
      ? [{ dataset, table: dataset.name, system: SYSTEM.events }]
      : [
          { dataset, table: dataset.name, system: SYSTEM.golden },
          { dataset, table: `${dataset.name}__records`, system: SYSTEM.records },
        ],
  );
  const rows: Record<string, unknown> = {};
  for (const each of tables) {
    rows[each.table] = await rowsOf(clinic, each);
  }
  const changes = await clinic.db.scoped(clinic.client.scope, (tx) =>
    tx.rows(
      `select c.change, c.kind, c.dataset, c.row_id, c.customer, c.fields,
              array(select unnest(h.fields) as field from _history h where h.change = c.change order by field) as history
         from _changes c order by c.change`,
    ),
  );
  return { rows, changes };
}

/** Keys, subjects and hashes of what sources stated: what is made of sealed values. */
export async function marksOf({ db, client }: Clinic): Promise<unknown> {
  return await db.scoped(client.scope, (tx) =>
    tx.rows(
      `select _record as row, _key as key, _hash as hash, null as subject from patients__records
        union all select _record, _key, _hash, null from employers__records
        union all select _id, _key, _hash, _subject from visits
        union all select _id, _key, _hash, _subject from calls
        order by 1`,
    ),
  );
}

/** The history of sealed fields, opened. */
export async function historyOf({ db, client, protection }: Clinic): Promise<unknown> {
  const kept = await db.scoped(client.scope, (tx) =>
    tx.rows<{ dataset: string; field: string; before: string | null; after: string | null }>(
      `select h.change, h.dataset, h.row_id, each.field, each.before, each.after
         from _history h cross join lateral ${eachField("h")}
        where each.before like '\\\\x%' or each.after like '\\\\x%'
        order by h.change, h.dataset, h.row_id, each.field`,
    ),
  );
  const bytes = (text: string | null): Buffer | null =>
    text === null ? null : Buffer.from(text.slice(2), "hex");
  const opener = await protection.opener(
    kept.flatMap(({ before, after }) => [bytes(before), bytes(after)]),
  );
  return kept.map((entry) => {
    const name = entry.dataset.replace("__records", "");
    const dataset = client.catalogue.datasets.find((one) => one.name === name);
    const opened = (text: string | null): unknown => {
      const sealed = bytes(text);
      return sealed && dataset && opener.open(indexedAs(dataset, entry.field), sealed);
    };
    return { ...entry, before: opened(entry.before), after: opened(entry.after) };
  });
}
