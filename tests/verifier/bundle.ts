/** Everything that an auditor can be given of one small delivery, as files in a folder. */
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  issueCustomerReceipt,
  issueReceipt,
  receiptBytes,
  sealWaybill,
} from "../../src/modules/distribution/index.ts";
import {
  canonicalJson,
  COMMITMENT_ALGORITHM,
  CompactRange,
  cosignatureLine,
  CustomerCommitments,
  leafHash,
  newDeliverySecret,
  printConsistency,
  printInclusion,
  printNoteKey,
  proveConsistency,
  proveInclusion,
  publicKeyPem,
  recordLeaf,
  rootOf,
  SaltSequence,
  sha256,
  signCheckpoint,
  signingKey,
  type SigningKey,
} from "../../src/modules/ledger/index.ts";

/** The files by what they are; each can be altered. */
export type BundleFile =
  | "waybill"
  | "payload"
  | "proof"
  | "checkpoint"
  | "since"
  | "recordReceipt"
  | "absence";

export interface Bundle extends AsyncDisposable {
  readonly folder: string;
  readonly files: Readonly<Record<BundleFile, Buffer>>;
  /** Where each file lies. */
  readonly path: (file: BundleFile | "key" | "witness") => string;
  /** As witnesses' keys are handed out. */
  readonly witness: string;
  /** As `readPublicKey` gives it. */
  readonly publicKey: string;
}

const NAMES: Readonly<Record<BundleFile | "key" | "witness", string>> = {
  waybill: "list.waybill.json",
  payload: "list.csv",
  proof: "list.tlog-proof",
  checkpoint: "kept.checkpoint",
  since: "since.continuation",
  recordReceipt: "record.receipt.json",
  absence: "absence.receipt.json",
  key: "operator.pem",
  witness: "witness.vkey",
};

const waybillId = "0198a4f0-0000-7000-8000-000000000000";
const fields = [
  { name: "customer_id", type: "text", forms: ["clear"] },
  { name: "charges", type: "decimal", forms: ["clear"] },
] as const;
const records = [
  { customer: 3n, record: { customer_id: "A-1", charges: "10.50" } },
  { customer: 5n, record: { customer_id: "Zoë", charges: null } },
  { customer: 9n, record: { customer_id: "A-3", charges: "-0.25" } },
];
const payload = "customer_id,charges\r\nA-1,10.50\r\nZoë,\r\nA-3,-0.25\r\n";

export async function makeBundle(): Promise<Bundle> {
  const folder = await mkdtemp(join(tmpdir(), "waybill-bundle-"));
  const path = (file: keyof typeof NAMES): string => join(folder, NAMES[file]);
  const signer = freshKey();
  const witness = freshKey();
  const secret = newDeliverySecret();
  await writeFile(path("payload"), payload);
  const { document, bytes } = sealSmall(secret, signer);
  const ledger = ledgerAround(bytes, signer, witness);
  const opened = { waybill: document, payload: path("payload"), secret, index: 1 };
  const customers = records.map(({ customer }) => customer);
  const asked = { waybillId, secret, customers, customer: 6n };
  const files: Record<BundleFile, Buffer> = {
    waybill: bytes,
    payload: Buffer.from(payload),
    ...ledger,
    recordReceipt: receiptBytes(await issueReceipt(opened)),
    absence: receiptBytes(await issueCustomerReceipt(asked)),
  };
  await Promise.all(
    Object.entries(files).map(([file, content]) => {
      return writeFile(join(folder, NAMES[file as BundleFile]), content);
    }),
  );
  const key = { kind: "witness", name: "auditor.example", publicKey: witness.publicKey } as const;
  await writeFile(path("key"), publicKeyPem(signer.publicKey));
  await writeFile(path("witness"), `${printNoteKey(key)}\n`);
  return {
    folder,
    files,
    path,
    witness: printNoteKey(key),
    publicKey: signer.publicKey,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

function freshKey(): SigningKey {
  return signingKey(generateKeyPairSync("ed25519").privateKey);
}

function sealSmall(secret: Buffer, signer: SigningKey): ReturnType<typeof sealWaybill> {
  const salts = new SaltSequence(secret, "records");
  const tree = new CompactRange();
  const commitments = new CustomerCommitments(secret);
  for (const [index, { customer, record }] of records.entries()) {
    tree.append(recordLeaf(salts.at(index), canonicalJson(record)));
    commitments.add(Number(customer));
  }
  const customers = commitments.finish();
  return sealWaybill(
    {
      version: "2",
      waybillId,
      issuedAt: "2026-06-30T22:30:00.000Z",
      operator: "Büro Süd GmbH",
      client: "acme",
      contract: { id: "acme", version: "1.0.0", sha256: "0".repeat(64), timeZone: "Europe/Berlin" },
      policy: { sha256: "1".repeat(64) },
      agreement: { id: "DPA-1", version: "1", from: "2026-01-01", until: "2026-12-31" },
      purpose: "marketing",
      legalBasis: "consent",
      recipient: { name: "Partner", kind: "partner", jurisdiction: "DE" },
      transferMechanism: "none-needed",
      route: { name: "list", version: 1 },
      destination: { name: "folder", kind: "folder" },
      asOf: "2026-06-30T22:30:00.000Z",
      fields: fields.map((field) => ({ ...field, forms: [...field.forms] })),
      payload: {
        file: NAMES.payload,
        format: "csv",
        bytes: Buffer.byteLength(payload),
        sha256: sha256(Buffer.from(payload)).toString("hex"),
      },
      records: {
        count: records.length,
        root: tree.root().toString("hex"),
        algorithm: COMMITMENT_ALGORITHM,
      },
      customers: { count: customers.count, root: customers.root.toString("hex") },
      totals: { charges: "10.25" },
      retention: "P30D",
      erasureWithin: "P30D",
    },
    signer,
  );
}

/** A ledger of five entries, the third of which tells of the waybill; the auditor has kept its first two. */
function ledgerAround(
  waybill: Buffer,
  signer: SigningKey,
  witness: SigningKey,
): Pick<Record<BundleFile, Buffer>, "proof" | "checkpoint" | "since"> {
  const origin = "buero-sued-gmbh/waybill/acme";
  const entries = [0, 1, 2, 3, 4].map((index) =>
    index === 2 ? sealedEntry(waybill) : Buffer.from(`entry ${index}`),
  );
  const leaves = entries.map(leafHash);
  const checkpointOf = (size: number): string => {
    const head = { origin, size, root: rootOf(leaves, { start: 0, end: size }) };
    const note = signCheckpoint(head, signer);
    const cosigner = { name: "auditor.example", key: witness };
    const text = note.slice(0, note.indexOf("\n\n") + 1);
    return note + cosignatureLine(text, cosigner, new Date("2026-07-01T00:00:00Z"));
  };
  const checkpoint = checkpointOf(leaves.length);
  const proof = proveInclusion(leaves, 2);
  return {
    proof: Buffer.from(
      printInclusion({ entry: sealedEntry(waybill), index: 2, proof, checkpoint }),
    ),
    checkpoint: Buffer.from(checkpointOf(2)),
    since: Buffer.from(
      printConsistency({ earlier: 2, proof: proveConsistency(leaves, 2), checkpoint }),
    ),
  };
}

function sealedEntry(waybill: Buffer): Buffer {
  return Buffer.from(
    canonicalJson({
      version: "1",
      kind: "delivery-sealed",
      at: "2026-06-30T22:30:00.000Z",
      about: waybillId,
      waybill: sha256(waybill).toString("hex"),
    }),
  );
}
