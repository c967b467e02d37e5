/** Old ids: golden rows that were merged into others, and where they lead. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { EntityDataset } from "./merge-context.ts";

/** A golden row that was merged into another. */
export interface Redirect {
  /** The id it had. */
  readonly oldId: bigint;
  /** The living row that has its records, or the one of them that the redirect follows. */
  readonly id: bigint;
  /** The record that the redirect follows. A group that has it may take the old id back. */
  readonly record: bigint;
  readonly mergedAt: Date;
}

const REDIRECT = `old_id as "oldId", new_id as id, record, merged_at as "mergedAt"`;

/** Where an old id leads; undefined when it is not one. */
export async function findRedirect(
  tx: Transaction,
  dataset: EntityDataset,
  oldId: bigint,
): Promise<Redirect | undefined> {
  return tx.optionalRow<Redirect>(
    `select ${REDIRECT} from _redirects where dataset = $1 and old_id = $2`,
    [dataset.name, oldId],
  );
}

/** The old ids that lead to golden rows, by when they were merged. */
export async function redirectsTo(
  tx: Transaction,
  dataset: EntityDataset,
  ids: readonly bigint[],
): Promise<Redirect[]> {
  return tx.rows<Redirect>(
    `select ${REDIRECT} from _redirects
      where dataset = $1 and new_id = any($2::bigint[]) order by merged_at, old_id`,
    [dataset.name, ids],
  );
}
