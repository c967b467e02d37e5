/** Signs the documents of rights as waybills are signed, and writes them down in the one way there is. */
import {
  canonicalJson,
  type JsonValue,
  readableJson,
  signEd25519,
  type SigningKey,
} from "../../ledger/index.ts";
import {
  certificate,
  type Certificate,
  notice,
  type Notice,
  type UnsignedCertificate,
  type UnsignedNotice,
} from "../../../protocol/rights/index.ts";

/** A signed document and the bytes of its file. */
export interface Signed<Document> {
  readonly document: Document;
  readonly bytes: Buffer;
}

/** @throws ZodError when the claims do not make a certificate: a bug of the caller */
export function signCertificate(
  claims: Omit<Certificate, "signature">,
  key: SigningKey,
): Signed<Certificate> {
  const unsigned: UnsignedCertificate = { ...claims, signature: claimOf(key) };
  const document = certificate.parse(withSignature(unsigned, key));
  return { document, bytes: bytesOf(document) };
}

/** @throws ZodError when the claims do not make a notice: a bug of the caller */
export function signNotice(claims: Omit<Notice, "signature">, key: SigningKey): Signed<Notice> {
  const unsigned: UnsignedNotice = { ...claims, signature: claimOf(key) };
  const document = notice.parse(withSignature(unsigned, key));
  return { document, bytes: bytesOf(document) };
}

function claimOf({ keyId, publicKey }: SigningKey): UnsignedCertificate["signature"] {
  return { algorithm: "Ed25519", keyId, publicKey };
}

function withSignature(unsigned: UnsignedCertificate | UnsignedNotice, key: SigningKey): object {
  const value = signEd25519(canonicalJson(unsigned satisfies JsonValue), key.privateKey);
  return { ...unsigned, signature: { ...unsigned.signature, value } };
}

function bytesOf(document: Certificate | Notice): Buffer {
  return Buffer.from(readableJson(document satisfies JsonValue), "utf8");
}
