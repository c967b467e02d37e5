/**
 * Judges a waybill, offline: by its file, the payload, the operator's key, what the operator has shown of
 * it, and the proof that it is in the ledger.
 */
import type { z } from "zod";
import {
  agreementState,
  localDate,
  waybill as waybillSchema,
  type Waybill,
} from "../../../protocol/waybill/index.ts";
import { type Gap, keyIdOf, strictBase64, verifyEd25519 } from "../../ledger/index.ts";
import type { RecordSalts } from "../payload/record-leaves.ts";
import { type Check, failed, judge, passed, skipped } from "./checks.ts";
import { findInLedger, type ProofTrust } from "./logged.ts";
import { type Payload, payloadChecks, withoutPayload } from "./payload-checks.ts";
import { gapShown, gapText, receiptOpens, whereIn } from "./opening.ts";
import { readReceipt, signedText, waybillBytes } from "./document.ts";

export interface Verification {
  /** No check failed. Skipped checks were not possible with what was given. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
  /** Present when the document could be read at all. */
  readonly waybill?: Waybill | undefined;
}

export interface VerifyRequest {
  readonly waybillBytes: Uint8Array;
  readonly payload?: Payload | undefined;
  /** The operator's public key, known from elsewhere: base64 as `readPublicKey` gives it. */
  readonly publicKey?: string | undefined;
  /** The file of a receipt: it opens one record, or shows whether one customer was in the delivery. */
  readonly receiptBytes?: Uint8Array | undefined;
  /** The number of the customer whom the receipt must show to have been in the delivery, or not. */
  readonly customer?: bigint | undefined;
  /** Of the delivery's records: with the payload they let the whole root be worked out again. */
  readonly salts?: RecordSalts | undefined;
  /** The text of a `.tlog-proof` of the waybill. */
  readonly proof?: string | undefined;
  /** What the reader knows of the ledger that the proof is of. */
  readonly ledger?: ProofTrust | undefined;
}

/** Judges a waybill. What is wrong with the documents is never thrown, always reported. */
export async function verifyWaybill(request: VerifyRequest): Promise<Verification> {
  const read = readWaybill(request.waybillBytes);
  if (read.waybill === undefined) {
    return { ok: false, checks: [read.check] };
  }
  const { waybill } = read;
  const checks = [
    read.check,
    checkLayout(waybill, request.waybillBytes),
    checkSignature(waybill),
    checkKey(waybill, request.publicKey),
    checkAgreement(waybill),
    ...(request.payload === undefined
      ? withoutPayload()
      : await payloadChecks(waybill, request.payload, request.salts)),
    checkReceipt(waybill, request),
    checkLedger(waybill, request),
  ];
  return { ok: checks.every(({ outcome }) => outcome !== "failed"), checks, waybill };
}

/** Reads the bytes of a waybill's file, with the check that says whether they are one. */
export function readWaybill(bytes: Uint8Array): { check: Check; waybill?: Waybill } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return { check: failed("document", "the waybill is not JSON in UTF-8") };
  }
  const result = waybillSchema.safeParse(parsed);
  if (!result.success) {
    return {
      check: failed("document", `the waybill is not of version 2: ${problemsOf(result.error)}`),
    };
  }
  return { check: passed("document", "a waybill of version 2"), waybill: result.data };
}

function problemsOf(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const at = issue.path.join(".");
      return issue.code === "unrecognized_keys"
        ? `unknown ${issue.keys.map((key) => [at, key].filter(Boolean).join(".")).join(", ")}`
        : `${at || "the document"}: ${issue.message}`;
    })
    .join("; ");
}

function checkLayout(waybill: Waybill, bytes: Uint8Array): Check {
  return judge("layout", Buffer.compare(waybillBytes(waybill), bytes) === 0, [
    "written in the one way a waybill is written",
    "the bytes are not in the layout of a waybill: the file was edited or reformatted",
  ]);
}

function checkSignature(waybill: Waybill): Check {
  const { value, ...signature } = waybill.signature;
  const text = signedText({ ...waybill, signature });
  return judge("signature", verifyEd25519(text, signature.publicKey, value), [
    "the signature fits the document",
    "the signature does not fit: the document was altered after it was signed, or the signature was",
  ]);
}

function checkKey(waybill: Waybill, pinned: string | undefined): Check {
  const { keyId, publicKey } = waybill.signature;
  const raw = strictBase64(publicKey);
  if (raw === undefined || keyIdOf(raw) !== keyId) {
    return failed("key", "the key id is not that of the public key in the waybill");
  }
  if (pinned === undefined) {
    return skipped(
      "key",
      `signed by key ${keyId}; give the operator's public key to know that it is theirs`,
    );
  }
  const pinnedId = keyIdOf(Buffer.from(pinned, "base64"));
  return judge("key", pinned === publicKey, [
    `signed by the key you gave (${keyId})`,
    `signed by another key: ${keyId}, and you gave ${pinnedId}`,
  ]);
}

function checkAgreement({ agreement, contract, issuedAt }: Waybill): Check {
  const day = localDate(new Date(issuedAt), contract.timeZone);
  const state = agreementState(agreement, day);
  const words = {
    "in-force": "was in force",
    "not-yet": `only begins on ${agreement.from}`,
    ended: `had ended on ${agreement.until}`,
  };
  const detail = `agreement ${agreement.id} version ${agreement.version} ${words[state]} on ${day}`;
  return state === "in-force" ? passed("agreement", detail) : failed("agreement", detail);
}

function checkReceipt(
  waybill: Waybill,
  { receiptBytes: bytes, customer }: Pick<VerifyRequest, "receiptBytes" | "customer">,
): Check {
  if (bytes === undefined) {
    return skipped("receipt", "no record or customer was shown");
  }
  const receipt = readReceipt(bytes);
  if (receipt === undefined) {
    return failed("receipt", "the receipt is none: it was altered, or is another file");
  }
  if (receipt.waybillId !== waybill.waybillId) {
    return failed("receipt", "the receipt belongs to another waybill");
  }
  if ("record" in receipt) {
    return judge("receipt", receiptOpens(receipt, waybill), [
      `the record was number ${receipt.index + 1} of ${waybill.records.count}`,
      "the receipt does not show that this record left with this waybill",
    ]);
  }
  return checkGap(gapShown(receipt, waybill), customer);
}

function checkGap(gap: Gap | undefined, customer: bigint | undefined): Check {
  if (gap === undefined) {
    return failed("receipt", "the receipt does not show who was in this delivery");
  }
  if (customer === undefined) {
    return passed("receipt", `of customers by number: ${gapText(gap)}`);
  }
  const where = whereIn(gap, customer);
  return where === undefined
    ? failed("receipt", `the receipt is of others than customer ${customer}: ${gapText(gap)}`)
    : passed("receipt", `customer ${customer} was ${where} this delivery`);
}

function checkLedger(waybill: Waybill, request: VerifyRequest): Check {
  const { waybillBytes: bytes, proof, publicKey = waybill.signature.publicKey } = request;
  if (proof === undefined) {
    return skipped("ledger", "no proof was given that the waybill is in the ledger");
  }
  const found = findInLedger({ waybill, bytes, proof, trust: { ...request.ledger, publicKey } });
  return "at" in found ? passed("ledger", found.at) : failed("ledger", found.problem);
}
