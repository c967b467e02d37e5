/**
 * The verifier: judges a waybill, and whatever it is given of the payload, without the product's
 * database and without asking anybody. Each check stands alone and says what exactly is wrong, so that
 * "the file was cut short in transit" does not look like "somebody forged this".
 */
import type { z } from "zod";
import { NotFoundError } from "../../../kernel/index.ts";
import { keyIdOf, strictBase64, verifyEd25519 } from "../../ledger/index.ts";
import {
  agreementState,
  localDate,
  waybill as waybillSchema,
  type RecordReceipt,
  type Waybill,
} from "../../../protocol/waybill/index.ts";
import { digestOf } from "../payload/payload-file.ts";
import { Tally } from "../payload/pack.ts";
import { isDecimal, scaleOf } from "../payload/exact-sum.ts";
import { PayloadUnreadable, readPayload } from "../payload/read-payload.ts";
import { findInLedger } from "./logged.ts";
import { receiptOpens } from "./receipt.ts";
import { signedText, waybillBytes } from "./seal.ts";

/** In the order in which they are reported. */
export type CheckName =
  | "document"
  | "layout"
  | "signature"
  | "key"
  | "agreement"
  | "payload-bytes"
  | "payload-sha256"
  | "fields"
  | "count"
  | "totals"
  | "root"
  | "receipt"
  | "ledger";

export interface Check {
  readonly name: CheckName;
  readonly outcome: "passed" | "failed" | "skipped";
  /** What was found, in a sentence without a full stop and without any value of a record. */
  readonly detail: string;
}

export interface Verification {
  /** No check failed. Skipped checks were not possible with what was given. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
  /** Present when the document could be read at all. */
  readonly waybill?: Waybill | undefined;
}

export interface VerifyRequest {
  readonly waybillBytes: Uint8Array;
  /** Path of the payload's file. */
  readonly payload?: string | undefined;
  /** The operator's public key, known from elsewhere: base64 as `readPublicKey` gives it. */
  readonly publicKey?: string | undefined;
  /** Opens one record. */
  readonly receipt?: RecordReceipt | undefined;
  /** The delivery's secret: with the payload it lets the whole root be recomputed. */
  readonly secret?: Uint8Array | undefined;
  /** The text of a `.tlog-proof` of the waybill. */
  readonly proof?: string | undefined;
}

/**
 * Judges a waybill. What is wrong with the documents is never thrown, always reported.
 * @throws NotFoundError when there is no file at `payload`
 */
export async function verifyWaybill(request: VerifyRequest): Promise<Verification> {
  const read = readDocument(request.waybillBytes);
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
    ...(await checkPayload(waybill, request)),
    checkReceipt(waybill, request.receipt),
    checkLedger(waybill, request),
  ];
  return { ok: checks.every(({ outcome }) => outcome !== "failed"), checks, waybill };
}

function passed(name: CheckName, detail: string): Check {
  return { name, outcome: "passed", detail };
}

function failed(name: CheckName, detail: string): Check {
  return { name, outcome: "failed", detail };
}

function skipped(name: CheckName, detail: string): Check {
  return { name, outcome: "skipped", detail };
}

function judge(name: CheckName, holds: boolean, [yes, no]: readonly [string, string]): Check {
  return holds ? passed(name, yes) : failed(name, no);
}

function readDocument(bytes: Uint8Array): { check: Check; waybill?: Waybill } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return { check: failed("document", "the waybill is not JSON in UTF-8") };
  }
  const result = waybillSchema.safeParse(parsed);
  if (!result.success) {
    return {
      check: failed("document", `the waybill is not of version 1: ${problemsOf(result.error)}`),
    };
  }
  return { check: passed("document", "a waybill of version 1"), waybill: result.data };
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

const CONTENT_CHECKS = ["fields", "count", "totals", "root"] as const;

async function checkPayload(waybill: Waybill, request: VerifyRequest): Promise<Check[]> {
  if (request.payload === undefined) {
    const names: CheckName[] = ["payload-bytes", "payload-sha256", ...CONTENT_CHECKS];
    return names.map((name) => skipped(name, "no payload was given"));
  }
  const { bytes, sha256 } = await digestOf(request.payload).catch((error: unknown) => {
    throw new NotFoundError("payload-unreadable", `there is no readable file ${request.payload}`, {
      hint: `give the path of ${waybill.payload.file}`,
      cause: error,
    });
  });
  const { payload } = waybill;
  return [
    judge("payload-bytes", bytes === payload.bytes, [
      `${bytes} bytes`,
      `the payload has ${bytes} bytes and should have ${payload.bytes}: ${bytes < payload.bytes ? "it is cut short" : "something was added"}`,
    ]),
    judge("payload-sha256", sha256 === payload.sha256, [
      "the payload is the one that left",
      `the payload's SHA-256 is ${sha256} and should be ${payload.sha256}`,
    ]),
    ...(await checkContents(waybill, request.payload, request.secret)),
  ];
}

async function checkContents(
  waybill: Waybill,
  path: string,
  secret: Uint8Array | undefined,
): Promise<Check[]> {
  try {
    return await compareContents(waybill, path, secret);
  } catch (error) {
    if (!(error instanceof PayloadUnreadable)) {
      throw error;
    }
    const [first, ...rest] = CONTENT_CHECKS;
    return [
      failed(first, error.message),
      ...rest.map((name) => skipped(name, "the payload cannot be read")),
    ];
  }
}

async function compareContents(
  waybill: Waybill,
  path: string,
  secret: Uint8Array | undefined,
): Promise<Check[]> {
  const totals = Object.entries(waybill.totals).map(([name, sum]) => ({
    name,
    scale: scaleOf(sum),
    position: waybill.fields.findIndex((field) => field.name === name),
  }));
  const tally = new Tally(waybill.fields, totals, secret);
  const { format } = waybill.payload;
  for await (const values of readPayload({ path, format, fields: waybill.fields })) {
    for (const { name, scale, position } of totals) {
      const value = values[position] ?? null;
      if (value !== null && (typeof value !== "string" || !isDecimal(value, scale))) {
        throw new PayloadUnreadable(`a value of ${name} cannot be summed with ${scale} decimals`);
      }
    }
    tally.add(values);
  }
  const found = tally.contents();
  const wrong = totals.filter(({ name }) => found.totals[name] !== waybill.totals[name]);
  return [
    passed("fields", `exactly ${waybill.fields.map(({ name }) => name).join(", ")}`),
    judge("count", found.count === waybill.records.count, [
      `${found.count} records`,
      `the payload has ${found.count} records and should have ${waybill.records.count}`,
    ]),
    judge("totals", wrong.length === 0, [
      totals.length === 0
        ? "none were promised"
        : `the sums of ${totals.map(({ name }) => name).join(", ")} agree`,
      `the sum differs for ${wrong.map(({ name }) => name).join(", ")}`,
    ]),
    secret === undefined
      ? skipped("root", "without the delivery's secret the commitments cannot be opened")
      : judge("root", found.root === waybill.records.root, [
          "the commitments to the records agree",
          "the Merkle root over the records differs: other records, another order or another secret",
        ]),
  ];
}

function checkReceipt(waybill: Waybill, receipt: RecordReceipt | undefined): Check {
  if (receipt === undefined) {
    return skipped("receipt", "no record was shown");
  }
  if (receipt.waybillId !== waybill.waybillId) {
    return failed("receipt", "the receipt belongs to another waybill");
  }
  return judge("receipt", receiptOpens(receipt, waybill), [
    `the record was number ${receipt.index + 1} of ${waybill.records.count}`,
    "the receipt does not show that this record left with this waybill",
  ]);
}

function checkLedger(waybill: Waybill, request: VerifyRequest): Check {
  const { waybillBytes: bytes, proof, publicKey = waybill.signature.publicKey } = request;
  if (proof === undefined) {
    return skipped("ledger", "no proof was given that the waybill is in the ledger");
  }
  const found = findInLedger({ waybill, bytes, proof, publicKey });
  return "at" in found ? passed("ledger", found.at) : failed("ledger", found.problem);
}
