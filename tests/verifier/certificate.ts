/** A certificate of an erasure, with its opening. */
import { generateKeyPairSync } from "node:crypto";
import { readableJson, signingKey } from "../../src/modules/ledger/index.ts";
import { signCertificate } from "../../src/modules/rights/certificate/signed.ts";
import { subjectCommitment } from "../../src/modules/rights/subject.ts";
import type { Opening } from "../../src/protocol/rights/index.ts";

const opening: Opening = {
  version: "1",
  request: "8ec0e1c6-5951-451c-a634-a845165eb207",
  statement: { client: "acme", identifiers: { email: "ada@lovelace.example" } },
  key: "5a".repeat(32),
};
const at = "2026-07-01T10:00:00.000Z";

export function makeCertificate(): {
  readonly bytes: Buffer;
  /** In base64. */
  readonly publicKey: string;
  /** The text of the opening's file. */
  readonly opening: string;
} {
  const signer = signingKey(generateKeyPairSync("ed25519").privateKey);
  const commitment = subjectCommitment(opening).toString("hex");
  const { bytes } = signCertificate(
    {
      version: "1",
      certificateId: "226cadc5-06b7-472f-835e-1c868a62f0fd",
      issuedAt: at,
      operator: "Operator GmbH",
      client: "acme",
      request: { id: opening.request, right: "erase", at },
      subject: { algorithm: "SHA-256-salted", commitment },
      data: { at, change: 7, rows: { customers: 1 }, keysDestroyed: 2, suppressed: 2 },
      obligations: [],
      complete: true,
    },
    signer,
  );
  return { bytes, publicKey: signer.publicKey, opening: readableJson({ ...opening }) };
}
