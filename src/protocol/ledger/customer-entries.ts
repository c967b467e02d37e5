/** What a ledger tells of what people and rules have decided about customers, and of customers' rights. */
import { z } from "zod";
import { common, count, instant, name, rightsRequest, sha256 } from "./parts.ts";

/** What a customer, or who speaks for one, has said about a use. `about`: the commitment to the customer. */
const consentStated = z.strictObject({
  ...common,
  kind: z.literal("consent-stated"),
  about: sha256,
  consent: z.strictObject({
    purpose: name,
    channel: name,
    state: z.enum(["granted", "withdrawn"]),
    /** From when it holds. */
    from: instant.optional(),
    /** When it ends by itself. */
    expires: instant.optional(),
    /** SHA-256 of the proof that is kept elsewhere. */
    proof: sha256.optional(),
  }),
});

/**
 * A person has judged whether records are of the same customer. `about`: the commitment to a customer that
 * the records belonged to before; each of them has an entry.
 */
const judgementGiven = z.strictObject({
  ...common,
  kind: z.literal("judgement-given"),
  about: sha256,
  judgement: z.strictObject({
    dataset: name,
    /** `withdrawn`: what was said before is taken back. */
    verdict: z.enum(["same", "different", "unsure", "withdrawn"]),
    /** How many pairs of records. */
    pairs: z.int().positive(),
  }),
});

/** Records were grouped into customers anew. `about`: `resolution DATASET`. */
const resolutionApplied = z.strictObject({
  ...common,
  kind: z.literal("resolution-applied"),
  about: name,
  resolution: z.strictObject({
    /** `all` records, those that `changed`, or those that a person's `judgement` reached. */
    scope: z.enum(["all", "changed", "judgement"]),
    /** The number of the model; absent where only rules and persons decided. */
    model: z.int().positive().optional(),
    /** Records that have another customer than before. */
    moved: count,
    /** Customers that there were not before, and that there are not any more. */
    created: count,
    retired: count,
  }),
});

/** A customer was put into a segment or kept out of it by hand. `about`: the commitment to the customer. */
const customerPinned = z.strictObject({
  ...common,
  kind: z.literal("customer-pinned"),
  about: sha256,
  pin: z.strictObject({
    segment: name,
    /** `none`: the pin was taken out. */
    state: z.enum(["in", "out", "none"]),
    until: instant.optional(),
  }),
});

/** A customer has used a right. `about`: the commitment to the customer. */
const rightRequested = z.strictObject({
  ...common,
  kind: z.literal("right-requested"),
  about: sha256,
  request: rightsRequest,
});

/** Everything that was held of a customer is gone. `about`: the commitment to the customer. */
const customerErased = z.strictObject({
  ...common,
  kind: z.literal("customer-erased"),
  about: sha256,
  request: name,
});

/** A customer that was erased may come in again. `about`: `request ID`, of the request that asked for the erasure. */
const suppressionLifted = z.strictObject({
  ...common,
  kind: z.literal("suppression-lifted"),
  about: name,
  request: name,
});

/** A recipient owes something to a customer who has used a right. `about`: `obligation ID`. */
const obligationChanged = z.strictObject({
  ...common,
  kind: z.literal("obligation-changed"),
  about: name,
  obligation: z.strictObject({
    id: name,
    request: name,
    recipient: name,
    right: z.enum(["erase", "correct", "restrict"]),
    state: z.enum(["open", "sent", "acknowledged", "failed", "overdue", "waived"]),
    due: instant.optional(),
    /** SHA-256 of what the recipient has answered with. */
    proof: sha256.optional(),
  }),
});

/** It was certified how a request was fulfilled. `about`: `request ID`. */
const certificateIssued = z.strictObject({
  ...common,
  kind: z.literal("certificate-issued"),
  about: name,
  /** SHA-256 of the bytes of the certificate's file. */
  certificate: sha256,
});

export const customerEntries = [
  consentStated,
  judgementGiven,
  resolutionApplied,
  customerPinned,
  rightRequested,
  customerErased,
  suppressionLifted,
  obligationChanged,
  certificateIssued,
] as const;
