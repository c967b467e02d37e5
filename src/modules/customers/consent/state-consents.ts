import { InvalidInputError, must, NotFoundError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { customerDataset, type Catalogue, type CustomerDataset } from "../../contracts/index.ts";
import { recordInLedger, type Subjects } from "../../ledger/index.ts";
import { type ConsentStatement, statementIssues } from "./statement.ts";
import {
  insertStatements,
  logConsents,
  selectCustomers,
  selectSpeaker,
  type StatedBy,
} from "../store/consent-statements.ts";

/** Who writes statements down, and when. */
export interface Recording {
  readonly catalogue: Catalogue;
  readonly at: Date;
  readonly actor: string;
  readonly subjects: Subjects;
}

/**
 * Writes down what a customer states: it counts from the next statement on, everywhere. The change log
 * and the ledger hear of it in the same transaction. It waits for no import that is running.
 * @param customer an id, also one that was merged into another's
 * @returns whose statement it is, and whether it was new
 * @throws InvalidInputError `consent-invalid` with everything that is wrong with the statement
 * @throws NotFoundError `customer-not-found`
 */
export async function stateConsent(
  tx: Transaction,
  customer: bigint,
  recording: Recording & { readonly statement: ConsentStatement },
): Promise<{ readonly customer: bigint; readonly isNew: boolean }> {
  const { catalogue, statement, at } = recording;
  const issues = statementIssues(statement, { catalogue, now: at });
  if (issues.length > 0) {
    throw new InvalidInputError("consent-invalid", "that cannot be stated", issues);
  }
  const speaker = await findSpeaker(tx, catalogue, customer);
  const count = await writeStatements(tx, [{ ...statement, record: speaker.record }], recording);
  return { customer: speaker.customer, isNew: count > 0 };
}

/** Writes down statements that were checked. @returns how many were new */
export async function writeStatements(
  tx: Transaction,
  statements: readonly StatedBy[],
  { catalogue, at, actor, subjects }: Recording,
): Promise<number> {
  const dataset = customersOf(catalogue);
  const written = await insertStatements(tx, statements, { at, actor });
  if (written.length === 0) {
    return 0;
  }
  const records = [...new Set(written.map(({ record }) => record))];
  const origin = { at, intake: null, actor };
  // The keys of commitments lie elsewhere: they are asked for before the head of the change log is locked,
  // and once it is, only those of customers who were merged or split meanwhile.
  const commitments = await commitToAll(subjects, await selectCustomers(tx, dataset, records));
  const customers = await logConsents(tx, dataset, { records, origin });
  const moved = [...customers.values()].filter((customer) => !commitments.has(customer));
  const further = await commitToAll(subjects, moved);
  const entries = written.map((one) => {
    const { record, purpose, channel, granted, startsAt, expiresAt, proofSha256 } = one;
    const customer = must(customers.get(record), "a statement is of a record that is there");
    return {
      version: "1",
      kind: "consent-stated",
      at: at.toISOString(),
      actor,
      about: must(
        commitments.get(customer) ?? further.get(customer),
        "each customer has a commitment",
      ),
      consent: {
        purpose,
        channel,
        state: granted ? "granted" : "withdrawn",
        from: startsAt.toISOString(),
        ...(expiresAt === null ? {} : { expires: expiresAt.toISOString() }),
        ...(proofSha256 === null ? {} : { proof: proofSha256 }),
      },
    } as const;
  });
  await recordInLedger(tx, entries);
  return written.length;
}

async function commitToAll(
  { commitTo }: Subjects,
  customers: Iterable<bigint>,
): Promise<ReadonlyMap<bigint, string>> {
  const each = [...new Set(customers)];
  const commitments = await commitTo(each);
  return new Map(
    each.map((customer, place) => [
      customer,
      must(commitments[place], "each customer has a commitment"),
    ]),
  );
}

/** @throws NotFoundError `customer-not-found` */
export async function findSpeaker(
  tx: Transaction,
  catalogue: Catalogue,
  id: bigint,
): Promise<{ readonly customer: bigint; readonly record: bigint }> {
  const found = await selectSpeaker(tx, customersOf(catalogue), id);
  if (found === undefined) {
    throw new NotFoundError("customer-not-found", `no customer ${id} in ${catalogue.client}`, {
      hint: `find ids with: waybill customer search ${catalogue.client} TEXT`,
    });
  }
  return found;
}

/** @throws NotFoundError `customers-none` when the contract has no customers */
export function customersOf(catalogue: Catalogue): CustomerDataset {
  const dataset = customerDataset(catalogue);
  if (dataset === undefined) {
    throw new NotFoundError(
      "customers-none",
      `the contract of ${catalogue.client} has no customers`,
      {
        hint: "consents are of customers",
      },
    );
  }
  return dataset;
}
