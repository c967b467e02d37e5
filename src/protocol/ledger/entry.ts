/**
 * What a ledger can tell, version 1. The catalogue of kinds is closed and every entry is strict, so that
 * nothing reaches the ledger that nobody thought about: it can never be taken out again. `docs/ledger.md`
 * says in words what stands here.
 *
 * No entry holds personal data of a customer: customers appear as commitments only.
 */
import { z } from "zod";

/** An entry stands in a bundle behind a length of two bytes (tlog-tiles, "Log entries"). */
export const LONGEST_ENTRY_BYTES = 65_535;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/u, "64 lower-case hexadecimal digits");
const name = z.string().min(1);

const common = {
  version: z.literal("1"),
  /** When it happened, by the clock of who noted it. The order of the ledger is that of the numbers. */
  at: z.iso.datetime({ precision: 3 }),
  /** Who did it: `cli:login`, `job:…`. A person of the operator, never a customer. */
  actor: name.optional(),
};

/** A contract was put in force. `about`: `contract`. */
const contractApplied = z.strictObject({
  ...common,
  kind: z.literal("contract-applied"),
  about: z.literal("contract"),
  contract: z.strictObject({ id: name, version: name, sha256 }),
});

/** A definition was put in force, or taken out of it. `about`: its kind and name, as `route weekly`. */
const definitionApplied = z.strictObject({
  ...common,
  kind: z.literal("definition-applied"),
  about: name,
  definition: z.strictObject({
    kind: name,
    name,
    version: z.int().positive(),
    /** Absent when the definition was removed. */
    sha256: sha256.optional(),
  }),
});

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

/** A person was shown everything that is known of a customer. `about`: the commitment to the customer. */
const customerShown = z.strictObject({
  ...common,
  kind: z.literal("customer-shown"),
  about: sha256,
});

/** One entry of a ledger. */
export const ledgerEntry = z.discriminatedUnion("kind", [
  contractApplied,
  definitionApplied,
  deliverySealed,
  customerShown,
]);

export type LedgerEntry = z.infer<typeof ledgerEntry>;
