/**
 * The judge of certificates: says what a certificate proves, with nothing but its bytes, a key and what
 * the reader was given besides. It uses nothing of Node, so that a browser can run it.
 */
import {
  canonicalJson,
  type JsonValue,
  keyIdOf,
  readableJson,
  recordLeaf,
  sha256,
  strictBase64,
  verifyEd25519,
  verifyLedgerFile,
} from "../../ledger/index.ts";
import {
  certificate as certificateSchema,
  type Certificate,
  opening as openingSchema,
} from "../../../protocol/rights/index.ts";

/** In the order in which they are reported. */
export type CertificateCheckName =
  | "document"
  | "layout"
  | "signature"
  | "key"
  | "subject"
  | "ledger"
  | "complete";

export interface CertificateCheck {
  readonly name: CertificateCheckName;
  readonly outcome: "passed" | "failed" | "skipped";
  /** What was found, in a sentence without a full stop and without any personal data. */
  readonly detail: string;
}

export interface CertificateVerification {
  /** No check failed. Skipped checks were not possible with what was given. */
  readonly ok: boolean;
  readonly checks: readonly CertificateCheck[];
  /** Present when the document could be read at all. */
  readonly certificate?: Certificate | undefined;
}

export interface JudgeRequest {
  readonly bytes: Uint8Array;
  /** The operator's public key, known from elsewhere: 32 bytes in base64. */
  readonly publicKey?: string | undefined;
  /** The text of the opening that the customer was given. */
  readonly opening?: string | undefined;
  /** The text of a `.tlog-proof` of the certificate. */
  readonly proof?: string | undefined;
}

type Judgement = Omit<CertificateCheck, "name">;

/** Judges a certificate. What is wrong with the documents is never thrown, always reported. */
export function judgeCertificate(request: JudgeRequest): CertificateVerification {
  const text = readText(request.bytes);
  const document = text === undefined ? undefined : readDocument(text);
  if (text === undefined || document === undefined) {
    const detail =
      "this is not a certificate: not JSON in UTF-8, or a member is missing or unknown";
    return { ok: false, checks: [{ name: "document", outcome: "failed", detail }] };
  }
  const { request: of, client } = document;
  const checks: CertificateCheck[] = [
    {
      name: "document",
      ...passed(`request ${of.id} to ${of.right} data of a customer of ${client}`),
    },
    { name: "layout", ...judgeLayout(document, text) },
    { name: "signature", ...judgeSignature(document) },
    { name: "key", ...judgeKey(document, request.publicKey) },
    { name: "subject", ...judgeSubject(document, request.opening) },
    { name: "ledger", ...judgeLedger(document, request) },
    { name: "complete", ...judgeCompleteness(document) },
  ];
  const ok = checks.every(({ outcome }) => outcome !== "failed");
  return { ok, checks, certificate: document };
}

function passed(detail: string): Judgement {
  return { outcome: "passed", detail };
}

function failed(detail: string): Judgement {
  return { outcome: "failed", detail };
}

function skipped(detail: string): Judgement {
  return { outcome: "skipped", detail };
}

function readText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Not UTF-8: reported as no certificate.
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: reported as not being what it should be.
    return undefined;
  }
}

function readDocument(text: string): Certificate | undefined {
  return certificateSchema.safeParse(parseJson(text)).data;
}

function judgeLayout(document: Certificate, text: string): Judgement {
  return readableJson(document satisfies JsonValue) === text
    ? passed("the bytes are in the one layout there is")
    : failed("the bytes are not in the layout of a certificate: it was written anew");
}

function judgeSignature(document: Certificate): Judgement {
  const { value, ...signature } = document.signature;
  const signed = canonicalJson({ ...document, signature } satisfies JsonValue);
  return verifyEd25519(signed, signature.publicKey, value)
    ? passed("the signature fits the document")
    : failed("the signature does not fit the document: it was changed after it was signed");
}

function judgeKey({ signature }: Certificate, trusted: string | undefined): Judgement {
  const raw = strictBase64(signature.publicKey);
  if (raw === undefined || keyIdOf(raw) !== signature.keyId) {
    return failed("keyId is not that of the key in the document");
  }
  if (trusted === undefined) {
    return skipped("no key was given that is known from elsewhere: anybody may have signed");
  }
  return trusted === signature.publicKey
    ? passed(`signed by the key ${signature.keyId}`)
    : failed("signed by another key than the one given");
}

function judgeSubject({ subject, request }: Certificate, text: string | undefined): Judgement {
  if (text === undefined) {
    return skipped("no opening was given: it does not show whom the certificate is about");
  }
  const opened = openingSchema.safeParse(parseJson(text)).data;
  if (opened === undefined || readableJson(opened satisfies JsonValue) !== text) {
    return failed("the opening is not one, or not in the layout of one");
  }
  const leaf = recordLeaf(bytesOfHex(opened.key), canonicalJson(opened.statement));
  return hexOf(leaf) === subject.commitment && opened.request === request.id
    ? passed("the certificate is about the customer whom the opening names")
    : failed("the certificate is about somebody else than the opening names");
}

function judgeLedger(
  document: Certificate,
  { bytes, proof, publicKey }: Pick<JudgeRequest, "bytes" | "proof" | "publicKey">,
): Judgement {
  if (proof === undefined) {
    return skipped("no proof was given that the certificate is in the ledger");
  }
  const trust = {
    publicKey: publicKey ?? document.signature.publicKey,
    witnesses: [],
    quorum: 0,
  };
  const { checks, checkpoint, entry, index } = verifyLedgerFile(proof, trust);
  const problem = checks.find(({ outcome }) => outcome === "failed");
  if (problem !== undefined) {
    return failed(problem.detail);
  }
  const origin = checkpoint?.origin ?? "";
  const tells = entry?.kind === "certificate-issued" && entry.certificate === hexOf(sha256(bytes));
  return tells && origin.endsWith(`/${document.client}`)
    ? passed(`entry ${index} of the ledger ${origin}, when it had ${checkpoint?.size}`)
    : failed("the proof is of something else: not of this certificate as it is");
}

function judgeCompleteness({ complete, obligations }: Certificate): Judgement {
  const left = obligations.filter(({ state }) => state !== "acknowledged" && state !== "waived");
  if (complete !== (left.length === 0)) {
    return failed("the document says otherwise than its obligations");
  }
  return complete
    ? passed("nothing is left to be done by anybody")
    : skipped(
        `${left.length} of ${obligations.length} recipients had not answered when it was issued`,
      );
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, place) =>
    Number.parseInt(hex.slice(2 * place, 2 * place + 2), 16),
  );
}
