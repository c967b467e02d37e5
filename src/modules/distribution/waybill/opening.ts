/** What receipts show to somebody who holds the waybill. */
import type { CustomerReceipt, RecordReceipt, Waybill } from "../../../protocol/waybill/index.ts";
import {
  BEYOND_CUSTOMERS,
  canonicalJson,
  gapLeaf,
  recordLeaf,
  verifyInclusion,
} from "../../ledger/index.ts";

/** Whether the receipt shows its record to be one of those that the waybill commits to. */
export function receiptOpens(receipt: RecordReceipt, { records }: Waybill): boolean {
  return verifyInclusion({
    index: receipt.index,
    size: records.count,
    leaf: recordLeaf(Buffer.from(receipt.salt, "hex"), canonicalJson(receipt.record)),
    proof: receipt.proof.map((hash) => Buffer.from(hash, "hex")),
    root: Buffer.from(records.root, "hex"),
  });
}

/**
 * Whether the customer was in the delivery, as the receipt shows it; undefined when it shows nothing. A
 * gap that really is one of the delivery's shows that nobody in between was in it, and that those at its
 * ends were.
 */
export function customerShown(
  receipt: CustomerReceipt,
  { customers }: Waybill,
): "in" | "not in" | undefined {
  const customer = BigInt(receipt.customer);
  const low = BigInt(receipt.gap.after ?? 0);
  const high = BigInt(receipt.gap.before ?? BEYOND_CUSTOMERS);
  if (low > customer || customer > high || low >= high || high > BEYOND_CUSTOMERS) {
    return undefined;
  }
  const isProved = verifyInclusion({
    index: receipt.index,
    size: customers.count + 1,
    leaf: gapLeaf(Buffer.from(receipt.salt, "hex"), { low, high }),
    proof: receipt.proof.map((hash) => Buffer.from(hash, "hex")),
    root: Buffer.from(customers.root, "hex"),
  });
  if (!isProved) {
    return undefined;
  }
  return low < customer && customer < high ? "not in" : "in";
}
