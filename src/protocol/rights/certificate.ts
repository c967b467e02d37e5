/**
 * The certificate of a request, version 1: what was erased or corrected, which keys were destroyed, and
 * what each recipient has answered. It holds no personal data: the customer appears as a commitment,
 * which only the {@link Opening} given to the customer can open. docs/rights.md says it in words.
 */
import { z } from "zod";
import { count, instant, right, sha256, signature, text } from "./parts.ts";

/** How a recipient stands to what it must do. */
export const obligationState = z.enum([
  "open",
  "sent",
  "failed",
  "overdue",
  "acknowledged",
  "waived",
]);

const certifiedObligation = z.strictObject({
  id: z.uuid(),
  recipient: text,
  state: obligationState,
  due: instant,
  /** When the recipient was told. */
  sentAt: instant.optional(),
  /** When it was acknowledged, or given up. */
  settledAt: instant.optional(),
  /** SHA-256 of the notice that it was sent. */
  notice: sha256,
  /** SHA-256 of the document by which it acknowledged. */
  proof: sha256.optional(),
});

export const certificate = z.strictObject({
  version: z.literal("1"),
  certificateId: z.uuid(),
  issuedAt: instant,
  operator: text,
  client: text,
  request: z.strictObject({ id: z.uuid(), right, at: instant }),
  subject: z.strictObject({
    algorithm: z.literal("SHA-256-salted"),
    /** SHA-256(0x00 ‖ the 32 bytes of the opening's key ‖ the RFC 8785 form of its statement), in hex. */
    commitment: sha256,
  }),
  data: z.strictObject({
    /** When the transaction was committed that did it. */
    at: instant,
    /** The number of its entry in the client's change log. */
    change: z.int().positive(),
    /** Rows that went, by table; rows of a history or a quarantine among them. */
    rows: z.record(text, count),
    /** Names of keys that were destroyed: whatever was sealed under one of them, nobody can open any more. */
    keysDestroyed: count,
    /** Source keys and identifiers that are refused should they come again. */
    suppressed: count,
  }),
  obligations: z.array(certifiedObligation).max(100_000),
  /** Nothing is left to be done by anybody. */
  complete: z.boolean(),
  signature,
});

export type Certificate = z.infer<typeof certificate>;
export type UnsignedCertificate = Omit<Certificate, "signature"> & {
  readonly signature: Omit<Certificate["signature"], "value">;
};

/** What the customer is given, and nobody keeps: it shows that a certificate is about them. */
export const opening = z.strictObject({
  version: z.literal("1"),
  request: z.uuid(),
  /** Who it was: the identifiers by which the customer was known. */
  statement: z.strictObject({
    client: text,
    identifiers: z.record(text, z.string()),
  }),
  /** 32 random bytes, in hex. */
  key: sha256,
});

export type Opening = z.infer<typeof opening>;
