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
  /** The text of a proof that the ledger continues it; not needed when the ledger has not grown since. */
  readonly continuation?: string | undefined;
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
  const { earlier, continuation, witnesses = [], quorum = witnesses.length, ...known } = trust;
  const ledger = { ...known, witnesses, quorum };
  const found = verifyLedgerFile(proof, ledger, continuation === undefined ? earlier : undefined);
  const problem = problemOf(found) ?? gapTo(found, ledger, { earlier, continuation });
  if (problem !== undefined) {
    return { problem };
  }
  const origin = found.checkpoint?.origin ?? "";
  if (!origin.endsWith(`/${waybill.client}`)) {
    return { problem: `the proof is of ${origin}, which is not the ledger of ${waybill.client}` };
  }
  return tellsOf(found, waybill.waybillId, sha256(bytes).toString("hex"))
    ? { at: `entry ${found.index} of the ledger ${origin}, when it had ${found.checkpoint?.size}` }
    : { problem: "the proof is of something else: not of this waybill as it is" };
}

function problemOf({ checks }: LedgerVerification): string | undefined {
  return checks.find(({ outcome }) => outcome === "failed")?.detail;
}

/** What is wrong with a proof that the tree of `found` continues an earlier one, when one was given. */
function gapTo(
  found: LedgerVerification,
  trust: LedgerTrust,
  { earlier, continuation }: Pick<ProofTrust, "earlier" | "continuation">,
): string | undefined {
  if (continuation === undefined) {
    return undefined;
  }
  const continued = verifyLedgerFile(continuation, trust, earlier);
  const [here, there] = [found.checkpoint, continued.checkpoint];
  const sameTree = here?.size === there?.size && here?.root.equals(there?.root ?? Buffer.of());
  return (
    problemOf(continued) ??
    (sameTree === true ? undefined : "the proof of continuation is of another checkpoint")
  );
}

function tellsOf({ entry }: LedgerVerification, waybillId: string, digest: string): boolean {
  return entry?.kind === "delivery-sealed" && entry.about === waybillId && entry.waybill === digest;
}
