/** Writes down what is about to change: for each row an entry of the change log, and one of the history. */
import { quoteIdent, type SqlValue, type Transaction } from "../../../platform/postgres/index.ts";
import { comparable, type Field } from "../../contracts/index.ts";
import type { ChangeKind, ChangeSink } from "./change-log.ts";
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
 * Compares before the change is made, and logs at once.
 * @param first the number of the first parameter
 */
export function differencesSql(
  differences: Differences,
  { sink, first }: { readonly sink: ChangeSink; readonly first: number },
): DifferencesSql {
  return {
    entries: `noted as materialized (${notedSql(differences, first)}), ${sink.entries}`,
    history: `insert into ${sink.history}
     select entries.change, noted.dataset, noted.row_id, noted.fields, noted.befores, noted.afters
       from noted
       join entries on entries.row_id = noted.row_id`,
    values: notedValues(differences),
  };
}

/** Collects differences in the change buffer. The caller makes the change in the next statement. */
export async function recordDifferences(tx: Transaction, differences: Differences): Promise<void> {
  await tx.run(
    `insert into _change_buffer (kind, dataset, row_id, customer, fields, befores, afters)
     ${notedSql(differences, 1)} order by row_id`,
    notedValues(differences),
  );
}

/** Rows that are made of nothing but the compared ones, and so differ in the same. */
export interface Echo extends Pick<Differences, "dataset" | "kind"> {
  /** An expression over `old` and `new`: the other row, null where it is made of more. */
  readonly rowId: string;
}

/** The same for rows and those made of them alone, which need no comparison of their own. */
export async function recordEchoed(
  tx: Transaction,
  differences: Differences,
  { dataset, kind, rowId }: Echo,
): Promise<void> {
  const values = notedValues(differences);
  await tx.run(
    `with noted as materialized (${notedSql(differences, 1, `, ${rowId} as echo`)} order by row_id)
     insert into _change_buffer (kind, dataset, row_id, customer, fields, befores, afters)
     select kind, dataset, row_id, customer, fields, befores, afters from noted
      union all
     select $${values.length + 1}::_change_kind, $${values.length + 2}, echo, customer, fields, befores, afters
       from noted where echo is not null`,
    [...values, kind, dataset],
  );
}

/**
 * One row for each that differs: `kind, dataset, row_id, customer`, and three lists of equal length, of the
 * fields that differ, what they are and what they will be. Values are cast to text only where they differ;
 * a row for each field, gathered again, took five times as long.
 * @param more further columns
 */
function notedSql(
  { fields, pairs, rowId, customer }: Differences,
  first: number,
  more = "",
): string {
  const names = `($${first + 2}::text[])`;
  const listed = (item: (field: Field, index: number) => string): string =>
    fields
      .map(
        (field, index) =>
          `case when ${comparable(field, "old")} is distinct from ${comparable(field, "new")} then array[${item(field, index)}] end`,
      )
      .join(" || ");
  return `select $${first}::_change_kind as kind, $${first + 1}::text as dataset, ${rowId} as row_id,
            ${customer} as customer,
            ${listed((_, index) => `${names}[${index + 1}]`)} as fields,
            ${listed(({ name }) => `old.${quoteIdent(name)}::text`)} as befores,
            ${listed(({ name }) => `new.${quoteIdent(name)}::text`)} as afters${more}
       from ${pairs}
      where (${comparableList({ fields }, "old")}) is distinct from (${comparableList({ fields }, "new")})`;
}

function notedValues({ kind, dataset, fields }: Differences): readonly SqlValue[] {
  return [kind, dataset, fields.map(({ name }) => name)];
}
