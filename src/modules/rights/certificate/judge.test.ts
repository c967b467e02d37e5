import { describe, expect, test } from "vitest";
import { signer } from "../../../../tests/distribution/scene.ts";
import type { Opening } from "../../../protocol/rights/index.ts";
import { readableJson } from "../../ledger/index.ts";
import { subjectCommitment } from "../subject.ts";
import { judgeCertificate, type CertificateVerification, type JudgeRequest } from "./judge.ts";
import { signCertificate } from "./signed.ts";

const opening: Opening = {
  version: "1",
  request: "8ec0e1c6-5951-451c-a634-a845165eb207",
  statement: { client: "acme", identifiers: { email: "ada@lovelace.example" } },
  key: "5a".repeat(32),
};
const at = "2026-07-01T10:00:00.000Z";
const { bytes } = signCertificate(
  {
    version: "1",
    certificateId: "226cadc5-06b7-472f-835e-1c868a62f0fd",
    issuedAt: at,
    operator: "Operator GmbH",
    client: "acme",
    request: { id: opening.request, right: "erase", at },
    subject: {
      algorithm: "SHA-256-salted",
      commitment: subjectCommitment(opening).toString("hex"),
    },
    data: { at, change: 7, rows: { customers: 1 }, keysDestroyed: 2, suppressed: 2 },
    obligations: [
      {
        id: "ba436604-31eb-44c0-8d66-50e74b16b175",
        recipient: "partner",
        state: "acknowledged",
        due: at,
        notice: "ab".repeat(32),
      },
    ],
    complete: true,
  },
  signer,
);
const { publicKey } = signer;
const openingText = readableJson({ ...opening });

const judge = (more: Partial<JudgeRequest> = {}): CertificateVerification =>
  judgeCertificate({ bytes, publicKey, ...more });

function outcomes({ checks }: CertificateVerification): Record<string, string> {
  return Object.fromEntries(checks.map(({ name, outcome }) => [name, outcome]));
}

describe("a certificate", () => {
  test("is in order with the key, and about whom its opening names", () => {
    const judged = judge({ opening: openingText });

    expect(judged.ok).toBe(true);
    expect(outcomes(judged)).toEqual({
      document: "passed",
      layout: "passed",
      signature: "passed",
      key: "passed",
      subject: "passed",
      ledger: "skipped",
      complete: "passed",
    });
  });

  test("says nothing of the customer", () => {
    expect(Buffer.from(bytes).toString("utf8")).not.toMatch(/ada|lovelace/iu);
  });

  test("is refused when any one byte of it is another", () => {
    const accepted = [...bytes.keys()].filter((place) =>
      [0x01, 0x20, 0x80].some((mask) => {
        const changed = Buffer.from(bytes);
        changed[place] = (changed[place] ?? 0) ^ mask;
        return judge({ bytes: changed }).ok;
      }),
    );

    expect(accepted).toEqual([]);
  });

  test("is not about whom an opening names of which any one byte is another", () => {
    const text = Buffer.from(openingText, "utf8");
    const accepted = [...text.keys()].filter((place) => {
      const changed = Buffer.from(text);
      changed[place] = (changed[place] ?? 0) ^ 0x01;
      return judge({ opening: changed.toString("utf8") }).ok;
    });

    expect(accepted).toEqual([]);
  });

  test("by another key than the trusted one is refused, and without a trusted one says so", () => {
    const other = Buffer.alloc(32, 1).toString("base64");

    expect(outcomes(judge({ publicKey: other }))["key"]).toBe("failed");
    expect(outcomes(judge({ publicKey: undefined }))["key"]).toBe("skipped");
  });

  test("with a proof that is none is refused", () => {
    expect(outcomes(judge({ proof: "c2sp.org/tlog-proof@v1\n" }))["ledger"]).toBe("failed");
  });
});
