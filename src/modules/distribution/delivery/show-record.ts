/** Showing others what one customer's record said that left: nobody else's, and nothing of who they are. */
import { InvalidInputError, NotFoundError } from "../../../kernel/index.ts";
import type { Database, Scope } from "../../../platform/postgres/index.ts";
import type { RecordReceipt } from "../../../protocol/waybill/index.ts";
import { idsOfDelivery } from "../disclosure/of-recipient.ts";
import { digestOf } from "../payload/payload-file.ts";
import { selectWaybill } from "../store/deliveries.ts";
import { issueReceipt } from "../waybill/receipt.ts";
import { readDeliverySecret } from "./secret.ts";

/** Whose record of which delivery. */
export interface ShownRecord {
  readonly waybillId: string;
  /** The id under which the customer left. */
  readonly customer: bigint;
  /** Path of the payload: Waybill keeps no copy of what has left. */
  readonly payload: string;
}

/**
 * Makes the receipt of a customer's record. Records leave in the order of the customers' ids, one each, so
 * the index of disclosures says which it is.
 * @throws NotFoundError when the secret is not kept here, the customer was not in the delivery, or there is
 * no such file
 * @throws InvalidInputError `payload-not-of-waybill` when the file is not what has left
 */
export async function showRecord(
  db: Database,
  scope: Scope,
  { waybillId, customer, payload }: ShownRecord,
): Promise<RecordReceipt> {
  const secret = await readDeliverySecret(db, scope, waybillId);
  const [waybill, customers] = await db.scoped(
    scope,
    async (tx) => [await selectWaybill(tx, waybillId), await idsOfDelivery(tx, waybillId)] as const,
    { readOnly: true },
  );
  const index = customers.indexOf(customer);
  if (index === -1) {
    throw new NotFoundError(
      "customer-not-delivered",
      `customer ${customer} was not in the delivery of waybill ${waybillId}`,
      { hint: "without a payload, a receipt proves that" },
    );
  }
  await refuseOther(payload, waybill.payload.sha256);
  return await issueReceipt({ waybill, payload, secret, index });
}

async function refuseOther(payload: string, sha256: string): Promise<void> {
  const digest = await digestOf(payload).catch((cause: unknown) => {
    throw new NotFoundError("payload-unreadable", `there is no readable file ${payload}`, {
      hint: "give the path of the payload",
      cause,
    });
  });
  if (digest.sha256 !== sha256) {
    throw new InvalidInputError(
      "payload-not-of-waybill",
      `${payload} is not the payload of this waybill`,
      [],
      { hint: "give the file as it left: no byte of it may have changed" },
    );
  }
}
