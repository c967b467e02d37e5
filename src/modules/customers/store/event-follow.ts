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
 * that record from then on. Without it the event could not find back when a merge is undone.
 */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import { type Catalogue, type EventDataset, recordsTable } from "../../contracts/index.ts";
import { subjectOf } from "./event-merge.ts";

/**
 * Gives every event its customer after `_moves` and `_flows`, and logs each that changes it. A customer
 * who lost events and is in no flow is logged as changed.
 * @returns how many events have another customer
 */
export async function followRecords(
  tx: Transaction,
  catalogue: Catalogue,
  dataset: EventDataset,
): Promise<number> {
  const { customers } = subjectOf(catalogue, dataset);
  const { moved } = await tx.row<{ moved: bigint }>(
    `with ${placedEvents(catalogue, dataset)}, anchored as (
       insert into _event_anchors (event, dataset, record)
       select event, $1, anchor from placed where anchor is not null
     ), moved as (
       update ${quoteIdent(dataset.name)} e set _customer = p.now
         from placed p
        where p.event = e._id and p.now <> p.was
       returning e._id, p.was, p.now
     ), bereft as (
       insert into _change_buffer (kind, dataset, row_id, customer, fields)
       select 'customer-changed', $2, was, was, '{}'
         from (select distinct was from moved) lost
        where not exists (select 1 from _flows f where f.before = lost.was)
          and not exists (select 1 from _flows f where f.after = lost.was)
        order by was
     ), logged as (
       insert into _change_buffer (kind, dataset, row_id, customer)
       select 'event-attached', $1, _id, now from moved order by _id
       returning ordinal
     )
     select count(*) as moved from logged`,
    [dataset.name, customers.name],
  );
  return Number(moved);
}

/**
 * Common table expressions that end in `placed`: every event that the moves may concern, with its
 * customer before (`was`) and after (`now`), and the record that becomes its anchor, if any.
 *
 * `held`: records, moved or not, with an identifier that a moved record has. `seats`: for each such
 * identifier and golden row that had it, the row that the rule chose before and chooses now, and the
 * first record of the row.
 */
function placedEvents(catalogue: Catalogue, dataset: EventDataset): string {
  const { customers, target, type } = subjectOf(catalogue, dataset);
  const records = quoteIdent(recordsTable(customers));
  const events = quoteIdent(dataset.name);
  return `held as materialized (
       select r.${target} as subject, r._record as record, coalesce(m.before, r._id) as was, r._id as now
         from (select distinct r.${target} as subject
                 from _moves m join ${records} r on r._record = m.record
                where r.${target} is not null) named
         join ${records} r on r.${target} = named.subject
         left join _moves m on m.record = r._record
     ), seats as materialized (
       select distinct on (subject, was) subject, was, now, record,
              min(was) over same as ruled_was, min(now) over same as ruled_now
         from held
       window same as (partition by subject)
        order by subject, was, record
     ), concerned as (
       select e._id as event, e._customer as was,
              case when s.was = s.ruled_was then s.ruled_now else s.now end as now,
              case when s.was <> s.ruled_was then s.record end as anchor
         from seats s
         join ${events} e on e._customer = s.was and e._subject::${type} = s.subject
        union all
       select e._id, e._customer, d.new_id, d.record
         from (select distinct before from _flows where is_gone) gone
         join _redirects d on d.dataset = $2 and d.old_id = gone.before
         join ${events} e on e._customer = gone.before
        where not exists (
          select 1 from seats s where s.was = e._customer and s.subject = e._subject::${type})
     ), placed as materialized (
       select event, was, now, anchor
         from concerned c
        where not exists (select 1 from _event_anchors a where a.event = c.event)
        union all
       select e._id, e._customer, m.after, null
         from _moves m
         join _event_anchors a on a.record = m.record and a.dataset = $1
         join ${events} e on e._id = a.event
     )`;
}
