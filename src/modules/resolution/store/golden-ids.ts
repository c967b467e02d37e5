/** Which golden rows records belong to, and belonged to before they were moved. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import { recordsTable } from "../../contracts/index.ts";
import type { EntityDataset } from "../../customers/index.ts";

/** A record and the golden row it belongs to. */
export interface Membership {
  readonly record: bigint;
  readonly id: bigint;
}

/** The memberships of every record of the golden rows that some records belong to, in record order. */
export async function companionsOf(
  tx: Transaction,
  dataset: EntityDataset,
  records: readonly bigint[],
): Promise<Membership[]> {
  const table = quoteIdent(recordsTable(dataset));
  return await tx.rows<Membership>(
    `select _record as record, _id as id from ${table}
      where _id = any(array(select distinct _id from ${table} where _record = any($1::bigint[])))
      order by _record`,
    [records],
  );
}

/** The golden rows that records belong to. */
export async function goldenOf(
  tx: Transaction,
  dataset: EntityDataset,
  records: readonly bigint[],
): Promise<ReadonlyMap<bigint, bigint>> {
  const rows = await tx.rows<Membership>(
    `select _record as record, _id as id from ${quoteIdent(recordsTable(dataset))}
      where _record = any($1::bigint[])`,
    [records],
  );
  return new Map(rows.map(({ record, id }) => [record, id]));
}

/** The homes of records that were moved before. */
export async function homesOf(
  tx: Transaction,
  records: readonly bigint[],
): Promise<ReadonlyMap<bigint, bigint>> {
  const rows = await tx.rows<{ record: bigint; home: bigint }>(
    "select record, home from _homes where record = any($1::bigint[])",
    [records],
  );
  return new Map(rows.map(({ record, home }) => [record, home]));
}

/** The homes of all records of a dataset that were moved before. */
export async function allHomes(
  tx: Transaction,
  dataset: EntityDataset,
): Promise<ReadonlyMap<bigint, bigint>> {
  const rows = await tx.rows<{ record: bigint; home: bigint }>(
    `select h.record, h.home from _homes h
       join ${quoteIdent(recordsTable(dataset))} r on r._record = h.record`,
  );
  return new Map(rows.map(({ record, home }) => [record, home]));
}

/** Those of some ids that were merged into others and can come back. */
export async function mergedAway(
  tx: Transaction,
  dataset: string,
  ids: readonly bigint[],
): Promise<ReadonlySet<bigint>> {
  const rows = await tx.rows<{ id: bigint }>(
    "select old_id as id from _redirects where dataset = $1 and old_id = any($2::bigint[])",
    [dataset, ids],
  );
  return new Set(rows.map(({ id }) => id));
}
