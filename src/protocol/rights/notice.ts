/**
 * A notice, version 1: what a recipient is told to do about a customer whose data it was sent. It names
 * the customer by what the recipient knows, and says no more.
 */
import { z } from "zod";
import { instant, right, signature, text } from "./parts.ts";

const fieldName = z.string().regex(/^[a-z][a-z0-9_]{0,58}$/u, "a field name");
const values = z.array(z.string()).min(1).max(100);

export const notice = z.strictObject({
  version: z.literal("1"),
  /** Also the idempotency key: the same notice may come more than once. */
  noticeId: z.uuid(),
  kind: right,
  request: z.uuid(),
  issuedAt: instant,
  operator: text,
  client: text,
  recipient: text,
  /** By when it must be done. */
  due: instant,
  customer: z.strictObject({
    /** Identifying fields as the recipient was sent them in clear: every value it may know. */
    clear: z.record(fieldName, values).optional(),
    /** The same of fields that it was sent as pseudonyms, where it knows nothing clearer. */
    pseudonym: z.record(fieldName, values).optional(),
    /** Where nothing identifies: the place of the customer's record in deliveries, from 0. */
    records: z
      .array(z.strictObject({ waybillId: z.uuid(), record: z.int().nonnegative() }))
      .max(1000)
      .optional(),
  }),
  /** The fields that are to be erased or were corrected, of those that the recipient was sent. */
  fields: z.array(fieldName).min(1).max(10_000),
  /** The newest deliveries with the customer, newest first. */
  waybills: z.array(z.uuid()).max(100),
  signature,
});

export type Notice = z.infer<typeof notice>;
export type UnsignedNotice = Omit<Notice, "signature"> & {
  readonly signature: Omit<Notice["signature"], "value">;
};
