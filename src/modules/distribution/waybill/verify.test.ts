import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { must } from "../../../kernel/index.ts";
import {
  canonicalJson,
  COMMITMENT_ALGORITHM,
  CustomerCommitments,
  leafHash,
  newDeliverySecret,
  printInclusion,
  readableJson,
  SaltSequence,
  sha256,
  signCheckpoint,
  signEd25519,
  signingKey,
} from "../../ledger/index.ts";
import type { CustomerReceipt, RecordReceipt, Waybill } from "../../../protocol/waybill/index.ts";
import { copyLine } from "../payload/copy-text.ts";
import { pack } from "../payload/pack.ts";
import { digestOf } from "../payload/payload-file.ts";
import type { RecordValues } from "../payload/record.ts";
import { payloadAt } from "../payload/read-payload.ts";
import type { CheckName } from "./checks.ts";
import { receiptBytes, signedText } from "./document.ts";
import { issueCustomerReceipt, issueReceipt } from "./receipt.ts";
import { sealWaybill, type SealedWaybill, type WaybillClaims } from "./seal.ts";
import { verifyWaybill, type Verification, type VerifyRequest } from "./verify.ts";

const key = signingKey(generateKeyPairSync("ed25519").privateKey);
const otherKey = signingKey(generateKeyPairSync("ed25519").privateKey);
const secret = newDeliverySecret();
const waybillId = "0198a4f0-0000-7000-8000-000000000000";
const fields = [
  { name: "customer_id", type: "text" },
  { name: "charges", type: "decimal" },
] as const;
const records: RecordValues[] = [
  ["A-1", "10.50"],
  ["A-2", null],
  ["=A-3", "-0.25"],
];

let folder = "";
let payload = "";
let sealed: SealedWaybill;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "waybill-verify-"));
  payload = path.join(folder, "list.csv");
  sealed = sealWaybill(await claimsFor(records), key);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

function copied(values: RecordValues, index: number): string {
  return copyLine([String(index + 1), "", ...values]);
}

async function* once<T>(value: T): AsyncIterable<T> {
  yield await Promise.resolve(value);
}

/** Packs the records into `payload` and says so. */
async function claimsFor(values: readonly RecordValues[]): Promise<WaybillClaims> {
  let text = "";
  const { contents } = await pack({
    chunks: once(Buffer.from(values.map(copied).join(""))),
    fields,
    totals: [{ name: "charges", scale: 2 }],
    secret,
    encoding: { format: "csv", waybillId },
    write: (bytes) => {
      text += Buffer.from(bytes).toString();
      return Promise.resolve();
    },
    note: () => {},
  });
  await writeFile(payload, text);
  const { count, root, totals, customers } = contents;
  return {
    version: "2",
    waybillId,
    issuedAt: "2026-06-30T22:30:00.000Z",
    operator: "Büro Süd GmbH",
    client: "acme",
    contract: { id: "acme", version: "1.0.0", sha256: "0".repeat(64), timeZone: "Europe/Berlin" },
    policy: { sha256: "1".repeat(64) },
    agreement: { id: "DPA-1", version: "1", from: "2026-01-01", until: "2026-07-01" },
    purpose: "marketing",
    legalBasis: "consent",
    recipient: { name: "Partner", kind: "partner", jurisdiction: "DE" },
    transferMechanism: "none-needed",
    route: { name: "list", version: 1 },
    destination: { name: "folder", kind: "folder" },
    asOf: "2026-06-30T22:30:00.000Z",
    fields: fields.map((field) => ({ ...field, forms: ["clear"] })),
    payload: { file: "list.csv", format: "csv", ...(await digestOf(payload)) },
    records: { count, root, algorithm: COMMITMENT_ALGORITHM },
    customers,
    totals,
    retention: "P30D",
    erasureWithin: "P30D",
  };
}

type Given = Partial<Omit<VerifyRequest, "payload" | "salts" | "receiptBytes">> & {
  /** Its path. */
  readonly payload?: string;
  readonly receipt?: RecordReceipt | CustomerReceipt;
  readonly secret?: Uint8Array;
};

async function verify({ payload: file, secret: opened, receipt, ...given }: Given = {}) {
  return await verifyWaybill({
    waybillBytes: sealed.bytes,
    receiptBytes: receipt === undefined ? undefined : receiptBytes(receipt),
    payload: file === undefined ? undefined : payloadAt(file),
    salts: opened === undefined ? undefined : new SaltSequence(opened, "records"),
    ...given,
  });
}

function failures({ checks }: Verification): CheckName[] {
  return checks.filter(({ outcome }) => outcome === "failed").map(({ name }) => name);
}

function detail({ checks }: Verification, name: CheckName): string {
  return must(
    checks.find((check) => check.name === name),
    "the check was made",
  ).detail;
}

/** Signs changed claims again, as an operator would who says something untrue. */
function reseal(change: Partial<WaybillClaims>): Uint8Array {
  return sealWaybill({ ...claimsOf(sealed), ...change }, key).bytes;
}

describe("a waybill as it was issued", () => {
  test("passes every check when everything is given", async () => {
    const receipt = await issueReceipt({ waybill: sealed.document, payload, secret, index: 2 });

    const proof = proofOf(sealed.bytes);

    const given = { payload, publicKey: key.publicKey, secret, receipt, proof };
    const verification = await verify(given);

    expect(verification.checks.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
    expect(verification.ok).toBe(true);
  });

  test("passes with the document alone, and says what could not be checked", async () => {
    const verification = await verify();

    expect(verification.ok).toBe(true);
    expect(
      verification.checks.filter(({ outcome }) => outcome === "skipped").map(({ name }) => name),
    ).toEqual([
      "key",
      "payload-bytes",
      "payload-sha256",
      "fields",
      "count",
      "totals",
      "root",
      "receipt",
      "ledger",
    ]);
  });

  test("states the exact total", () => {
    expect(sealed.document.totals).toEqual({ charges: "10.25" });
  });
});

describe("a proof that the waybill is in the ledger", () => {
  test("is of this waybill, of its client's ledger, and signed by the firm's key", async () => {
    const ofOther = proofOf(sealed.bytes, { client: "retail" });
    const byOther = proofOf(sealed.bytes, { signer: otherKey });
    const ofAnother = proofOf(Buffer.concat([sealed.bytes, Buffer.from(" ")]));

    for (const proof of [ofOther, byOther, ofAnother, "", `${proofOf(sealed.bytes)} `]) {
      expect(failures(await verify({ proof }))).toEqual(["ledger"]);
    }
  });
});

/** A ledger of one entry that tells of the waybill, and the proof of it. */
function proofOf(bytes: Buffer, { client = "acme", signer = key } = {}): string {
  const entry = Buffer.from(
    canonicalJson({
      version: "1",
      kind: "delivery-sealed",
      at: "2026-06-30T22:30:00.000Z",
      about: waybillId,
      waybill: sha256(bytes).toString("hex"),
    }),
  );
  const head = { origin: `bureau/waybill/${client}`, size: 1, root: leafHash(entry) };
  const checkpoint = signCheckpoint(head, signer);
  return printInclusion({ entry, index: 0, proof: [], checkpoint });
}

describe("one changed byte is noticed", () => {
  test("anywhere in the waybill", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bytes = Buffer.from(sealed.bytes);
        const position = at % bytes.length;
        bytes[position] = must(bytes[position], "inside") ^ flip;

        expect((await verify({ waybillBytes: bytes })).ok).toBe(false);
      }),
      { numRuns: 3000 },
    );
  });

  test("anywhere in the payload", async () => {
    const original = await readFile(payload);
    const changed = path.join(folder, "changed.csv");
    for (const [position, byte] of original.entries()) {
      const bytes = Buffer.from(original);
      bytes[position] = byte ^ (1 << (position % 8));
      await writeFile(changed, bytes);

      expect(failures(await verify({ payload: changed }))).toContain("payload-sha256");
    }
  });

  test("when a byte is added or lost", async () => {
    const changed = path.join(folder, "changed.csv");
    const original = await readFile(payload);

    await writeFile(changed, original.subarray(0, -1));
    expect(detail(await verify({ payload: changed }), "payload-bytes")).toContain(
      "it is cut short",
    );
    await writeFile(changed, Buffer.concat([original, Buffer.of(10)]));
    expect(detail(await verify({ payload: changed }), "payload-bytes")).toContain(
      "something was added",
    );
    expect((await verify({ waybillBytes: Buffer.concat([sealed.bytes, Buffer.of(10)]) })).ok).toBe(
      false,
    );
  });
});

describe("the verifier tells apart", () => {
  test("an altered document", async () => {
    const text = sealed.bytes.toString().replace('"retention": "P30D"', '"retention": "P31D"');
    expect(failures(await verify({ waybillBytes: Buffer.from(text) }))).toEqual(["signature"]);
  });

  test("a reformatted document", async () => {
    const compact = Buffer.from(JSON.stringify(sealed.document));
    expect(failures(await verify({ waybillBytes: compact }))).toEqual(["layout"]);
  });

  test("a member that is not known, by its name", async () => {
    const waybillBytes = Buffer.from(
      readableJson({ ...sealed.document, payload: { ...sealed.document.payload, note: "x" } }),
    );
    const verification = await verify({ waybillBytes });
    expect(failures(verification)).toEqual(["document"]);
    expect(detail(verification, "document")).toContain("unknown payload.note");
  });

  test("another signer", async () => {
    const verification = await verify({ publicKey: otherKey.publicKey });
    expect(failures(verification)).toEqual(["key"]);
    expect(detail(verification, "key")).toBe(
      `signed by another key: ${key.keyId}, and you gave ${otherKey.keyId}`,
    );
  });

  test("a key id that is not the key's", async () => {
    const signature = { ...sealed.document.signature, keyId: otherKey.keyId };
    const { value: _, ...unsigned } = signature;
    const value = signEd25519(
      signedText({ ...sealed.document, signature: unsigned }),
      key.privateKey,
    );
    const document: Waybill = { ...sealed.document, signature: { ...unsigned, value } };
    expect(failures(await verify({ waybillBytes: Buffer.from(readableJson(document)) }))).toEqual([
      "key",
    ]);
  });

  test("an agreement that had ended where the client is", async () => {
    const ended = reseal({ issuedAt: "2026-07-01T22:30:00.000Z" });
    const verification = await verify({ waybillBytes: ended });
    expect(failures(verification)).toEqual(["agreement"]);
    expect(detail(verification, "agreement")).toContain("had ended on 2026-07-01 on 2026-07-02");
  });

  test("an agreement that had not begun", async () => {
    const early = reseal({ issuedAt: "2025-12-31T22:30:00.000Z" });
    expect(detail(await verify({ waybillBytes: early }), "agreement")).toContain(
      "only begins on 2026-01-01",
    );
  });

  test.each<[string, Partial<WaybillClaims>, CheckName]>([
    [
      "a wrong count",
      { records: { count: 4, root: "0".repeat(64), algorithm: COMMITMENT_ALGORITHM } },
      "count",
    ],
    ["a wrong total", { totals: { charges: "10.26" } }, "totals"],
    [
      "other fields",
      { fields: [{ name: "charges", type: "decimal", forms: ["clear"] }] },
      "fields",
    ],
  ])("%s that was signed", async (_, change, expected) => {
    expect(failures(await verify({ waybillBytes: reseal(change), payload }))).toEqual([expected]);
  });

  test("other records from the committed ones, given the secret", async () => {
    const waybillBytes = reseal({ records: { ...sealed.document.records, root: "1".repeat(64) } });
    expect(failures(await verify({ waybillBytes, payload, secret }))).toEqual(["root"]);
    expect(failures(await verify({ payload, secret: newDeliverySecret() }))).toEqual(["root"]);
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "waybill"],
    ["a list", "[]"],
    ["bytes that are not UTF-8", "\xff"],
  ])("%s", async (_, text) => {
    expect(failures(await verify({ waybillBytes: Buffer.from(text, "latin1") }))).toEqual([
      "document",
    ]);
  });
});

describe("a receipt", () => {
  test("opens each record of the delivery, and only with what stood in it", async () => {
    for (const [index, values] of records.entries()) {
      const receipt = await issueReceipt({ waybill: sealed.document, payload, secret, index });
      expect(receipt.record).toEqual({ customer_id: values[0], charges: values[1] });
      expect((await verify({ receipt })).ok).toBe(true);

      const changes = [
        { ...receipt, record: { ...receipt.record, charges: "10.51" } },
        { ...receipt, record: { customer_id: receipt.record["customer_id"] ?? null } },
        { ...receipt, index: (index + 1) % records.length },
        { ...receipt, salt: "0".repeat(64) },
        { ...receipt, proof: receipt.proof.slice(1) },
        { ...receipt, waybillId: "0198a4f0-0000-7000-8000-000000000001" },
      ];
      for (const changed of changes) {
        expect(failures(await verify({ receipt: changed }))).toEqual(["receipt"]);
      }
    }
  });

  test("of a record that is not there cannot be had", async () => {
    const request = { waybill: sealed.document, payload, secret, index: 3 };
    await expect(issueReceipt(request)).rejects.toThrow("there is no number 3");
  });

  test("of a customer shows whether it was in the delivery, and nothing else will", async () => {
    const id = fc.bigInt(1n, 60n);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(id, { maxLength: 20 }), id, async (unsorted, customer) => {
        const customers = unsorted.toSorted((a, b) => (a < b ? -1 : 1));
        const commitments = new CustomerCommitments(secret);
        customers.forEach((one) => commitments.add(Number(one)));
        const { count, root } = commitments.finish();
        const waybill = sealWaybill(
          {
            ...claimsOf(sealed),
            customers: { count, root: root.toString("hex") },
            records: { ...sealed.document.records, count: 60 },
          },
          key,
        );
        const { waybillId: id } = waybill.document;
        const receipt = await issueCustomerReceipt({ waybillId: id, secret, customers, customer });
        const said = async (shown: typeof receipt): Promise<string> => {
          const found = await verify({ waybillBytes: waybill.bytes, receipt: shown, customer });
          return detail(found, "receipt");
        };

        const where = customers.includes(customer) ? "in" : "not in";
        expect(await said(receipt)).toBe(`customer ${customer} was ${where} this delivery`);
        const untrue = [
          { ...receipt, gap: { ...receipt.gap, after: "61" } },
          { ...receipt, gap: { ...receipt.gap, before: "62" } },
          { ...receipt, salt: "0".repeat(64) },
          { ...receipt, index: receipt.index + 1 },
          { ...receipt, proof: [...receipt.proof, "0".repeat(64)] },
        ];
        const refusal = "the receipt does not show who was in this delivery";
        for (const shown of untrue) {
          expect(await said(shown)).toBe(refusal);
        }
      }),
      { numRuns: 25 },
    );
  });
});

function claimsOf({ document }: SealedWaybill): WaybillClaims {
  const { signature: _, ...claims } = document;
  return claims;
}
