/** Entries of the change log that tell of rights. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type ChangeOrigin, straightToLog } from "../../customers/index.ts";

/**
 * Logs that a customer was erased. Locks the head of the change log until the transaction ends: the last
 * thing before commit.
 * @returns the number of the entry
 */
export async function logErased(
  tx: Transaction,
  origin: ChangeOrigin,
  of: { readonly dataset: string; readonly customer: bigint },
): Promise<bigint> {
  const sink = straightToLog(origin);
  const first = sink.values.length + 1;
  const row = await tx.row<{ change: bigint }>(
    `with noted as (
       select 'customer-erased'::_change_kind as kind, $${first}::text as dataset, $${first + 1}::bigint as row_id,
              $${first + 1}::bigint as customer, null::text[] as fields
     ), ${sink.entries}
     select change from entries`,
    [...sink.values, of.dataset, of.customer],
  );
  return row.change;
}

/** The newest change of some fields of a customer; undefined when none of them ever changed. */
export async function lastChangeOf(
  tx: Transaction,
  of: { readonly dataset: string; readonly customer: bigint; readonly fields: readonly string[] },
): Promise<bigint | undefined> {
  const row = await tx.row<{ change: bigint | null }>(
    `select max(change) as change from _history
      where dataset = $1 and row_id = $2 and fields && $3::text[]`,
    [of.dataset, of.customer, of.fields],
  );
  return row.change ?? undefined;
}
