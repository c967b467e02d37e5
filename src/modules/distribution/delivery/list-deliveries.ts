/** The journal of deliveries, for people. */
import type { Database, Scope } from "../../../platform/postgres/index.ts";
import { selectDeliveries, type JournalEntry } from "../store/deliveries.ts";

/** The newest deliveries of a client first; `before` continues behind the last one of a page. */
export async function listDeliveries(
  db: Database,
  scope: Scope,
  page: { readonly limit: number; readonly before?: bigint | undefined },
): Promise<JournalEntry[]> {
  return await db.scoped(scope, (tx) => selectDeliveries(tx, page), { readOnly: true });
}
