/** Intakes whose changes are corrections, and how far the recipients' obligations stand for them. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { RECORDS_FIELD } from "../../customers/index.ts";

/** An intake of corrections. */
export interface NotedCorrection {
  readonly intake: bigint;
  /** In the words of whoever asked; no value of a record. */
  readonly reason: string;
  readonly notedAt: Date;
  readonly notedBy: string;
}

export async function insertCorrection(tx: Transaction, noted: NotedCorrection): Promise<void> {
  await tx.run(
    `insert into _corrections (intake, reason, noted_at, noted_by) values ($1, $2, $3, $4)
         on conflict (intake) do nothing`,
    [noted.intake, noted.reason, noted.notedAt, noted.notedBy],
  );
}

/** One that is not registered wholly: until the transaction ends nobody else takes it. */
export async function claimCorrection(
  tx: Transaction,
): Promise<(NotedCorrection & { readonly customer: bigint }) | undefined> {
  return await tx.optionalRow(
    `select c.intake, c.reason, c.noted_at as "notedAt", c.noted_by as "notedBy", c.customer
       from _corrections c join _intakes i on i.intake = c.intake
      where c.registered_at is null and i.state = 'published'
      order by c.intake
      limit 1
        for update of c skip locked`,
  );
}

/** Obligations stand for the changed customers up to this one. */
export async function updateReached(
  tx: Transaction,
  intake: bigint,
  customer: bigint,
): Promise<void> {
  await tx.run("update _corrections set customer = $2 where intake = $1", [intake, customer]);
}

/** Obligations stand for all changed customers. */
export async function updateRegistered(tx: Transaction, intake: bigint, at: Date): Promise<void> {
  await tx.run("update _corrections set registered_at = $2 where intake = $1", [intake, at]);
}

/** What an intake has changed of a customer. */
export interface CorrectedCustomer {
  readonly customer: bigint;
  /** The newest of the changes. */
  readonly change: bigint;
  readonly fields: readonly string[];
}

/**
 * The customers that an intake has changed, by id; not those that it has brought. The change log has no index
 * by intake, which every import would pay for: this reads all of it, so ask for many at a time.
 */
export async function selectCorrected(
  tx: Transaction,
  of: {
    readonly dataset: string;
    readonly intake: bigint;
    readonly after: bigint;
    readonly limit: number;
  },
): Promise<CorrectedCustomer[]> {
  return await tx.rows<CorrectedCustomer>(
    `select c.row_id as customer, max(c.change) as change, array_agg(distinct f.name) as fields
       from _changes c, unnest(c.fields) f (name)
      where c.intake = $1 and c.kind = 'customer-changed' and c.dataset = $2 and c.row_id > $3
      group by c.row_id
      order by c.row_id
      limit $4`,
    [of.intake, of.dataset, of.after, of.limit],
  );
}

/** Those of the customers that records came to from others: under whose ids they were disclosed says their lineage. */
export async function selectRegrouped(
  tx: Transaction,
  dataset: string,
  customers: readonly bigint[],
): Promise<bigint[]> {
  const rows = await tx.rows<{ customer: bigint }>(
    `select distinct row_id as customer from _history
      where dataset = $1 and row_id = any($2::bigint[]) and $3 = any(fields)`,
    [dataset, customers, RECORDS_FIELD],
  );
  return rows.map(({ customer }) => customer);
}
