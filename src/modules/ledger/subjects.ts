/**
 * How a ledger names customers without holding anything about them: commitments, HMAC-SHA-256 (RFC 2104)
 * under a secret of each customer's own. Whoever has the secret can show that an entry is about a customer;
 * without it the entry is about nobody, and no list of customers helps to find out whom. The secrets come
 * from keys that erasing a customer destroys: then that is true for everybody, and the tree stays as it is.
 */
import { createHmac } from "node:crypto";
import { assert, must, RefusedError } from "../../kernel/index.ts";

const SECRET_BYTES = 32;

/** Gives the commitments to one client's customers. */
export interface Subjects {
  /**
   * The commitments to customers, 32 bytes in hex each, in the order of the customers.
   * @throws RefusedError `subject-key-destroyed` when one of them was erased
   */
  readonly commitTo: (customers: readonly bigint[]) => Promise<readonly string[]>;
}

/** Gives the secrets of customers, in their order; undefined where the key was destroyed. */
export type SubjectSecrets = (
  customers: readonly bigint[],
) => Promise<readonly (Uint8Array | undefined)[]>;

/** The commitments under secrets of 32 bytes. */
export function keyedSubjects(secretsOf: SubjectSecrets): Subjects {
  return {
    async commitTo(customers) {
      const secrets = customers.length === 0 ? [] : await secretsOf(customers);
      return customers.map((customer, place) => commitment(customer, secrets[place]));
    },
  };
}

/** The commitment to one customer, see {@link Subjects.commitTo}. */
export async function commitToOne({ commitTo }: Subjects, customer: bigint): Promise<string> {
  return must((await commitTo([customer]))[0], "each customer has a commitment");
}

function commitment(customer: bigint, secret: Uint8Array | undefined): string {
  if (secret === undefined) {
    throw new RefusedError(
      "subject-key-destroyed",
      `customer ${customer} was erased: nobody can tell any more which entries were about them`,
      [],
      { hint: "the certificate of the erasure says what was done, and is in the ledger by itself" },
    );
  }
  assert(
    secret.length === SECRET_BYTES,
    () => `the secret of a customer has ${SECRET_BYTES} bytes`,
  );
  return createHmac("sha256", secret).update(`customer ${customer}`).digest("hex");
}
