/** Receipts: showing that one record left with a waybill, and nothing about any other. */
import { NotFoundError, assert } from "../../../kernel/index.ts";
import type { RecordReceipt, Waybill } from "../../../protocol/waybill/index.ts";
import {
  SaltSequence,
  canonicalJson,
  proveInclusion,
  recordLeaf,
  verifyInclusion,
} from "../../ledger/index.ts";
import { readPayload } from "../payload/read-payload.ts";
import { CanonicalRecord, type RecordValues } from "../payload/record.ts";

export interface ReceiptRequest {
  readonly waybill: Waybill;
  /** Path of the payload. */
  readonly payload: string;
  /** The delivery's secret. */
  readonly secret: Uint8Array;
  /** Which record: its place in the payload, from 0. */
  readonly index: number;
}

/**
 * Makes the receipt of one record. Keeps one hash a record in memory: 32 MB for a million.
 * @throws NotFoundError when the payload has no such record
 */
export async function issueReceipt(request: ReceiptRequest): Promise<RecordReceipt> {
  const { waybill, index } = request;
  const salts = new SaltSequence(request.secret);
  const canonical = new CanonicalRecord(waybill.fields);
  const leaves: Buffer[] = [];
  let shown: RecordValues | undefined;
  const { fields } = waybill;
  for await (const values of readPayload({
    path: request.payload,
    format: waybill.payload.format,
    fields,
  })) {
    shown = leaves.length === index ? values : shown;
    leaves.push(recordLeaf(salts.at(leaves.length), canonical.of(values)));
  }
  if (shown === undefined) {
    throw new NotFoundError(
      "record-unknown",
      `the payload has ${leaves.length} records, so there is no number ${index}`,
    );
  }
  return {
    waybillId: waybill.waybillId,
    index,
    salt: salts.at(index).toString("hex"),
    record: recordObject(fields, shown),
    proof: proveInclusion(leaves, index).map((hash) => hash.toString("hex")),
  };
}

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

function recordObject(fields: Waybill["fields"], values: RecordValues): RecordReceipt["record"] {
  const entries = fields.map(({ name }, position) => {
    const value = values[position];
    assert(value !== undefined, () => "a record has a value for every field");
    return [name, typeof value === "string" || value === null ? value : [...value]] as const;
  });
  return Object.fromEntries(entries);
}
