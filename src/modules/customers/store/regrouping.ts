/**
 * Moves source records between golden rows, and lets golden rows, redirects and the change log follow.
 * Invariant: a golden row lives as long as it has records. One without is removed and leaves a redirect,
 * which follows one of the records it had: wherever that record goes, the old id leads there, and when
 * it comes back the redirect goes. So redirects need no chain, and undoing a merge undoes them too.
 */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import { recordsTable } from "../../contracts/index.ts";
import { FEW_ROWS, recomputeGolden } from "./golden.ts";
import { columnList, type EntityDataset } from "./merge-context.ts";

/**
 * The field under which the history of a golden row keeps which records came and went: their ids,
 * separated by blanks. No field of a contract begins with `_`.
 */
export const RECORDS_FIELD = "_records";

/**
 * Prepares a transaction to regroup. `_moves` has a line for each record that changes its golden row;
 * `_flows` one for each two golden rows between which records move, as the change log will tell it.
 */
export async function openMoves(tx: Transaction): Promise<void> {
  await tx.run(`
    create temporary table _moves (
      record bigint not null,
      before bigint not null,
      after  bigint not null
    ) on commit drop;
    create temporary table _flows (
      before  bigint not null,
      after   bigint not null,
      kind    text not null,
      is_gone boolean not null,
      is_born boolean not null,
      size    bigint not null,
      record  bigint not null,
      records text not null
    ) on commit drop`);
}

/** Golden ids by record, in two lists of one length. */
export interface MoveLists {
  readonly records: readonly bigint[];
  readonly ids: readonly bigint[];
}

/**
 * Fills `_moves` with those that change something.
 * @returns how many do, and how many name a record that does not exist
 */
export async function takeMoves(
  tx: Transaction,
  dataset: EntityDataset,
  { records, ids }: MoveLists,
): Promise<{ readonly moved: number; readonly missing: number }> {
  const row = await tx.row<{ moved: bigint; missing: bigint }>(
    `with wanted as materialized (
       select w.record, w.id, r._id as before
         from unnest($1::bigint[], $2::bigint[]) w (record, id)
         left join ${quoteIdent(recordsTable(dataset))} r on r._record = w.record
     ), taken as (
       insert into _moves (record, before, after)
       select record, before, id from wanted where before <> id
       returning record
     )
     select (select count(*) from taken) as moved,
            (select count(*) from wanted where before is null) as missing`,
    [records, ids],
  );
  if (row.moved > FEW_ROWS) {
    await tx.run("analyze _moves");
  }
  return { moved: Number(row.moved), missing: Number(row.missing) };
}

/** Moves the records, and golden rows and redirects after them. */
export async function moveRecords(
  tx: Transaction,
  dataset: EntityDataset,
  at: Date,
): Promise<{ readonly gone: number; readonly born: number }> {
  await tx.run(
    `update ${quoteIdent(recordsTable(dataset))} r set _id = m.after
       from _moves m where m.record = r._record`,
  );
  const ids = "select before from _moves union select after from _moves";
  await recomputeGolden(tx, dataset, { ids, at });
  const { gone, born } = await findFlows(tx, dataset);
  if (born > 0) {
    await insertBorn(tx, dataset, at);
  }
  await tx.run(
    `update _redirects d set new_id = m.after
       from _moves m where d.dataset = $1 and d.record = m.record`,
    [dataset.name],
  );
  if (gone > 0) {
    await removeGone(tx, dataset, at);
  }
  await logFlows(tx, dataset);
  return { gone, born };
}

/** Says of each flow whether the row it leaves is gone with it, and whether the row it reaches is there. */
async function findFlows(
  tx: Transaction,
  dataset: EntityDataset,
): Promise<{ readonly gone: number; readonly born: number }> {
  const row = await tx.row<{ gone: bigint; born: bigint }>(
    `with flows as (
       insert into _flows (before, after, kind, is_gone, is_born, size, record, records)
       select before, after, $1::text || case when is_gone then '-merged' when is_born then '-split' else '-regrouped' end,
              is_gone, is_born, size, record, records
         from (select f.before, f.after, f.size, f.record, f.records,
                      not exists (select 1 from _golden n where n._id = f.before) as is_gone,
                      not exists (select 1 from ${quoteIdent(dataset.name)} o where o._id = f.after) as is_born
                 from (select before, after, count(*) as size, min(record) as record,
                              string_agg(record::text, ' ' order by record) as records
                         from _moves group by before, after) f) told
       returning before, after, is_gone, is_born
     )
     select count(distinct before) filter (where is_gone) as gone,
            count(distinct after) filter (where is_born) as born
       from flows`,
    [dataset.kind],
  );
  if (row.gone + row.born > FEW_ROWS) {
    await tx.run("analyze _flows");
  }
  return { gone: Number(row.gone), born: Number(row.born) };
}

/** Creates the rows that are new, and brings those back that were merged once. */
async function insertBorn(tx: Transaction, dataset: EntityDataset, at: Date): Promise<void> {
  const golden = quoteIdent(dataset.name);
  await tx.run(
    `with back as (
       delete from _redirects d using _golden n where d.dataset = $2 and d.old_id = n._id
       returning d.old_id, d.created_at, d.version
     )
     insert into ${golden} (_id, _version, _created_at, _updated_at, ${columnList(dataset)})
     select n._id, coalesce(back.version, 0) + 1, coalesce(back.created_at, $1), $1, ${columnList(dataset, "n")}
       from _golden n
       left join back on back.old_id = n._id
      where not exists (select 1 from ${golden} o where o._id = n._id)
      order by n._id`,
    [at, dataset.name],
  );
}

/** A row whose records went to several leads to the one that got most of them. */
async function removeGone(tx: Transaction, dataset: EntityDataset, at: Date): Promise<void> {
  await tx.run(
    `with removed as (
       delete from ${quoteIdent(dataset.name)} o
        using (select distinct on (before) before, after, record
                 from _flows where is_gone order by before, size desc, after) f
        where o._id = f.before
       returning o._id, f.after, f.record, o._created_at, o._version
     )
     insert into _redirects (dataset, old_id, new_id, record, created_at, version, merged_at)
     select $1, _id, after, record, _created_at, _version, $2 from removed`,
    [dataset.name, at],
  );
}

/** One entry for each flow; the history of both rows keeps which records went. */
async function logFlows(tx: Transaction, dataset: EntityDataset): Promise<void> {
  await tx.run(
    `with told as materialized (
       select kind, before, after, records,
              case when is_born and not is_gone then after else before end as row_id,
              case when is_born and not is_gone then before else after end as other
         from _flows
     ), entries as (
       insert into _change_buffer (kind, dataset, row_id, customer)
       select kind::_change_kind, $1, row_id, other from told order by row_id, other
       returning ordinal, row_id, customer
     )
     insert into _history_buffer (ordinal, dataset, row_id, field, before, after)
     select entries.ordinal, $1, side.row_id, $2, side.before, side.after
       from entries
       join told on told.row_id = entries.row_id and told.other = entries.customer
      cross join lateral (values (told.before, told.records, null), (told.after, null, told.records)) side (row_id, before, after)`,
    [dataset.name, RECORDS_FIELD],
  );
}
