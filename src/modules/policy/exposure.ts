/** What a change of policies, recipients or contract would show that is not shown now, and to whom. */
import { coversKey } from "../contracts/index.ts";
import type { Catalogue, Dataset } from "../contracts/index.ts";
import type { SqlValue, Transaction } from "../../platform/postgres/index.ts";
import type { Access } from "./access.ts";
import type { PolicySet } from "./cedar/read-policies.ts";
import { compileAccess } from "./compile-access.ts";
import { FORMS } from "./forms/form.ts";
import type { Form } from "./forms/form.ts";
import type { Recipient } from "./recipients/recipient.ts";
import { countForms } from "./store/form-counts.ts";
import type { FormChange } from "./store/form-counts.ts";

/** One side of the comparison. */
export interface PolicyState {
  readonly catalogue: Catalogue;
  readonly set: PolicySet;
  readonly recipients: readonly Recipient[];
}

/** So many rows of which a recipient has a field in another form than before, for a purpose. */
export interface Exposure {
  readonly recipient: string;
  readonly purpose: string;
  readonly dataset: string;
  readonly field: string;
  readonly before: Form;
  readonly after: Form;
  /** Customers; of an account dataset: accounts. */
  readonly rows: bigint;
  /** More telling than before. */
  readonly isMore: boolean;
}

/**
 * Counts, with both compilations in SQL, whose fields would come in another form.
 * @param tx a transaction in the client's scope, best of one snapshot
 */
export async function exposures(
  tx: Transaction,
  states: { readonly before: PolicyState; readonly after: PolicyState },
  at: Date,
): Promise<readonly Exposure[]> {
  const { before, after } = states;
  const found: Exposure[] = [];
  for (const { recipient, purpose } of askers(before, after)) {
    const was = accessIn(before, { recipient, purpose, at });
    const willBe = accessIn(after, { recipient, purpose, at });
    for (const dataset of before.catalogue.datasets) {
      const changes = await countForms(tx, {
        ...differing(dataset, was, willBe),
        catalogue: before.catalogue,
      });
      found.push(
        ...changes.map((change) => exposure(change, { recipient, purpose, dataset: dataset.name })),
      );
    }
  }
  return found;
}

function exposure(
  { field, before, after, rows }: FormChange,
  about: Pick<Exposure, "recipient" | "purpose" | "dataset">,
): Exposure {
  const isMore = FORMS.indexOf(after) < FORMS.indexOf(before);
  return { ...about, field, before, after, rows, isMore };
}

/** Everybody who is a recipient before or after, for each purpose that the contracts have. */
function askers(
  before: PolicyState,
  after: PolicyState,
): { readonly recipient: string; readonly purpose: string }[] {
  const names = new Set([...before.recipients, ...after.recipients].map((one) => one.recipient));
  const purposes = new Set([...before.catalogue.purposes, ...after.catalogue.purposes]);
  return [...names]
    .toSorted()
    .flatMap((recipient) =>
      [...purposes]
        .filter((purpose) =>
          [...before.recipients, ...after.recipients].some(
            (one) =>
              one.recipient === recipient &&
              one.agreement.purposes.some((agreed) => coversKey(agreed, purpose)),
          ),
        )
        .map((purpose) => ({ recipient, purpose })),
    );
}

/** What a recipient has in a state; undefined when it is none there. */
function accessIn(
  { catalogue, set, recipients }: PolicyState,
  about: { readonly recipient: string; readonly purpose: string; readonly at: Date },
): Access | undefined {
  const recipient = recipients.find((one) => one.recipient === about.recipient);
  return recipient === undefined
    ? undefined
    : compileAccess({ ...about, recipient, catalogue, set, pseudonymKey: () => Buffer.alloc(32) });
}

/** The fields whose rules differ: the others have the same form on every row. */
function differing(dataset: Dataset, before: Access | undefined, after: Access | undefined) {
  const fields = dataset.fields
    .map(({ name }) => name)
    .filter((name) => spelled(dataset, before, name) !== spelled(dataset, after, name));
  return { dataset, fields, before, after };
}

/** The form of a field as text: its SQL, with the values in it. */
function spelled(dataset: Dataset, access: Access | undefined, field: string): string {
  const values: SqlValue[] = [];
  const parameters = {
    add(value: SqlValue): string {
      values.push(value);
      return `$${values.length}`;
    },
  };
  const target = { dataset: dataset.name, row: "r", customer: "c", parameters };
  return access === undefined
    ? "0"
    : `${access.rank(target, field)} ${JSON.stringify(values, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value))}`;
}
