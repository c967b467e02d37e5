/** What entries of several kinds say in the same words. */
import { z } from "zod";

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/u, "64 lower-case hexadecimal digits");
export const name = z.string().min(1).max(500);
export const count = z.int().nonnegative();
export const instant = z.iso.datetime({ precision: 3 });

/** The head of every entry. */
export const common = {
  version: z.literal("1"),
  /** When it happened, by the clock of who noted it. The order of the ledger is that of the numbers. */
  at: instant,
  /** Who did it: `cli:login`, `job:…`. A person of the operator, never a customer. */
  actor: name.optional(),
};

/** Who looked, and why: the recipient as which the actor asked, the purpose, and all policies in force. */
export const asked = { recipient: name, purpose: name, policy: sha256.optional() };

const names = z.array(name).min(1).max(1_000);

/** Names of fields by the form in which they were seen; fields that were absent are left out. */
export const fieldsByForm = z.strictObject({
  clear: names.optional(),
  partial: names.optional(),
  bucket: names.optional(),
  pseudonym: names.optional(),
});

/** A request of a data subject: its number, and the right that is used. */
export const rightsRequest = z.strictObject({
  id: name,
  right: z.enum(["erase", "correct", "access", "restrict"]),
});
