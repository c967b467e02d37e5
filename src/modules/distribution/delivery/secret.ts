import { NotFoundError } from "../../../kernel/index.ts";
import type { Database, Scope } from "../../../platform/postgres/index.ts";
import { selectSecret } from "../store/deliveries.ts";

/**
 * The secret of a delivery: what the salts of its commitments come from. It opens records of that
 * delivery and of no other, and destroying it makes the commitments meaningless for good.
 * @throws NotFoundError when it was never kept here or has been destroyed
 */
export async function readDeliverySecret(
  db: Database,
  scope: Scope,
  waybillId: string,
): Promise<Buffer> {
  const secret = await db.scoped(scope, (tx) => selectSecret(tx, waybillId), { readOnly: true });
  if (secret === undefined) {
    throw new NotFoundError(
      "delivery-secret-unknown",
      `the secret of waybill ${waybillId} is not kept here`,
      {
        hint: "records can be shown only where the delivery was made, until its secret is destroyed",
      },
    );
  }
  return secret;
}
