/** Whether a waybill stands in the ledger of the firm that signed it. */
import { sha256, verifyLedgerFile, type LedgerVerification } from "../../ledger/index.ts";
import type { Waybill } from "../../../protocol/waybill/index.ts";

export interface LoggedRequest {
  readonly waybill: Waybill;
  /** The waybill's file. */
  readonly bytes: Uint8Array;
  /** The text of a `.tlog-proof`. */
  readonly proof: string;
  /** The operator's key; that in the waybill, when none is known from elsewhere. */
  readonly publicKey: string;
}

/** What is wrong with the proof, in a sentence; or where the waybill stands. */
export type Logged = { readonly at: string } | { readonly problem: string };

/** Judges a proof that the waybill is in the ledger, by the key that signed the waybill. */
export function findInLedger({ waybill, bytes, proof, publicKey }: LoggedRequest): Logged {
  const trust = { publicKey, witnesses: [], quorum: 0 };
  const found = verifyLedgerFile(proof, trust);
  const failed = found.checks.find(({ outcome }) => outcome === "failed");
  if (failed !== undefined) {
    return { problem: failed.detail };
  }
  const origin = found.checkpoint?.origin ?? "";
  if (!origin.endsWith(`/${waybill.client}`)) {
    return { problem: `the proof is of ${origin}, which is not the ledger of ${waybill.client}` };
  }
  return tellsOf(found, waybill.waybillId, sha256(bytes).toString("hex"))
    ? { at: `entry ${found.index} of the ledger ${origin}, when it had ${found.checkpoint?.size}` }
    : { problem: "the proof is of something else: not of this waybill as it is" };
}

function tellsOf({ entry }: LedgerVerification, waybillId: string, digest: string): boolean {
  return entry?.kind === "delivery-sealed" && entry.about === waybillId && entry.waybill === digest;
}
