/** The one way in which a waybill and its receipts are written, and what a waybill's signature is over. */
import {
  customerReceipt,
  type CustomerReceipt,
  recordReceipt,
  type RecordReceipt,
  type UnsignedWaybill,
  type Waybill,
} from "../../../protocol/waybill/index.ts";
import { canonicalJson, readableJson, type JsonValue } from "../../ledger/index.ts";

/** What the signature is over: the RFC 8785 form of the document without `signature.value`. */
export function signedText(document: UnsignedWaybill): string {
  return canonicalJson(document satisfies JsonValue);
}

/** The one way in which a waybill's file is written. */
export function waybillBytes(document: Waybill): Buffer {
  return Buffer.from(readableJson(document satisfies JsonValue), "utf8");
}

/** The one way in which a receipt's file is written. */
export function receiptBytes(receipt: RecordReceipt | CustomerReceipt): Buffer {
  return Buffer.from(readableJson(receipt satisfies JsonValue), "utf8");
}

/** Reads the bytes of a receipt's file; undefined when they are not written in that way. */
export function readReceipt(bytes: Uint8Array): RecordReceipt | CustomerReceipt | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    const receipt = recordReceipt.or(customerReceipt).parse(parsed);
    return Buffer.compare(receiptBytes(receipt), bytes) === 0 ? receipt : undefined;
  } catch {
    // Whatever is wrong with it, to the reader it is "no receipt".
    return undefined;
  }
}

/** The name of the payload in what may be a waybill; for looking it up, before anything is verified. */
export function payloadNameIn(bytes: Uint8Array): string | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    const name: unknown = Object(Object(parsed).payload).file;
    return typeof name === "string" ? name : undefined;
  } catch {
    // Not JSON: whoever verifies it says so.
    return undefined;
  }
}
