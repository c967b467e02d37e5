/** Names customers in a test's ledger by their numbers, without keys. */
import type { Subjects } from "../../src/modules/ledger/index.ts";

export const plainSubjects: Subjects = {
  commitTo: (customers) =>
    Promise.resolve(customers.map((customer) => customer.toString(16).padStart(64, "0"))),
};
