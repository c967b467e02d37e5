/** What a ledger tells of data that was seen or left. */
import { z } from "zod";
import { asked, common, count, fieldsByForm, name, sha256 } from "./parts.ts";

/**
 * A waybill was signed, and its delivery is about to be handed over. `about`: the waybill's id. Whether it
 * arrived is not told: an entry can only be written before, and may say too much but never too little.
 */
const deliverySealed = z.strictObject({
  ...common,
  kind: z.literal("delivery-sealed"),
  about: name,
  /** SHA-256 of the bytes of the waybill's file. */
  waybill: sha256,
});

/** By what a person came to see something. */
const act = z.enum([
  "show",
  "search",
  "members",
  "explain",
  "review",
  "quarantine",
  "preview",
  "disclosures",
  "rights",
]);

/** A person was shown something of a customer. `about`: the commitment to the customer. */
const customerShown = z.strictObject({
  ...common,
  kind: z.literal("customer-shown"),
  about: sha256,
  access: z.strictObject({ ...asked, act, fields: fieldsByForm }),
});

/**
 * A person asked for customers, whether any were found or not. `about`: the recipient as which, as
 * `recipient care-team`. What was shown of each stands in an entry of its own.
 */
const customersSearched = z.strictObject({
  ...common,
  kind: z.literal("customers-searched"),
  about: name,
  access: z.strictObject({
    ...asked,
    act,
    /** The names of the fields that were searched by. */
    by: z.array(name).max(1_000),
    found: count,
  }),
});

/** A recipient was given a login of its own, which sees its rows and forms. `about`: `view NAME`. */
const viewGranted = z.strictObject({
  ...common,
  kind: z.literal("view-granted"),
  about: name,
  view: z.strictObject({
    ...asked,
    login: name,
    datasets: z.array(name).min(1).max(100),
    /** By dataset, under the policy of the grant; a field that differs by row stands under each of its forms. */
    fields: z.record(name, fieldsByForm).optional(),
  }),
});

/** A login was taken back. `about`: `view NAME`. */
const viewRevoked = z.strictObject({
  ...common,
  kind: z.literal("view-revoked"),
  about: name,
  view: z.strictObject({ ...asked, login: name }),
});

export const accessEntries = [
  deliverySealed,
  customerShown,
  customersSearched,
  viewGranted,
  viewRevoked,
] as const;
