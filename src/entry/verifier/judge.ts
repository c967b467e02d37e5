/**
 * Judges whatever a firm has handed over: a waybill, a certificate, or something of a ledger. `waybill
 * verify`, the file for Node and the page for browsers are this function with different ways in.
 */
import { type Payload, type ProofTrust, verifyWaybill } from "../../modules/distribution/index.ts";
import { type LedgerTrust, verifyLedgerFile } from "../../modules/ledger/index.ts";
import { judgeCertificate } from "../../modules/rights/index.ts";

/** What is judged, and what the reader has besides; everything but the document may be left out. */
export interface JudgeInput {
  /** The bytes of the document. */
  readonly document: Uint8Array;
  /** Of a waybill. */
  readonly payload?: Payload | undefined;
  /** The operator's key, known from elsewhere, as `readPublicKey` gives it. */
  readonly publicKey?: string | undefined;
  /** The text of a `.tlog-proof` that the document is in the ledger. */
  readonly proof?: string | undefined;
  /** What opens one record or shows one customer of a waybill. */
  readonly receipt?: Uint8Array | undefined;
  /** Whom the receipt must be about. */
  readonly customer?: bigint | undefined;
  /** What shows whom a certificate is about. */
  readonly opening?: string | undefined;
  /** What the reader knows of the ledger. */
  readonly ledger?: ProofTrust | undefined;
}

/** One thing that was looked at. */
export interface JudgedCheck {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly detail: string;
}

export interface Judged {
  readonly kind: DocumentKind;
  /** No check failed. */
  readonly ok: boolean;
  readonly checks: readonly JudgedCheck[];
}

export type DocumentKind = "waybill" | "certificate" | "ledger";

/** Judges a document by what it is. What is wrong with it is never thrown, always reported. */
export async function judge(input: JudgeInput): Promise<Judged> {
  const kind = kindOf(input.document);
  switch (kind) {
    case "ledger":
      return { kind, ...judgeLedger(input) };
    case "certificate": {
      const { document: bytes, publicKey, proof, opening } = input;
      const { ok, checks } = judgeCertificate({ bytes, publicKey, proof, opening });
      return { kind, ok, checks };
    }
    default: {
      const { document: waybillBytes, receipt: receiptBytes, ...given } = input;
      const { ok, checks } = await verifyWaybill({ ...given, waybillBytes, receiptBytes });
      return { kind, ok, checks };
    }
  }
}

/** What the bytes claim to be; a waybill, when they claim nothing. */
export function kindOf(bytes: Uint8Array): DocumentKind {
  const text = new TextDecoder().decode(bytes);
  if (!text.startsWith("{")) {
    return "ledger";
  }
  return /^ {2}"certificateId": /mu.test(text) ? "certificate" : "waybill";
}

function judgeLedger({ document, publicKey, ledger = {} }: JudgeInput): Omit<Judged, "kind"> {
  if (publicKey === undefined) {
    const detail = "give the operator's public key: without it anybody may have signed";
    return { ok: false, checks: [{ name: "signature", outcome: "failed", detail }] };
  }
  const { earlier, origin, witnesses = [], quorum = witnesses.length } = ledger;
  const trust: LedgerTrust = { publicKey, origin, witnesses, quorum };
  const { ok, checks } = verifyLedgerFile(new TextDecoder().decode(document), trust, earlier);
  return { ok, checks };
}
