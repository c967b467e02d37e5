/** Writes down what is about to change: one entry of the change log per row, one of the history per field. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import type { Field } from "../../contracts/index.ts";
import type { ChangeKind } from "./change-log.ts";

export interface Differences {
  /** The table as history names it: a dataset, or `DATASET__records`. */
  readonly dataset: string;
  readonly fields: readonly Field[];
  readonly kind: ChangeKind;
  /** A join of the row as it is, `old`, with the row as it will be, `new`. */
  readonly pairs: string;
  /** Expressions over `old` and `new`. */
  readonly rowId: string;
  readonly customer: string;
}

/**
 * Compares before the change is made. Rows without a difference leave nothing behind; rows are compared
 * as a whole first, so that only those that differ are taken apart into fields.
 */
export async function recordDifferences(tx: Transaction, differences: Differences): Promise<void> {
  const { dataset, fields, kind, pairs, rowId, customer } = differences;
  const columns = (alias: string): string =>
    fields.map((field) => `${alias}.${quoteIdent(field.name)}`).join(", ");
  const texts = fields.map((field, index) => {
    const column = quoteIdent(field.name);
    return `(($3::text[])[${index + 1}], old.${column}::text, new.${column}::text)`;
  });
  await tx.run(
    `with different as materialized (
       select ${rowId} as row_id, ${customer} as customer, each.field, each.before, each.after
         from ${pairs}
        cross join lateral (values ${texts.join(", ")}) each (field, before, after)
        where (${columns("old")}) is distinct from (${columns("new")})
          and each.before is distinct from each.after
     ), entries as (
       insert into _change_buffer (kind, dataset, row_id, customer, fields)
       select $1::_change_kind, $2, row_id, customer, array_agg(field order by array_position($3::text[], field))
         from different
        group by row_id, customer
        order by row_id
       returning ordinal, row_id
     )
     insert into _history_buffer (ordinal, dataset, row_id, field, before, after)
     select entries.ordinal, $2, different.row_id, different.field, different.before, different.after
       from different join entries on entries.row_id = different.row_id`,
    [kind, dataset, fields.map((field) => field.name)],
  );
}
