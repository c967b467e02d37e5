/** Signs a waybill and writes it down. */
import { waybill, type UnsignedWaybill, type Waybill } from "../../../protocol/waybill/index.ts";
import { signEd25519, type SigningKey } from "../../ledger/index.ts";
import { signedText, waybillBytes } from "./document.ts";

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
