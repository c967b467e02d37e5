import type { Transaction } from "../../../platform/postgres/index.ts";

/** A count of members that are set aside, by the code of their failure. */
export interface ParkedCount {
  readonly failure: string;
  readonly members: bigint;
}

export async function countParked(tx: Transaction): Promise<ParkedCount[]> {
  return await tx.rows<ParkedCount>(
    "select failure, count(*) as members from _parked_members group by failure order by failure",
  );
}

/** A sample of stored memberships that was compared with a full evaluation. */
export interface Reconciliation {
  readonly at: Date;
  readonly compared: bigint;
  readonly different: bigint;
  /** How many differed, by segment. */
  readonly details: Readonly<Record<string, number>>;
}

/** The newest comparison, and the newest that found a difference. */
export async function selectReconciliations(tx: Transaction): Promise<{
  readonly last: Reconciliation | undefined;
  readonly alarm: Reconciliation | undefined;
}> {
  const rows = await tx.rows<Reconciliation & { readonly is_last: boolean }>(
    `select at, compared, different, details,
            reconciliation = (select max(reconciliation) from _reconciliations) as is_last
       from _reconciliations
      where reconciliation in (
              (select max(reconciliation) from _reconciliations),
              (select max(reconciliation) from _reconciliations where different > 0))
      order by reconciliation desc`,
  );
  return { last: rows.find((row) => row.is_last), alarm: rows.find((row) => row.different > 0n) };
}

/** Comparisons without a difference are kept as one a day: they are made every few seconds. */
export async function insertReconciliation(
  tx: Transaction,
  { at, compared, different, details }: Reconciliation,
): Promise<void> {
  const extended = await tx.run(
    `update _reconciliations set at = $1, compared = compared + $2
      where $3 = 0 and different = 0 and at > $1::timestamptz - interval '1 day'
        and reconciliation = (select max(reconciliation) from _reconciliations)`,
    [at, compared, different],
  );
  if (extended === 0) {
    await tx.run(
      "insert into _reconciliations (at, compared, different, details) values ($1, $2, $3, $4::jsonb)",
      [at, compared, different, details],
    );
  }
}
