/**
 * Lets events follow the records that were moved.
 *
 * The rule: an event belongs to the golden row of the record that holds the identifier it names, the
 * lowest golden id where several rows have such records. That is a function of the records alone, so
 * undoing a move undoes what it did to events.
 *
 * Not every event is where the rule says. Its customer may have got another number since, or the number
 * may have come to stand in an older row as well; such events stay where they were found to belong. When
 * records are moved around one of them, it is given an anchor, one record of its golden row, and follows
 * that record from then on: one that holds the number, else a native of the row, which is there again
 * when moves are undone. Without an anchor the event could not find back.
 */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import { type Catalogue, type EventDataset, recordsTable } from "../../contracts/index.ts";
import type { RecordMove } from "../flows.ts";
import type { ChangeSink } from "./change-log.ts";
import { type Subject, subjectOf } from "./event-merge.ts";

/**
 * Those of some event datasets that have an event which the moves may concern: one of a touched row, or
 * of a row that shares an identifier with a moved record. Most customers have events of a few datasets
 * only, and planning {@link followRecords} takes most of its time.
 */
export async function concernedDatasets(
  tx: Transaction,
  {
    catalogue,
    datasets,
  }: { readonly catalogue: Catalogue; readonly datasets: readonly EventDataset[] },
  { moves, touched }: Pick<Followed, "moves" | "touched">,
): Promise<EventDataset[]> {
  const tests = datasets.map((dataset) => {
    const { customers, identifier } = subjectOf(catalogue, dataset);
    const records = quoteIdent(recordsTable(customers));
    const events = quoteIdent(dataset.name);
    return `exists (select 1 from touched t join ${events} e on e._customer = t.id)
         or exists (select 1 from ${records} r
                      join ${records} o on ${identifier("o")} = ${identifier("r")} and o._record <> r._record
                      join ${events} e on e._customer = o._id
                     where r._record = any($2::bigint[]))`;
  });
  if (tests.length === 0) {
    return [];
  }
  const { concerned } = await tx.row<{ concerned: boolean[] }>(
    `with touched as materialized (select unnest($1::bigint[]) as id)
     select array[${tests.join(", ")}] as concerned`,
    [touched, moves.map(({ record }) => record)],
  );
  return datasets.filter((_, index) => concerned[index] === true);
}

/** What events are to follow. */
export interface Followed {
  readonly moves: readonly RecordMove[];
  /** Golden rows that records left or reached: the log names them already. */
  readonly touched: readonly bigint[];
  /** Rows that natives leave, or that were removed, and the record to follow where no native stays. */
  readonly left: readonly { readonly row: bigint; readonly leader: bigint }[];
  readonly sink: ChangeSink;
}

/**
 * Gives every event its customer after the moves, and logs each that changes it. A customer who lost
 * events and is not named in the log for anything else is logged as changed.
 * @returns how many events have another customer, and how many entries were logged
 */
export async function followRecords(
  tx: Transaction,
  { catalogue, dataset }: { readonly catalogue: Catalogue; readonly dataset: EventDataset },
  { moves, touched, left, sink }: Followed,
): Promise<{ readonly moved: bigint; readonly logged: bigint }> {
  const subject = subjectOf(catalogue, dataset);
  const first = sink.values.length + 1;
  const parameters: Parameters = {
    dataset: `$${first}::text`,
    customers: `$${first + 1}::text`,
    moves: `unnest($${first + 2}::bigint[], $${first + 3}::bigint[], $${first + 4}::bigint[])`,
    left: `unnest($${first + 5}::bigint[], $${first + 6}::bigint[])`,
  };
  return tx.row<{ moved: bigint; logged: bigint }>(
    `with ${placedEvents(dataset, subject, parameters)}, anchored as (
       insert into _event_anchors (event, dataset, record)
       select event, ${parameters.dataset}, anchor from placed where anchor is not null
     ), moved as (
       update ${quoteIdent(dataset.name)} e set _customer = p.now
         from placed p
        where p.event = e._id and p.now <> p.was
       returning e._id, p.was, p.now
     ), noted as (
       select 'event-attached'::_change_kind as kind, ${parameters.dataset} as dataset, _id as row_id,
              now as customer, null::text[] as fields
         from moved
        union all
       select distinct 'customer-changed'::_change_kind, ${parameters.customers}, was, was, '{}'::text[]
         from moved where was <> all ($${first + 7}::bigint[])
     ), ${sink.entries}
     select (select count(*) from moved) as moved, (select count(*) from entries) as logged`,
    [
      ...sink.values,
      dataset.name,
      subject.customers.name,
      moves.map(({ record }) => record),
      moves.map(({ before }) => before),
      moves.map(({ after }) => after),
      left.map(({ row }) => row),
      left.map(({ leader }) => leader),
      touched,
    ],
  );
}

/** Expressions over the statement's parameters. */
interface Parameters {
  readonly dataset: string;
  readonly customers: string;
  /** Rows of record, before, after. */
  readonly moves: string;
  /** Rows of row, leader. */
  readonly left: string;
}

/**
 * Common table expressions that end in `placed`: every event that the moves may concern, with its
 * customer before (`was`) and after (`now`), and the record that becomes its anchor, if any.
 */
function placedEvents(dataset: EventDataset, subject: Subject, parameters: Parameters): string {
  const { customers, identifier, named } = subject;
  const names = named("e._subject");
  const records = quoteIdent(recordsTable(customers));
  const events = quoteIdent(dataset.name);
  return `${placesOfSubjects(subject, parameters)}, concerned as (
       select e._id as event, e._customer as was,
              case when s.was = s.ruled_was then s.ruled_now else s.now end as now,
              case when s.was <> s.ruled_was then s.record end as anchor
         from seats s
         join ${events} e on e._customer = s.was and ${names} = s.subject
        union all
       select e._id, e._customer, r._id, a.record
         from anchors a
         join ${records} r on r._record = a.record
         join ${events} e on e._customer = a.row
        where not exists (
                select 1 from seats s where s.was = a.row and s.subject = ${names})
          and (exists (select 1 from arrived n where n.row = a.row and n.subject = ${names})
               or not exists (
                 select 1 from ${records} o where o._id = a.row and ${identifier("o")} = ${names}))
     ), placed as materialized (
       select event, was, now, anchor
         from concerned c
        where not exists (select 1 from _event_anchors a where a.event = c.event)
        union all
       select e._id, e._customer, m.after, null
         from moves m
         join _event_anchors a on a.record = m.record and a.dataset = ${parameters.dataset}
         join ${events} e on e._id = a.event
     )`;
}

/**
 * Where the subjects of events have their places.
 *
 * `held`: records, moved or not, with an identifier that a moved record has. `seats`: for each such
 * identifier and golden row that had it, the row that the rule chose before and chooses now, and the
 * first record of the row. `arrived`: the identifiers that a row gets. `anchors`: for each row that
 * natives leave, or that an identifier reaches, the record that events are to follow which no record of
 * the row accounts for.
 */
function placesOfSubjects({ customers, identifier }: Subject, parameters: Parameters): string {
  const records = quoteIdent(recordsTable(customers));
  return `moves as materialized (
       select record, before, after from ${parameters.moves} m (record, before, after)
     ), held as materialized (
       select ${identifier("r")} as subject, r._record as record, coalesce(m.before, r._id) as was, r._id as now
         from (select distinct ${identifier("r")} as subject
                 from moves m join ${records} r on r._record = m.record
                where ${identifier("r")} is not null) named
         join ${records} r on ${identifier("r")} = named.subject
         left join moves m on m.record = r._record
     ), seats as materialized (
       select distinct on (subject, was) subject, was, now, record,
              min(was) over same as ruled_was, min(now) over same as ruled_now
         from held
       window same as (partition by subject)
        order by subject, was, record
     ), arrived as materialized (
       select distinct m.after as row, ${identifier("r")} as subject
         from moves m join ${records} r on r._record = m.record
        where ${identifier("r")} is not null
     ), anchors as materialized (
       select each.row, coalesce(native.record, each.leader) as record
         from (select row, max(leader) as leader
                 from (select row, leader from ${parameters.left} l (row, leader)
                        union all select row, null from arrived) rows
                group by row) each
         left join lateral (
           select r._record as record
             from ${records} r left join _homes h on h.record = r._record
            where r._id = each.row and coalesce(h.home, each.row) = each.row
            order by r._record limit 1) native on true
     )`;
}
