/** What shows something of one delivery to somebody who holds its waybill, and nothing else of it. */
import { z } from "zod";
import { fieldName, sha256, wellFormed } from "./waybill.ts";

/** RFC 9162 inclusion proof, hashes in hex from the leaf up. A tree that can be counted is no higher. */
const proof = z.array(sha256).max(63);

/**
 * Opens one record: that it left, and nothing about the others. Values are in their text forms
 * (docs/waybill.md).
 */
export const recordReceipt = z.strictObject({
  waybillId: z.uuid(),
  index: z.int().nonnegative(),
  /** 32 bytes in hex. */
  salt: sha256,
  record: z.record(fieldName, z.union([wellFormed, z.null(), z.array(wellFormed)])),
  proof,
});

/** A customer's number; as text, since a number of JSON would not hold every one exactly. */
const customerId = z.string().regex(/^[1-9]\d{0,18}$/u, "a customer's number");

/**
 * Opens one gap between the customers of a delivery. It shows that no customer of a number in between was
 * in the delivery, and that those at its ends were. It does not name whom it was asked for: it would show
 * the same of others, and nothing in a receipt may be altered without its being noticed.
 */
export const customerReceipt = z.strictObject({
  waybillId: z.uuid(),
  gap: z.strictObject({
    /** The customer before the gap; left out before the first. */
    after: customerId.optional(),
    /** The customer behind it; left out behind the last. */
    before: customerId.optional(),
  }),
  /** Which gap it is, from 0. */
  index: z.int().nonnegative(),
  /** 32 bytes in hex. */
  salt: sha256,
  proof,
});

export type RecordReceipt = z.infer<typeof recordReceipt>;
export type CustomerReceipt = z.infer<typeof customerReceipt>;
