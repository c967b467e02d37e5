/** Merges staged events: attaches them to their customers, or lets them wait, or creates the customers. */
import { quoteIdent, type SqlValue } from "../../../platform/postgres/index.ts";
import {
  type Catalogue,
  columnType,
  comparable,
  type CustomerDataset,
  customerDataset,
  type EventDataset,
  type Field,
  findField,
  recordsTable,
} from "../../contracts/index.ts";
import { must } from "../../../kernel/index.ts";
import { recordDifferences } from "./differences.ts";
import {
  addCounts,
  columnList,
  type LineRange,
  type MergeContext,
  type MergeCounts,
  NO_ROWS,
} from "./merge-context.ts";
import {
  countOutcomes,
  matchByKey,
  matchByOccurrence,
  numberRounds,
  stagedLine,
} from "./stage-match.ts";

export async function mergeEvents(
  context: MergeContext,
  dataset: EventDataset,
  range: LineRange,
): Promise<MergeCounts> {
  await resolveSubjects(context, dataset, range);
  const known = { table: quoteIdent(dataset.name), rowId: "_id", id: "_customer", makesIds: false };
  if (dataset.key.length === 0) {
    await matchByOccurrence(context, range, known);
    return insertAndUpdate(context, dataset, range);
  }
  const rounds = await numberRounds(context, range);
  let counts = NO_ROWS;
  for (let round = 1; round <= rounds; round++) {
    await matchByKey(context, { ...range, round }, known);
    counts = addCounts(counts, await insertAndUpdate(context, dataset, range));
  }
  return counts;
}

async function insertAndUpdate(
  context: MergeContext,
  dataset: EventDataset,
  range: LineRange,
): Promise<MergeCounts> {
  const waiting = await insertEvents(context, dataset, range);
  const outcomes = await countOutcomes(context.tx);
  if (outcomes.changed > 0) {
    await updateEvents(context, dataset);
  }
  return { ...outcomes, waiting };
}

/** The customers dataset an event dataset points at, and how its identifier is found and named. */
export interface Subject {
  readonly customers: CustomerDataset;
  /** The identifier. */
  readonly field: Field;
  /** What a customer's row is compared by. */
  readonly identifier: (alias?: string) => string;
  /** What an event's `_subject` says, as it compares with an identifier. */
  readonly named: (subject: string) => string;
}

export function subjectOf(catalogue: Catalogue, dataset: EventDataset): Subject {
  const customers = must(customerDataset(catalogue), "a contract with events has customers");
  const field = must(findField(customers, dataset.subject.target), "the subject's field exists");
  return {
    customers,
    field,
    identifier: (alias) => comparable(field, alias),
    named: (subject) =>
      field.sealed === true ? `decode(${subject}, 'hex')` : `${subject}::${columnType(field.type)}`,
  };
}

/** Fills `_named_customers`: each customer that the range's events name, with its golden id if it is known. */
async function resolveSubjects(
  context: MergeContext,
  dataset: EventDataset,
  range: LineRange,
): Promise<void> {
  const { tx } = context;
  const subject = subjectOf(context.catalogue, dataset);
  const { customers, identifier, named } = subject;
  const made = dataset.createsCustomers ? "coalesce(known._id, nextval('_ids'))" : "known._id";
  await tx.run("truncate _named_customers");
  await tx.run(
    `insert into _named_customers (subject, customer, is_new)
     select named.subject, ${made} as customer, known._id is null as is_new
       from (select distinct _subject as subject from ${quoteIdent(context.stage)}
              where _line between $1 and $2 and _subject is not null) named
       left join lateral (
         select _id from ${quoteIdent(recordsTable(customers))}
          where ${identifier()} = ${named("named.subject")} order by _id + 0 limit 1) known on true`,
    [range.from, range.to],
  );
  await tx.run("analyze _named_customers");
  if (dataset.createsCustomers) {
    await createCustomers(context, subject, unknownSubjects(context, { dataset, subject, range }));
  }
}

/** Rows of `customer`, `subject` and the identifier's `value`. */
interface UnknownSubjects {
  readonly rows: string;
  readonly values: readonly SqlValue[];
}

/** A sealed identifier is taken from an event that states it: its name is its blind index alone. */
function unknownSubjects(
  context: MergeContext,
  of: { readonly dataset: EventDataset; readonly subject: Subject; readonly range: LineRange },
): UnknownSubjects {
  const { dataset, subject, range } = of;
  if (subject.field.sealed !== true) {
    const value = subject.named("subject");
    const rows = `(select customer, subject, ${value} as value from _named_customers where is_new) n`;
    return { rows, values: [] };
  }
  const rows = `(select distinct on (n.subject) n.customer, n.subject, s.${quoteIdent(dataset.subject.field)} as value
                   from _named_customers n
                   join ${quoteIdent(context.stage)} s
                     on s._subject = n.subject and s._line between $1 and $2
                  where n.is_new order by n.subject, s._line) n`;
  return { rows, values: [range.from, range.to] };
}

/** Creates a customer, with a source record that states nothing but the identifier, for each unknown subject. */
async function createCustomers(
  context: MergeContext,
  { customers, field }: Subject,
  unknown: UnknownSubjects,
): Promise<void> {
  const { tx } = context;
  const target = quoteIdent(field.name);
  const [at, source, intake] = [1, 2, 3].map((n) => `$${unknown.values.length + n}`);
  await tx.run(
    `insert into ${quoteIdent(recordsTable(customers))}
       (_record, _id, _source, _key, _hash, _stated_at, _intake, _line, ${target})
     select nextval('_ids'), n.customer, ${source}, n.subject, md5(n.subject)::uuid, ${at}, ${intake}, 0, n.value
       from ${unknown.rows}`,
    [...unknown.values, context.at, context.source, context.intake],
  );
  await tx.run(
    `insert into ${quoteIdent(customers.name)} (_id, _version, _created_at, _updated_at, ${target})
     select n.customer, 1, ${at}, ${at}, n.value from ${unknown.rows}`,
    [...unknown.values, context.at],
  );
  await tx.run(
    `insert into _change_buffer (kind, dataset, row_id, customer)
     select 'customer-created', $1, customer, customer from _named_customers where is_new`,
    [customers.name],
  );
}

/** @returns how many of the new events wait for a customer that is not known yet */
async function insertEvents(
  context: MergeContext,
  dataset: EventDataset,
  range: LineRange,
): Promise<number> {
  const { waiting } = await context.tx.row<{ waiting: bigint }>(
    `with added as (
       insert into ${quoteIdent(dataset.name)}
         (_id, _customer, _at, _subject, _source, _key, _hash, _intake, _line, ${columnList(dataset)})
       select nextval('_ids'), sub.customer, s._at, s._subject, $1, m.key, s._hash, $2, s._line, ${columnList(dataset, "s")}
         from _match m
         join ${quoteIdent(context.stage)} s on s._line = m.line
         left join _named_customers sub on sub.subject = s._subject
        where m.outcome = 'new' and s._line between $4 and $5
       returning _id, _customer
     ), logged as (
       insert into _change_buffer (kind, dataset, row_id, customer)
       select 'event-added', $3, _id, _customer from added
       returning customer
     )
     select count(*) filter (where customer is null) as waiting from logged`,
    [context.source, context.intake, dataset.name, range.from, range.to],
  );
  return Number(waiting);
}

/** What a source states again anew belongs to the customer it names: it follows no record any more. */
async function updateEvents(context: MergeContext, dataset: EventDataset): Promise<void> {
  const table = quoteIdent(dataset.name);
  const changed = `_match m
       join ${quoteIdent(context.stage)} new on ${stagedLine("new")}
       left join _named_customers sub on sub.subject = new._subject`;
  await recordDifferences(context.tx, {
    dataset: dataset.name,
    fields: dataset.fields,
    kind: "event-changed",
    pairs: `${table} old join (${changed}) on m.row_id = old._id and m.outcome = 'changed'`,
    rowId: "old._id",
    customer: "sub.customer",
  });
  // An event that goes to another customer changes the one it leaves as well.
  await context.tx.run(
    `insert into _change_buffer (kind, dataset, row_id, customer, fields)
     select distinct 'customer-changed'::_change_kind, $1, old._customer, old._customer, '{}'::text[]
       from ${table} old join (${changed}) on m.row_id = old._id and m.outcome = 'changed'
      where old._customer is not null and old._customer is distinct from sub.customer`,
    [subjectOf(context.catalogue, dataset).customers.name],
  );
  const assignments = dataset.fields.map(
    (field) => `${quoteIdent(field.name)} = new.${quoteIdent(field.name)}`,
  );
  await context.tx.run(
    `update ${table} e
        set _customer = sub.customer, _at = new._at, _subject = new._subject, _hash = new._hash,
            _intake = $1, _line = new._line, ${assignments.join(", ")}
       from ${changed}
      where m.outcome = 'changed' and e._id = m.row_id`,
    [context.intake],
  );
  await context.tx.run(
    "delete from _event_anchors a using _match m where m.outcome = 'changed' and a.event = m.row_id",
  );
}

/**
 * Gives waiting events their customers, once a transaction has added customers.
 * @returns how many events no longer wait
 */
export async function attachWaiting(context: MergeContext): Promise<number> {
  let attached = 0;
  for (const dataset of context.catalogue.datasets) {
    if (dataset.kind !== "event") {
      continue;
    }
    const { customers, identifier, named } = subjectOf(context.catalogue, dataset);
    const row = await context.tx.row<{ attached: bigint }>(
      `with attached as (
         update ${quoteIdent(dataset.name)} e set _customer = found.id
           from (select w._id as event, min(r._id) as id
                   from ${quoteIdent(dataset.name)} w
                   join ${quoteIdent(recordsTable(customers))} r
                     on ${identifier("r")} = ${named("w._subject")}
                  where w._customer is null
                  group by w._id) found
          where found.event = e._id
         returning e._id, e._customer
       ), logged as (
         insert into _change_buffer (kind, dataset, row_id, customer)
         select 'event-attached', $1, _id, _customer from attached order by _id
         returning ordinal
       )
       select count(*) as attached from logged`,
      [dataset.name],
    );
    attached += Number(row.attached);
  }
  return attached;
}
