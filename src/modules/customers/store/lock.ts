/**
 * The turn to change a client's customers: one at a time. Two that change them at once would each take a
 * key that both bring for new, or recompute a golden row from records the other is moving.
 */
import type { Transaction } from "../../../platform/postgres/index.ts";

/** First key of the advisory lock, arbitrary and constant; intake's claims have another. */
const CUSTOMERS_LOCK = 7_202;

/**
 * Waits for the turn, and keeps it until the transaction ends. The server frees it when the process
 * behind the transaction dies, however it dies.
 * @param onWait called once when another has it
 */
export async function lockCustomers(tx: Transaction, onWait: () => void = () => {}): Promise<void> {
  const { free } = await tx.row<{ free: boolean }>(
    "select pg_try_advisory_xact_lock($1, hashtext(current_schema())) as free",
    [CUSTOMERS_LOCK],
  );
  if (!free) {
    onWait();
    await tx.run("select pg_advisory_xact_lock($1, hashtext(current_schema()))", [CUSTOMERS_LOCK]);
  }
}
