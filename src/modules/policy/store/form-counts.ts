/** Counts rows by the form in which a recipient has a field before and after a change. */
import { quoteIdent } from "../../../platform/postgres/index.ts";
import type { SqlValue, Transaction } from "../../../platform/postgres/index.ts";
import { customerDataset } from "../../contracts/index.ts";
import type { Catalogue, Dataset } from "../../contracts/index.ts";
import type { Access, AccessTarget } from "../access.ts";
import { formOfRank } from "../forms/form.ts";
import type { Form } from "../forms/form.ts";

export interface FormComparison {
  /** As it is in the database. */
  readonly catalogue: Catalogue;
  readonly dataset: Dataset;
  readonly fields: readonly string[];
  /** Undefined: nothing is had. */
  readonly before: Access | undefined;
  readonly after: Access | undefined;
}

export interface FormChange {
  readonly field: string;
  readonly before: Form;
  readonly after: Form;
  readonly rows: bigint;
}

/**
 * Rows whose form of a field changes, by field and forms. The form of an event's field depends on its
 * customer alone, so customers are counted for it.
 */
export async function countForms(
  tx: Transaction,
  { catalogue, dataset, fields, before, after }: FormComparison,
): Promise<FormChange[]> {
  const counted = dataset.kind === "account" ? dataset : customerDataset(catalogue);
  if (fields.length === 0 || counted === undefined) {
    return [];
  }
  const values: SqlValue[] = [];
  const parameters = {
    add(value: SqlValue, type: string): string {
      values.push(value);
      return `$${values.length}::${type}`;
    },
  };
  const target: AccessTarget =
    dataset.kind === "account"
      ? { dataset: dataset.name, row: "c", account: "c", parameters }
      : { dataset: dataset.name, row: "c", customer: "c", parameters };
  const rank = (access: Access | undefined, field: string): string =>
    access === undefined ? "0" : access.rank(target, field);
  const pairs = fields.map(
    (field) => `(${parameters.add(field, "text")}, ${rank(before, field)}, ${rank(after, field)})`,
  );
  const found = await tx.rows<{ field: string; before: number; after: number; rows: bigint }>(
    `select f.field, f.before, f.after, count(*) as rows
       from ${quoteIdent(counted.name)} c
            cross join lateral (values ${pairs.join(",\n")}) f(field, before, after)
      where f.before <> f.after
      group by f.field, f.before, f.after
      order by f.field, f.before, f.after`,
    values,
  );
  return found.map((row) => ({
    ...row,
    before: formOfRank(row.before),
    after: formOfRank(row.after),
  }));
}
