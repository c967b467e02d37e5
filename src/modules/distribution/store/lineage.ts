/** Which source records came to golden rows, and from where: what regroupings left in the history. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import { type CustomerDataset, recordsTable } from "../../contracts/index.ts";
import { eachField, RECORDS_FIELD } from "../../customers/index.ts";

/** Records that came to a row. */
export interface RecordFlow {
  readonly change: bigint;
  readonly row: bigint;
  /** The row they came from. */
  readonly other: bigint;
  readonly records: readonly bigint[];
}

/** The customer that an id leads to: itself unless it was merged into another. */
export async function livingIdOf(
  tx: Transaction,
  dataset: CustomerDataset,
  id: bigint,
): Promise<bigint> {
  const { living } = await tx.row<{ living: bigint }>(
    `select coalesce((select new_id from _redirects where dataset = $1 and old_id = $2), $2::bigint) as living`,
    [dataset.name, id],
  );
  return living;
}

/** The source records that a customer has. */
export async function recordIdsOf(
  tx: Transaction,
  dataset: CustomerDataset,
  customer: bigint,
): Promise<bigint[]> {
  const rows = await tx.rows<{ record: bigint }>(
    `select _record as record from ${quoteIdent(recordsTable(dataset))} where _id = $1 order by _record`,
    [customer],
  );
  return rows.map(({ record }) => record);
}

/** What came to the rows, newest first. */
export async function recordFlows(
  tx: Transaction,
  dataset: CustomerDataset,
  rows: readonly bigint[],
): Promise<RecordFlow[]> {
  const found = await tx.rows<Omit<RecordFlow, "records"> & { readonly records: string }>(
    `select h.change, h.row_id as row, case when c.row_id = h.row_id then c.customer else c.row_id end as other,
            each.after as records
       from _history h
      cross join lateral ${eachField("h")}
       join _changes c on c.change = h.change
      where h.dataset = $1 and h.row_id = any($2::bigint[]) and each.field = $3 and each.after is not null
      order by h.change desc`,
    [dataset.name, rows, RECORDS_FIELD],
  );
  return found.map((flow) => ({ ...flow, records: flow.records.split(" ").map(BigInt) }));
}
