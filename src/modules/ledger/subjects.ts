/**
 * How a ledger names customers without holding anything about them: commitments, HMAC-SHA-256 (RFC 2104)
 * under a key of each customer's own. Whoever has the key can show that an entry is about a customer;
 * without it the entry is about nobody, and no list of customers helps to find out whom.
 */
import { createHmac, hkdfSync } from "node:crypto";
import { assert } from "../../kernel/index.ts";

const KEY_BYTES = 32;

/** Gives the commitments to one client's customers. */
export interface Subjects {
  /** The commitment to a customer: 32 bytes in hex. */
  readonly subjectCommitment: (customer: bigint) => string;
}

/**
 * The commitments under keys derived from a client's own (HKDF-SHA-256, RFC 5869).
 * @param clientKey 32 random bytes
 */
export function derivedSubjects(clientKey: Uint8Array): Subjects {
  assert(
    clientKey.length === KEY_BYTES,
    () => `the key of a client's subjects has ${KEY_BYTES} bytes`,
  );
  return {
    subjectCommitment(customer) {
      const info = `waybill subject ${customer}`;
      const key = new Uint8Array(hkdfSync("sha256", clientKey, "", info, KEY_BYTES));
      return createHmac("sha256", key).update(`customer ${customer}`).digest("hex");
    },
  };
}
