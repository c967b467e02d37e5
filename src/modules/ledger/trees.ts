/**
 * The ledger's second door: what makes commitments, and nothing that reads databases. For threads, which load
 * everything anew: with the whole ledger behind it a thread takes twice the time to begin.
 */
export { CustomerCommitments } from "./commitment/customers.ts";
export { SALT_BYTES } from "./commitment/leaf.ts";
export { SaltSequence } from "./commitment/salts.ts";
export { CompactRange } from "./merkle/compact-range.ts";
export { sha256Digest } from "./merkle/hashing.ts";
