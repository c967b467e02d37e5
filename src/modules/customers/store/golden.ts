/**
 * Golden rows: written from their only record, or recomputed from several, with the history of every
 * field that changes and an entry in the change log.
 */
import { quoteIdent, type SqlValue } from "../../../platform/postgres/index.ts";
import { hasSealedFields } from "../../contracts/index.ts";
import {
  columnList,
  comparableList,
  type EntityDataset,
  type LineRange,
  type MergeContext,
} from "./merge-context.ts";
import { type Differences, recordDifferences } from "./differences.ts";
import { stagedLine } from "./stage-match.ts";
import { goldenRowsQuery } from "./survivorship.ts";

/** Customers concern themselves; accounts concern no single customer. */
function customerOf(dataset: EntityDataset): string {
  return dataset.kind === "customer" ? "_id" : "null::bigint";
}

/** The golden rows that one new line each creates. */
export async function createFromLines(
  context: MergeContext,
  dataset: EntityDataset,
  range: LineRange,
): Promise<void> {
  await context.tx.run(
    `insert into ${quoteIdent(dataset.name)} (_id, _version, _created_at, _updated_at, ${columnList(dataset)})
     select m.id, 1, $1, $1, ${columnList(dataset, "s")}
       from _match m join ${quoteIdent(context.stage)} s on s._line = m.line
      where m.alone and m.outcome = 'new' and s._line between $2 and $3`,
    [context.at, range.from, range.to],
  );
  await context.tx.run(
    `insert into _change_buffer (kind, dataset, row_id, customer)
     select $1::_change_kind, $2, id, ${dataset.kind === "customer" ? "id" : "null::bigint"}
       from _match where alone and outcome = 'new'`,
    [`${dataset.kind}-created`, dataset.name],
  );
}

/** The golden rows that one changed line each is all of. Their changes are recorded with the line's record. */
export async function updateFromLines(
  context: MergeContext,
  dataset: EntityDataset,
): Promise<void> {
  const source = `(select m.id as _id, ${columnList(dataset, "s")}
              from _match m join ${quoteIdent(context.stage)} s on ${stagedLine("s")}
             where m.alone and m.outcome = 'changed')`;
  await context.tx.run(updateGolden(dataset, { source, at: "$1" }), [context.at]);
}

/**
 * Recomputes the golden rows that lines of the present match have touched otherwise; rows whose values stay
 * what they were are left alone.
 * @param isNew lines are new: golden rows that several of them make together do not exist yet
 */
export async function recomputeTouched(
  context: MergeContext,
  dataset: EntityDataset,
  { isNew }: { readonly isNew: boolean },
): Promise<void> {
  const { tx } = context;
  const { touched } = await tx.row<{ touched: boolean }>(
    "select exists (select 1 from _match where not alone and outcome <> 'same') as touched",
  );
  if (!touched) {
    return;
  }
  const ids = "select id from _match where not alone and outcome <> 'same'";
  await tx.run("drop table if exists pg_temp._golden");
  await tx.run(`create temporary table _golden on commit drop as ${goldenRowsQuery(dataset, ids)}`);
  await tx.run("analyze _golden");
  await recordDifferences(tx, goldenDifferences(dataset, "_golden"));
  await tx.run(updateGolden(dataset, { source: "_golden", at: "$1" }), [context.at]);
  if (isNew) {
    await insertMissing(context, dataset);
  }
}

/** What golden rows that exist will differ in from recomputed ones. @param source where those stand */
export function goldenDifferences(dataset: EntityDataset, source: string): Differences {
  return {
    dataset: dataset.name,
    fields: dataset.fields,
    kind: `${dataset.kind}-changed`,
    pairs: `${quoteIdent(dataset.name)} old join ${source} new on new._id = old._id`,
    rowId: "new._id",
    customer: dataset.kind === "customer" ? "new._id" : "null::bigint",
  };
}

/**
 * Changes golden rows that exist and differ. A sealed value that is the same under the key of another
 * record is taken over too, without a new version: the row must not hang on the key of a record that is
 * no longer its own, which may be destroyed.
 * @param at the parameter that holds the time
 */
export function updateGolden(
  dataset: EntityDataset,
  { source, at }: { readonly source: string; readonly at: string },
): string {
  const assignments = dataset.fields.map(
    (field) => `${quoteIdent(field.name)} = new.${quoteIdent(field.name)}`,
  );
  const { version, updatedAt } = hasSealedFields(dataset)
    ? versionIfOther(dataset, at)
    : { version: "old._version + 1", updatedAt: at };
  return `update ${quoteIdent(dataset.name)} old
        set _version = ${version}, _updated_at = ${updatedAt}, ${assignments.join(", ")}
       from ${source} new
      where new._id = old._id
        and (${columnList(dataset, "new")}) is distinct from (${columnList(dataset, "old")})`;
}

function versionIfOther(
  dataset: EntityDataset,
  at: string,
): { readonly version: string; readonly updatedAt: string } {
  const isOther = `(${comparableList(dataset, "new")}) is distinct from (${comparableList(dataset, "old")})`;
  return {
    version: `old._version + (${isOther})::integer`,
    updatedAt: `case when ${isOther} then ${at} else old._updated_at end`,
  };
}

async function insertMissing(context: MergeContext, dataset: EntityDataset): Promise<void> {
  const golden = quoteIdent(dataset.name);
  const values: SqlValue[] = [context.at, `${dataset.kind}-created`, dataset.name];
  await context.tx.run(
    `with created as (
       insert into ${golden} (_id, _version, _created_at, _updated_at, ${columnList(dataset)})
       select new._id, 1, $1, $1, ${columnList(dataset, "new")}
         from _golden new
        where not exists (select 1 from ${golden} old where old._id = new._id)
        order by new._id
       returning _id
     )
     insert into _change_buffer (kind, dataset, row_id, customer)
     select $2::_change_kind, $3, _id, ${customerOf(dataset)} from created`,
    values,
  );
}
