/** The files `recipients/*.yaml`: who may receive data, and what was agreed; docs/recipients.md shows one. */
import { z } from "zod";
import { isoDuration, recipientKind, transferMechanism } from "../../../protocol/waybill/index.ts";

const name = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,58}$/u,
    "must be lower-case letters, digits and hyphens, beginning with a letter",
  );
const text = z.string().trim().min(1, "must not be empty").max(500);
const key = z.string().min(1, "must not be empty").max(200);
const country = z.string().regex(/^[A-Z]{2}$/u, "must be an ISO 3166-1 alpha-2 code such as DE");

/**
 * Who acts: a way in and a name there, as the change log and the ledger name it (`cli:alice`); `*` is
 * everybody who comes that way.
 */
const member = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,30}:(?:\*|[^\s*:][^\s*]{0,99})$/u,
    "must be a way in and a name, such as cli:alice, or cli:* for everybody there",
  );

/** Whom to turn to; `for` says with what. */
const contact = z.strictObject({
  for: z.enum(["privacy", "security", "operations"]),
  name: text,
  email: z.email("must be an e-mail address"),
});

const agreement = z
  .strictObject({
    id: text,
    version: text,
    /** The first and the last day on which it is in force, where the client is. */
    from: z.iso.date(),
    until: z.iso.date(),
    /** fideslang data use keys; each covers those beneath it. */
    purposes: z.array(key).min(1, "must name at least one purpose").max(100),
    /** fideslang data category keys; each covers those beneath it. */
    categories: z.array(key).min(1, "must name at least one category").max(200),
    /** Where the recipient may keep and use the data. */
    jurisdictions: z.array(country).min(1, "must name at least one country").max(250),
    /** How long the recipient may keep it at most. */
    retention: isoDuration,
    contacts: z.array(contact).max(20).default([]),
  })
  .refine(({ from, until }) => from <= until, {
    path: ["until"],
    message: "the agreement ends before it begins",
  });

/** One file of `recipients/`. */
export const recipientSchema = z.strictObject({
  recipient: name,
  /** As waybills name it. */
  name: text,
  kind: recipientKind,
  /** Where it is: an ISO 3166-1 alpha-2 code. */
  jurisdiction: country,
  transferMechanism,
  agreement,
  /** The people and programs that act as this recipient. */
  members: z.array(member).max(1_000).default([]),
});

export type Recipient = z.infer<typeof recipientSchema>;
export type Agreement = Recipient["agreement"];
export type RecipientKind = Recipient["kind"];
export type TransferMechanism = Recipient["transferMechanism"];
