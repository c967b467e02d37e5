/** The end of a delivery: what the journal says of it, and what the index of disclosures goes on saying. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { retractUnsent } from "../disclosure/retract.ts";
import { type DeliveryEnd, updateFinished } from "../store/deliveries.ts";

export interface Ending extends DeliveryEnd {
  /**
   * Of a delivery that did not arrive: how many records, from the first, may have left all the same.
   * Undefined when nobody knows: then all of them may have.
   */
  readonly left?: number | undefined;
}

/**
 * Ends a running delivery. What has certainly not left is taken out of the index in the same transaction.
 * One that was ended before stays as it is.
 */
export async function endDelivery(
  tx: Transaction,
  delivery: bigint,
  { left, ...end }: Ending,
): Promise<void> {
  const isEnded = await updateFinished(tx, delivery, end);
  if (isEnded && end.state !== "delivered" && left !== undefined) {
    await retractUnsent(tx, delivery, left);
  }
}
