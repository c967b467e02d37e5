/**
 * Sealed fields: their values are encrypted under a key of the person they are about, and stored with a
 * blind index by which equal values can be found. What that allows is equality and nothing else, so a
 * contract that asks for more of a sealed field is refused where it does.
 */
import type { Dataset, Reference } from "./catalogue.ts";
import { findField } from "./catalogue.ts";
import { coversKey } from "./fideslang.ts";

/**
 * The data categories that are sealed when a contract says nothing else: what does harm by itself when a
 * disk or a backup is lost. A category stands for those below it too, so genetic data are among health
 * data, and passwords and credentials among authorization.
 */
export const SEALED_CATEGORIES: readonly string[] = [
  "user.authorization",
  "user.biometric",
  "user.financial.bank_account",
  "user.financial.credit_card",
  "user.government_id",
  "user.health_and_medical",
];

/** Whether a category is one of `sealed`, or stands below one. */
export function isSealedCategory(category: string | undefined, sealed: readonly string[]): boolean {
  return category !== undefined && sealed.some((above) => coversKey(above, category));
}

/** Whether any field of a dataset is sealed: its hashes are then keyed, and its quarantine is sealed. */
export function hasSealedFields({ fields }: Dataset): boolean {
  return fields.some(({ sealed }) => sealed === true);
}

/** The place that the blind index of a field's values speaks of. */
export interface IndexedPlace {
  readonly dataset: string;
  readonly field: string;
  /** Within what equal values look equal; undefined: everywhere in the field. */
  readonly equality?: "subject" | undefined;
}

/**
 * Where the values of a sealed field count as values of: a field that refers to another is indexed as
 * that one, so that the two compare; every other field as itself, so that nothing else does.
 */
export function indexedAs(dataset: Dataset, field: string): IndexedPlace {
  const reference = referenceOf(dataset);
  if (reference?.field === field) {
    return { dataset: reference.dataset, field: reference.target };
  }
  const { equality } = findField(dataset, field) ?? {};
  return { dataset: dataset.name, field, ...(equality === undefined ? {} : { equality }) };
}

/** The reference of an event to its customer, or of a customer to its account. */
export function referenceOf(dataset: Dataset): Reference | undefined {
  switch (dataset.kind) {
    case "event":
      return dataset.subject;
    case "customer":
      return dataset.account;
    case "account":
      return undefined;
  }
}
