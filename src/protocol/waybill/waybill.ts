/**
 * The waybill document, version 2: what a delivery held, for whom, why, and how to check it. The format
 * is public and frozen: a recipient's verifier written against it must go on working. `docs/waybill.md`
 * says in words what stands here.
 */
import { z } from "zod";

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/u, "64 lower-case hexadecimal digits");
const instant = z.iso.datetime({ precision: 3 });
const country = z.string().regex(/^[A-Z]{2}$/u, "an ISO 3166-1 alpha-2 code");
/** Well-formed, since a lone surrogate has no canonical form (RFC 8785 §3.2.2.2). */
export const wellFormed = z
  .string()
  .refine((value) => value.isWellFormed(), "not well-formed Unicode");
const text = wellFormed.min(1).max(500);
const timeZone = z.string().refine(isTimeZone, "an IANA time zone");
export const fieldName = z.string().regex(/^[a-z][a-z0-9_]{0,58}$/u, "a field name");

/** ISO 8601 durations of whole units: `P30D`, `P1Y6M`, `PT12H`. */
export const isoDuration = z
  .string()
  .regex(
    /^P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?$/u,
    "an ISO 8601 duration such as P30D",
  );

/** Article 6(1) of the GDPR, (a) to (f). */
export const legalBasis = z.enum([
  "consent",
  "contract",
  "legal-obligation",
  "vital-interests",
  "public-task",
  "legitimate-interests",
]);

/** What makes a transfer to another jurisdiction lawful (GDPR chapter V). */
export const transferMechanism = z.enum(["none-needed", "adequacy", "scc", "bcr", "consent"]);

export const recipientKind = z.enum(["system", "partner", "team", "person"]);

/** `file`: written where the person who asked for an export said. */
export const destinationKind = z.enum(["folder", "webhook", "file"]);

export const payloadFormat = z.enum(["csv", "jsonl", "parquet", "webhook"]);

/** The types of fields, as the contract has them; they say how a value is written in its text form. */
export const waybillFieldType = z.enum([
  "text",
  "integer",
  "decimal",
  "boolean",
  "date",
  "timestamp",
  "text-list",
  "enum",
]);

/** In which form a value can be had, the best first. */
export const fieldForm = z.enum(["clear", "partial", "bucket", "pseudonym", "absent"]);

export const waybillField = z.strictObject({
  name: fieldName,
  /** Of what left: a value that is not clear may be of another type than the field. */
  type: waybillFieldType,
  /**
   * The forms in which its values left, the best first: several, when policy gave rows different ones;
   * none, when no record left.
   */
  forms: z
    .array(fieldForm)
    .refine(isOrdered, "not the forms that occurred, each once, the best first"),
});

export const waybillSignature = z.strictObject({
  algorithm: z.literal("Ed25519"),
  /** First 16 bytes of the SHA-256 of the public key, in hex. */
  keyId: z.string().regex(/^[0-9a-f]{32}$/u, "32 lower-case hexadecimal digits"),
  /** 32 bytes in base64. Says who claims to have signed; whether to trust it is the reader's knowledge. */
  publicKey: z.base64().length(44),
  /** 64 bytes in base64, over the RFC 8785 form of the document without this member. */
  value: z.base64().length(88),
});

export const waybill = z
  .strictObject({
    version: z.literal("2"),
    waybillId: z.uuid(),
    issuedAt: instant,
    /** The firm that sent it. */
    operator: text,
    /** The key of the company whose customers these are. */
    client: text,
    contract: z.strictObject({
      id: text,
      version: text,
      sha256,
      /** IANA name: the agreement's days begin and end in it. */
      timeZone,
    }),
    /** All policies that were in force: SHA-256 over them, see docs/policy.md. */
    policy: z.strictObject({ sha256 }),
    agreement: z.strictObject({ id: text, version: text, from: z.iso.date(), until: z.iso.date() }),
    /** A fideslang data use key. */
    purpose: text,
    legalBasis,
    recipient: z.strictObject({ name: text, kind: recipientKind, jurisdiction: country }),
    transferMechanism,
    /** Left out when a person asked for it by hand. */
    route: z.strictObject({ name: text, version: z.int().positive() }).optional(),
    destination: z.strictObject({ name: text, kind: destinationKind }),
    /** The instant for which the customers were chosen. */
    asOf: instant,
    /** Of a stream: what happened from one instant up to another, and which window of the route it is. */
    window: z.strictObject({ from: instant, to: instant, sequence: z.int().positive() }).optional(),
    /** Exactly the fields that left, in the payload's order. */
    fields: z.array(waybillField).min(1),
    payload: z.strictObject({
      /** The file's name; for a webhook the name under which its bodies can be kept. */
      file: text.regex(/^[^/\\\0]+$/u, "a file name without a folder"),
      format: payloadFormat,
      bytes: z.int().nonnegative(),
      sha256,
    }),
    records: z.strictObject({
      count: z.int().nonnegative(),
      /** Merkle root over the salted commitments to the records, in the payload's order. */
      root: sha256,
      algorithm: z.literal("RFC6962-SHA256/AES256-salted"),
    }),
    customers: z.strictObject({
      /** Of how many different customers the records are. */
      count: z.int().nonnegative(),
      /** Merkle root over the salted commitments to the gaps between the customers. */
      root: sha256,
    }),
    /** Exact sums over all records; missing values count as nothing. */
    totals: z.record(fieldName, z.string().regex(/^-?\d+(?:\.\d+)?$/u, "an exact decimal")),
    /** How long the recipient may keep it. */
    retention: isoDuration,
    /** How soon the recipient must act on an erasure. */
    erasureWithin: isoDuration,
    signature: waybillSignature,
  })
  .refine(({ records, customers }) => customers.count <= records.count, {
    path: ["customers", "count"],
    message: "more customers than records",
  })
  .refine(({ window }) => window === undefined || window.from <= window.to, {
    path: ["window", "to"],
    message: "the window ends before it begins",
  })
  .superRefine(({ totals, fields }, context) => {
    for (const name of Object.keys(totals)) {
      const type = fields.find((field) => field.name === name)?.type;
      if (type !== "integer" && type !== "decimal") {
        context.addIssue({
          code: "custom",
          path: ["totals", name],
          message: "not a number among the fields",
        });
      }
    }
  });

export type Waybill = z.infer<typeof waybill>;

/** A waybill before its signature has a value. */
export type UnsignedWaybill = Omit<Waybill, "signature"> & {
  readonly signature: Omit<Waybill["signature"], "value">;
};

export type WaybillField = z.infer<typeof waybillField>;
export type WaybillFieldType = z.infer<typeof waybillFieldType>;
export type FieldForm = z.infer<typeof fieldForm>;
export type PayloadFormat = z.infer<typeof payloadFormat>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format() !== "";
  } catch {
    // A RangeError is how Intl says that it does not know the zone.
    return false;
  }
}

function isOrdered(forms: readonly FieldForm[]): boolean {
  const ranks = forms.map((form) => fieldForm.options.indexOf(form));
  return ranks.every((rank, at) => at === 0 || rank > (ranks[at - 1] ?? rank));
}
