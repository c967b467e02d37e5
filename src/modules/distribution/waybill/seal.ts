/** Signs a waybill and writes it down. */
import {
  canonicalJson,
  readableJson,
  signEd25519,
  type JsonValue,
  type SigningKey,
} from "../../ledger/index.ts";
import { waybill, type UnsignedWaybill, type Waybill } from "../../../protocol/waybill/index.ts";

/** A signed waybill and the bytes of its file. */
export interface SealedWaybill {
  readonly document: Waybill;
  readonly bytes: Buffer;
}

/** Everything that a waybill says, before anybody vouches for it. */
export type WaybillClaims = Omit<Waybill, "signature">;

/** @throws ZodError when the claims do not make a waybill: a bug of the caller */
export function sealWaybill(claims: WaybillClaims, key: SigningKey): SealedWaybill {
  const unsigned: UnsignedWaybill = {
    ...claims,
    signature: { algorithm: "Ed25519", keyId: key.keyId, publicKey: key.publicKey },
  };
  const value = signEd25519(signedText(unsigned), key.privateKey);
  const document = waybill.parse({ ...unsigned, signature: { ...unsigned.signature, value } });
  return { document, bytes: waybillBytes(document) };
}

/** What the signature is over: the RFC 8785 form of the document without `signature.value`. */
export function signedText(document: UnsignedWaybill): string {
  return canonicalJson(document satisfies JsonValue);
}

/** The one way in which a waybill's file is written. */
export function waybillBytes(document: Waybill): Buffer {
  return Buffer.from(readableJson(document satisfies JsonValue), "utf8");
}
