/** What receipts show to somebody who holds the waybill. */
import type { CustomerReceipt, RecordReceipt, Waybill } from "../../../protocol/waybill/index.ts";
import {
  BEYOND_CUSTOMERS,
  canonicalJson,
  type Gap,
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

/** The gap that a receipt opens, if it really is one between the customers of the delivery. */
export function gapShown(receipt: CustomerReceipt, { customers }: Waybill): Gap | undefined {
  const low = BigInt(receipt.gap.after ?? 0);
  const high = BigInt(receipt.gap.before ?? BEYOND_CUSTOMERS);
  if (low >= high || high > BEYOND_CUSTOMERS) {
    return undefined;
  }
  const isProved = verifyInclusion({
    index: receipt.index,
    size: customers.count + 1,
    leaf: gapLeaf(Buffer.from(receipt.salt, "hex"), { low, high }),
    proof: receipt.proof.map((hash) => Buffer.from(hash, "hex")),
    root: Buffer.from(customers.root, "hex"),
  });
  return isProved ? { low, high } : undefined;
}

/** Whether a customer was in the delivery, as a gap of it shows; undefined when it is beside the gap. */
export function whereIn({ low, high }: Gap, customer: bigint): "in" | "not in" | undefined {
  if (customer === low || customer === high) {
    return "in";
  }
  return low < customer && customer < high ? "not in" : undefined;
}

/** What a gap shows, in words. */
export function gapText({ low, high }: Gap): string {
  const ends = [low > 0n ? low : undefined, high < BEYOND_CUSTOMERS ? high : undefined];
  const [after, before] = ends;
  if (after === undefined) {
    return before === undefined
      ? "nobody was in it"
      : `nobody before ${before} was in it, ${before} was`;
  }
  return before === undefined
    ? `${after} was in it, nobody behind`
    : `${after} and ${before} were in it, nobody between`;
}
