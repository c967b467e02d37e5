/** The one way in which a waybill is written, and what its signature is over. */
import type { UnsignedWaybill, Waybill } from "../../../protocol/waybill/index.ts";
import { canonicalJson, readableJson, type JsonValue } from "../../ledger/index.ts";

/** What the signature is over: the RFC 8785 form of the document without `signature.value`. */
export function signedText(document: UnsignedWaybill): string {
  return canonicalJson(document satisfies JsonValue);
}

/** The one way in which a waybill's file is written. */
export function waybillBytes(document: Waybill): Buffer {
  return Buffer.from(readableJson(document satisfies JsonValue), "utf8");
}
