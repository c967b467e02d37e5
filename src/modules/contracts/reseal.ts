/** What becomes of the values of fields that a new contract seals, or opens. */
import type { Transaction } from "../../platform/postgres/index.ts";
import type { Catalogue, Dataset, Field } from "./catalogue.ts";
import { findDataset, findField } from "./catalogue.ts";
import { typeChange } from "./type-change.ts";

/** A dataset of both contracts some of whose fields are sealed in one and not in the other. */
export interface ResealedDataset {
  readonly before: Dataset;
  readonly after: Dataset;
  /** As they will be. */
  readonly fields: readonly Field[];
}

/**
 * Takes values over from clear columns into sealed ones, or back. It is called in the transaction that
 * applies the contract while the old columns stand, reads them, and answers what is to be called when
 * the new ones do.
 */
export type Reseal = (
  tx: Transaction,
  change: {
    readonly before: Catalogue;
    readonly after: Catalogue;
    readonly changes: readonly ResealedDataset[];
  },
) => Promise<() => Promise<void>>;

/** The datasets with fields that are sealed or opened and keep their values. */
export function sealedFieldsThatChange(before: Catalogue, after: Catalogue): ResealedDataset[] {
  return after.datasets.flatMap((dataset) => {
    const old = findDataset(before, dataset.name);
    if (old === undefined || old.kind !== dataset.kind) {
      return [];
    }
    const fields = dataset.fields.filter((field) => {
      const was = findField(old, field.name);
      return (
        was !== undefined && was.sealed !== field.sealed && typeChange(was, field) !== "replaced"
      );
    });
    return fields.length === 0 ? [] : [{ before: old, after: dataset, fields }];
  });
}
