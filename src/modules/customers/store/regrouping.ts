/**
 * Moves source records between golden rows, and lets golden rows, redirects and the change log follow.
 * Invariant: a golden row lives as long as it has records. One without is removed and leaves a redirect,
 * which follows one of the records it had: wherever that record goes, the old id leads there, and when
 * the id comes back the redirect goes. So redirects need no chain, and undoing a merge undoes them too.
 *
 * What moves is a parameter of every statement. Temporary tables would make one move of a record, which
 * is what a person's judgement is, take twice as long.
 */
import { quoteIdent, type SqlValue, type Transaction } from "../../../platform/postgres/index.ts";
import { recordsTable } from "../../contracts/index.ts";
import { type Flow, leaderOf, mainFlows, type RecordMove, type ToldFlow } from "../flows.ts";
import type { ChangeSink } from "./change-log.ts";
import { differencesSql } from "./differences.ts";
import { goldenDifferences, updateGolden } from "./golden.ts";
import { columnList, type EntityDataset } from "./merge-context.ts";
import { goldenRowsQuery } from "./survivorship.ts";

/**
 * The field under which the history of a golden row keeps which records came and went: their ids,
 * separated by blanks. It stands alone in its row of the history. No field of a contract begins with `_`.
 */
export const RECORDS_FIELD = "_records";

/**
 * Gives records their golden rows, and keeps where those come from that move for the first time.
 * @returns those that had another
 */
export async function moveRecords(
  tx: Transaction,
  dataset: EntityDataset,
  wanted: { readonly records: readonly bigint[]; readonly ids: readonly bigint[] },
): Promise<RecordMove[]> {
  const table = quoteIdent(recordsTable(dataset));
  return tx.rows<RecordMove>(
    `with moved as (
       update ${table} r set _id = m.after
         from (select w.record, old._id as before, w.id as after
                 from unnest($1::bigint[], $2::bigint[]) w (record, id)
                 join ${table} old on old._record = w.record and old._id <> w.id) m
        where m.record = r._record
       returning m.record, m.before, m.after
     ), kept as (
       insert into _homes (record, home) select record, before from moved on conflict (record) do nothing
     )
     select moved.record, moved.before, moved.after, coalesce(h.home, moved.before) as home
       from moved left join _homes h on h.record = moved.record`,
    [wanted.records, wanted.ids],
  );
}

/** How many of the records there are. */
export async function countRecords(
  tx: Transaction,
  dataset: EntityDataset,
  records: readonly bigint[],
): Promise<number> {
  const { count } = await tx.row<{ count: bigint }>(
    `select count(*) as count from ${quoteIdent(recordsTable(dataset))} where _record = any($1::bigint[])`,
    [records],
  );
  return Number(count);
}

/** What became of golden rows that records left or reached. */
export interface SettledRows {
  /** Removed, with a redirect. */
  readonly gone: readonly bigint[];
  /** New, or back with the time of creation they had. */
  readonly born: readonly bigint[];
  /** Entries logged: rows that stay and have other values. */
  readonly logged: bigint;
}

/**
 * Recomputes the rows of flows, in one statement over one state of them: changes those that stay, makes
 * those that are not there, removes those that have no record. Records have been moved before.
 */
export async function settleGolden(
  tx: Transaction,
  dataset: EntityDataset,
  {
    flows,
    sink,
    at,
  }: { readonly flows: readonly Flow[]; readonly sink: ChangeSink; readonly at: Date },
): Promise<SettledRows> {
  const golden = quoteIdent(dataset.name);
  const main = mainFlows(flows);
  const touched = [...new Set(flows.flatMap(({ before, after }) => [before, after]))];
  const first = sink.values.length + 1;
  const [ids, name, now, befores, afters, records] = [0, 1, 2, 3, 4, 5].map((n) => `$${first + n}`);
  const changed = differencesSql(goldenDifferences(dataset, "fresh"), { sink, first: first + 6 });
  const fresh = goldenRowsQuery(dataset, `select unnest(${ids}::bigint[])`);
  const values: SqlValue[] = [...sink.values, touched, dataset.name, at];
  values.push(
    main.map((flow) => flow.before),
    main.map((flow) => flow.after),
  );
  values.push(main.map(leaderOf), ...changed.values);
  return tx.row<SettledRows>(
    `with fresh as materialized (${fresh}), ${changed.entries}, remembered as (
       ${changed.history}
     ), updated as (
       ${updateGolden(dataset, { source: "fresh", at: `${now}::timestamptz` })}
     ), back as (
       delete from _redirects d using fresh where d.dataset = ${name} and d.old_id = fresh._id
     ), born as (
       insert into ${golden} (_id, _version, _created_at, _updated_at, ${columnList(dataset)})
       select n._id, coalesce(d.version, 0) + 1, coalesce(d.created_at, ${now}), ${now}, ${columnList(dataset, "n")}
         from fresh n
         left join _redirects d on d.dataset = ${name} and d.old_id = n._id
        where not exists (select 1 from ${golden} o where o._id = n._id)
       returning _id
     ), gone as (
       delete from ${golden} o
        using unnest(${befores}::bigint[], ${afters}::bigint[], ${records}::bigint[]) main (before, after, record)
        where o._id = main.before and not exists (select 1 from fresh n where n._id = main.before)
       returning o._id, o._created_at, o._version, main.after, main.record
     ), redirected as (
       insert into _redirects (dataset, old_id, new_id, record, created_at, version, merged_at)
       select ${name}, _id, after, record, _created_at, _version, ${now} from gone
     )
     select array(select _id from gone) as gone, array(select _id from born) as born,
            (select count(*) from entries) as logged`,
    values,
  );
}

/** Lets old ids lead where the records went that they follow. */
export async function moveRedirects(
  tx: Transaction,
  dataset: EntityDataset,
  moves: readonly RecordMove[],
): Promise<void> {
  await tx.run(
    `update _redirects d set new_id = m.after
       from unnest($2::bigint[], $3::bigint[]) m (record, after)
      where d.dataset = $1 and d.record = m.record`,
    [dataset.name, moves.map(({ record }) => record), moves.map(({ after }) => after)],
  );
}

/** Logs each flow; the history of both rows keeps which records went. @returns how many entries */
export async function logFlows(
  tx: Transaction,
  dataset: EntityDataset,
  { told, sink }: { readonly told: readonly ToldFlow[]; readonly sink: ChangeSink },
): Promise<bigint> {
  const first = sink.values.length + 1;
  const lists = [1, 2, 3, 4, 5].map((n) => `$${first + n}`);
  const name = `$${first}`;
  const { logged } = await tx.row<{ logged: bigint }>(
    `with told as materialized (
       select kind, row_id, other, before, records
         from unnest(${lists[0]}::_change_kind[], ${lists[1]}::bigint[], ${lists[2]}::bigint[], ${lists[3]}::bigint[], ${lists[4]}::text[])
              told (kind, row_id, other, before, records)
     ), noted as (
       select kind, ${name}::text as dataset, row_id, other as customer, null::text[] as fields from told
     ), ${sink.entries}, remembered as (
       insert into ${sink.history}
       select entries.change, ${name}, side.row_id, array['${RECORDS_FIELD}'],
              array[case when side.row_id = told.before then told.records end],
              array[case when side.row_id <> told.before then told.records end]
         from entries
         join told on told.row_id = entries.row_id and told.other = entries.customer
        cross join lateral (values (told.row_id), (told.other)) side (row_id)
     )
     select count(*) as logged from entries`,
    [
      ...sink.values,
      dataset.name,
      told.map(({ outcome }) => `${dataset.kind}-${outcome}`),
      told.map(({ row }) => row),
      told.map(({ other }) => other),
      told.map(({ flow }) => flow.before),
      told.map(({ flow }) => flow.records.join(" ")),
    ],
  );
  return logged;
}
