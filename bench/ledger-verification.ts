/**
 * What it takes to verify a waybill of a million records, as a recipient does, and as the operator does who
 * holds the delivery's secret and works every commitment out again. The limit is reading and hashing the
 * payload's bytes, which any verifier must do.
 */
import { createHash, generateKeyPairSync } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "../src/kernel/index.ts";
import {
  payloadAt,
  sealWaybill,
  type SealedWaybill,
  verifyWaybill,
} from "../src/modules/distribution/index.ts";
import {
  canonicalJson,
  COMMITMENT_ALGORITHM,
  CompactRange,
  newDeliverySecret,
  recordLeaf,
  SaltSequence,
  signingKey,
} from "../src/modules/ledger/index.ts";
import { type Figure, figure, median, timed } from "./figure.ts";

const RECORDS = 1_000_000;
const REPEATS = 3;
const MOST_SECONDS = 5;
/** Ten fields, as an export of customers has them; one text has quotes, one sum is promised. */
const FIELDS = [
  "customer_id",
  "given_name",
  "family_name",
  "email",
  "phone",
  "street",
  "city",
  "postal_code",
  "country",
] as const;

export async function* verificationFigures(): AsyncGenerator<Figure> {
  const folder = await mkdtemp(join(tmpdir(), "waybill-bench-"));
  try {
    const path = join(folder, "list.csv");
    const secret = newDeliverySecret();
    const sealed = await deliver(path, secret);
    const times = { hashed: [] as number[], verified: [] as number[], opened: [] as number[] };
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      times.hashed.push((await timed(() => hashed(path))).seconds);
      times.verified.push((await timed(() => verified(sealed, path))).seconds);
      times.opened.push((await timed(() => verified(sealed, path, secret))).seconds);
    }
    const limit = median(times.hashed);
    yield seconds(`waybill.verify.${RECORDS}`, median(times.verified), limit);
    yield seconds(`waybill.verify-opened.${RECORDS}`, median(times.opened), limit);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function seconds(name: string, value: number, limit: number): Figure {
  return figure({
    name,
    value,
    unit: "s",
    limitName: "reading and hashing the payload",
    limit,
    target: `≤ ${MOST_SECONDS} s`,
    holds: (found) => found <= MOST_SECONDS,
  });
}

async function hashed(path: string): Promise<void> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk);
  }
}

async function verified(
  { bytes: waybillBytes }: SealedWaybill,
  path: string,
  secret?: Buffer,
): Promise<void> {
  const salts = secret === undefined ? undefined : new SaltSequence(secret, "records");
  const { ok, checks } = await verifyWaybill({ waybillBytes, payload: payloadAt(path), salts });
  const failed = checks.find(({ outcome }) => outcome === "failed");
  must(ok ? true : undefined, `the waybill is in order: ${failed?.detail ?? ""}`);
}

/** Writes the payload and seals a waybill for it. */
async function deliver(path: string, secret: Buffer): Promise<SealedWaybill> {
  const salts = new SaltSequence(secret, "records");
  const tree = new CompactRange();
  const hash = createHash("sha256");
  let bytes = 0;
  await using file = await open(path, "w");
  const write = async (text: string): Promise<void> => {
    const chunk = Buffer.from(text);
    hash.update(chunk);
    bytes += chunk.length;
    await file.write(chunk);
  };
  let text = `${[...FIELDS, "charges"].join(",")}\r\n`;
  for (let index = 0; index < RECORDS; index += 1) {
    const values = valuesOf(index);
    tree.append(recordLeaf(salts.at(index), canonicalJson(values)));
    text += `${Object.values(values).map(cell).join(",")}\r\n`;
    if (index % 10_000 === 9_999) {
      await write(text);
      text = "";
    }
  }
  await write(text);
  const payload = { bytes, sha256: hash.digest("hex") };
  return sealWaybill(claims(payload, tree), signingKey(generateKeyPairSync("ed25519").privateKey));
}

function valuesOf(index: number): Record<string, string> {
  const texts = FIELDS.map((name) => [name, `${name} ${index}`] as const);
  const street = `Long, "Quoted" Street ${index % 900}`;
  return {
    ...Object.fromEntries(texts),
    ...(index % 10 === 0 ? { street } : {}),
    charges: "10.25",
  };
}

function cell(value: string): string {
  return /[",]/u.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function claims(
  payload: { readonly bytes: number; readonly sha256: string },
  tree: CompactRange,
): Parameters<typeof sealWaybill>[0] {
  const text = FIELDS.map((name) => ({ name, type: "text" as const, forms: ["clear" as const] }));
  return {
    version: "2",
    waybillId: "0198a4f0-0000-7000-8000-000000000000",
    issuedAt: "2026-06-30T12:00:00.000Z",
    operator: "Bench",
    client: "bench",
    contract: { id: "bench", version: "1.0.0", sha256: "0".repeat(64), timeZone: "UTC" },
    policy: { sha256: "0".repeat(64) },
    agreement: { id: "A", version: "1", from: "2026-01-01", until: "2026-12-31" },
    purpose: "essential",
    legalBasis: "contract",
    recipient: { name: "Partner", kind: "partner", jurisdiction: "DE" },
    transferMechanism: "none-needed",
    route: { name: "list", version: 1 },
    destination: { name: "folder", kind: "folder" },
    asOf: "2026-06-30T12:00:00.000Z",
    fields: [...text, { name: "charges", type: "decimal", forms: ["clear"] }],
    payload: { file: "list.csv", format: "csv", ...payload },
    records: {
      count: RECORDS,
      root: tree.root().toString("hex"),
      algorithm: COMMITMENT_ALGORITHM,
    },
    customers: { count: RECORDS, root: "0".repeat(64) },
    totals: { charges: `${(RECORDS * 1025) / 100}.00` },
    retention: "P30D",
    erasureWithin: "P30D",
  };
}
