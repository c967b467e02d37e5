/**
 * What a ledger can tell, version 1. The catalogue of kinds is closed and every entry is strict, so that
 * nothing reaches the ledger that nobody thought about: it can never be taken out again. `docs/ledger.md`
 * says in words what stands here.
 *
 * No entry holds personal data of a customer: customers appear as commitments only.
 */
import { z } from "zod";
import { accessEntries } from "./access-entries.ts";
import { customerEntries } from "./customer-entries.ts";
import { ruleEntries } from "./rule-entries.ts";

/** An entry stands in a bundle behind a length of two bytes (tlog-tiles, "Log entries"). */
export const LONGEST_ENTRY_BYTES = 65_535;

/** One entry of a ledger. */
export const ledgerEntry = z.discriminatedUnion("kind", [
  ...ruleEntries,
  ...accessEntries,
  ...customerEntries,
]);

export type LedgerEntry = z.infer<typeof ledgerEntry>;
