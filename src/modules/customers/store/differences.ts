/** Writes down what is about to change: one entry of the change log per row, one of the history per field. */
import { quoteIdent, type SqlValue, type Transaction } from "../../../platform/postgres/index.ts";
import { comparable, type Field } from "../../contracts/index.ts";
import { BUFFERED, type ChangeKind, type ChangeSink } from "./change-log.ts";
import { comparableList } from "./merge-context.ts";

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

/** Parts of a statement that logs differences. */
export interface DifferencesSql {
  /** Common table expressions; the last is `entries`. */
  readonly entries: string;
  /** Inserts the history of `entries`. */
  readonly history: string;
  /** `kind`, dataset and the names of fields: the parameters from `first` on. */
  readonly values: readonly SqlValue[];
}

/**
 * Compares before the change is made. Rows without a difference leave nothing behind; rows are compared
 * as a whole first, so that only those that differ are taken apart into fields.
 * @param first the number of the first parameter
 */
export function differencesSql(
  differences: Differences,
  { sink, first }: { readonly sink: ChangeSink; readonly first: number },
): DifferencesSql {
  const { dataset, fields, kind, pairs, rowId, customer } = differences;
  const [kindAt, datasetAt, fieldsAt] = [`$${first}`, `$${first + 1}`, `$${first + 2}::text[]`];
  const texts = fields.map((field, index) => {
    const column = quoteIdent(field.name);
    const [before, after] = [`old.${column}::text`, `new.${column}::text`];
    const values = field.sealed === true ? ifOther(field, [before, after]) : [before, after];
    return `((${fieldsAt})[${index + 1}], ${values.join(", ")})`;
  });
  return {
    entries: `different as materialized (
       select ${rowId} as row_id, ${customer} as customer, each.field, each.before, each.after
         from ${pairs}
        cross join lateral (values ${texts.join(", ")}) each (field, before, after)
        where (${comparableList({ fields }, "old")}) is distinct from (${comparableList({ fields }, "new")})
          and each.before is distinct from each.after
     ), noted as (
       select ${kindAt}::_change_kind as kind, ${datasetAt}::text as dataset, row_id, customer,
              array_agg(field order by array_position(${fieldsAt}, field)) as fields
         from different
        group by row_id, customer
     ), ${sink.entries}`,
    history: `insert into ${sink.history}
     select entries.change, ${datasetAt}, different.row_id, different.field, different.before, different.after
       from different join entries on entries.row_id = different.row_id`,
    values: [kind, dataset, fields.map((field) => field.name)],
  };
}

/** The same value, sealed under the key of another record, is no other value: both are told as nothing. */
function ifOther(field: Field, texts: readonly string[]): string[] {
  const isOther = `${comparable(field, "old")} is distinct from ${comparable(field, "new")}`;
  return texts.map((text) => `case when ${isOther} then ${text} end`);
}

/** Logs differences in a statement of their own. The caller makes the change in the next. */
export async function recordDifferences(tx: Transaction, differences: Differences): Promise<void> {
  const { entries, history, values } = differencesSql(differences, { sink: BUFFERED, first: 1 });
  await tx.run(`with ${entries} ${history}`, values);
}
