/** Whether a waybill stands in the ledger of the firm that signed it. */
import type { Waybill } from "../../../protocol/waybill/index.ts";
import {
  type LedgerTrust,
  type LedgerVerification,
  sha256,
  verifyLedgerFile,
} from "../../ledger/index.ts";

/** What the reader knows of the ledger, besides the key that signs it. */
export interface ProofTrust extends Partial<Omit<LedgerTrust, "publicKey">> {
  /** A checkpoint that the reader has kept. */
  readonly earlier?: string | undefined;
}

export interface LoggedRequest {
  readonly waybill: Waybill;
  /** The waybill's file. */
  readonly bytes: Uint8Array;
  /** The text of a `.tlog-proof`. */
  readonly proof: string;
  /** The key is the operator's; that in the waybill, when none is known from elsewhere. */
  readonly trust: ProofTrust & Pick<LedgerTrust, "publicKey">;
}

/** What is wrong with the proof, in a sentence; or where the waybill stands. */
export type Logged = { readonly at: string } | { readonly problem: string };

/** Judges a proof that the waybill is in the ledger, by the key that signed the waybill. */
export function findInLedger({ waybill, bytes, proof, trust }: LoggedRequest): Logged {
  const { earlier, witnesses = [], quorum = witnesses.length, ...known } = trust;
  const found = verifyLedgerFile(proof, { ...known, witnesses, quorum }, earlier);
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
