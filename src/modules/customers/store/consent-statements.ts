/** Statements as they are kept: of source records, so that they go where these go. Nothing is ever changed. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import {
  comparable,
  recordsTable,
  type CustomerDataset,
  type Field,
} from "../../contracts/index.ts";
import { CONSENT_CHANNELS, hasConsentSql, type ConsentChannel } from "../../criteria/index.ts";
import { type ChangeOrigin, straightToLog } from "./change-log.ts";
import type { ConsentStatement } from "../consent/statement.ts";

/** A statement of whoever the source record is about. */
export interface StatedBy extends ConsentStatement {
  readonly record: bigint;
}

/** A statement as it was written down. */
export interface StoredStatement extends StatedBy {
  readonly statement: bigint;
  readonly recordedAt: Date;
  readonly recordedBy: string;
}

/** What is told of a statement that was written down. */
export interface NewStatement extends Pick<
  StatedBy,
  "record" | "purpose" | "channel" | "granted" | "startsAt"
> {
  readonly expiresAt: Date | null;
  readonly proofSha256: string | null;
}

/**
 * Writes down what is new; what is there word for word already is passed over.
 * @returns those that are new, as the ledger tells of them
 */
export async function insertStatements(
  tx: Transaction,
  statements: readonly StatedBy[],
  { at, actor }: { readonly at: Date; readonly actor: string },
): Promise<NewStatement[]> {
  const rows = statements.map((one) => ({
    ...one,
    record: String(one.record),
    proofSha256: one.proofSha256 ?? null,
  }));
  return await tx.rows(
    `insert into _consents (record, purpose, channel, granted, stated_at, starts_at, expires_at, source, proof,
       proof_sha256, recorded_at, recorded_by)
     select record, purpose, channel, granted, "statedAt", "startsAt", "expiresAt", source, proof,
            decode("proofSha256", 'hex'), $2, $3
       from rows from (jsonb_to_recordset($1::jsonb) as (record bigint, purpose text, channel _consent_channel,
              granted boolean, "statedAt" timestamptz, "startsAt" timestamptz, "expiresAt" timestamptz, source text,
              proof text, "proofSha256" text)) with ordinality
      order by ordinality
     on conflict do nothing
     returning record, purpose, channel::text, granted, starts_at as "startsAt", expires_at as "expiresAt",
               encode(proof_sha256, 'hex') as "proofSha256"`,
    [JSON.stringify(rows), at, actor],
  );
}

/**
 * Logs that the consents of the records' customers changed.
 *
 * The head of the log is locked first, and who the customers are is asked after: a merge that has its
 * number has committed then and is seen; one that has not takes a later number, and whoever follows the
 * log looks at both its customers again. So nobody's change is logged under an id that is gone.
 * @returns the customer of each record
 */
export async function logConsents(
  tx: Transaction,
  dataset: CustomerDataset,
  { records, origin }: { readonly records: readonly bigint[]; readonly origin: ChangeOrigin },
): Promise<ReadonlyMap<bigint, bigint>> {
  await tx.run("select from _change_head for update");
  const sink = straightToLog(origin);
  const own = sink.values.length;
  await tx.rows(
    `with noted (kind, dataset, row_id, customer, fields) as (
       select distinct 'consent-changed'::_change_kind, $${own + 1}::text, r._id, r._id, null::text[]
         from ${quoteIdent(recordsTable(dataset))} r where r._record = any($${own + 2}::bigint[])
     ), ${sink.entries}
     select change from entries`,
    [...sink.values, dataset.name, records],
  );
  const rows = await tx.rows<{ record: bigint; customer: bigint }>(
    `select _record as record, _id as customer from ${quoteIdent(recordsTable(dataset))}
      where _record = any($1::bigint[])`,
    [records],
  );
  return new Map(rows.map(({ record, customer }) => [record, customer]));
}

/** The customers that records belong to at this moment. */
export async function selectCustomers(
  tx: Transaction,
  dataset: CustomerDataset,
  records: readonly bigint[],
): Promise<bigint[]> {
  const rows = await tx.rows<{ customer: bigint }>(
    `select distinct _id as customer from ${quoteIdent(recordsTable(dataset))}
      where _record = any($1::bigint[])`,
    [records],
  );
  return rows.map(({ customer }) => customer);
}

/** Every statement of a customer's records, the one stated last first. */
export async function selectStatements(
  tx: Transaction,
  dataset: CustomerDataset,
  customer: bigint,
): Promise<StoredStatement[]> {
  type Row = Omit<StoredStatement, "expiresAt" | "proof" | "proofSha256"> &
    Record<"proof" | "proofSha256", string | null> & { readonly expiresAt: Date | null };
  const rows = await tx.rows<Row>(
    `select c.statement, c.record, c.purpose, c.channel::text, c.granted, c.stated_at as "statedAt",
            c.starts_at as "startsAt", c.expires_at as "expiresAt", c.source, c.proof,
            encode(c.proof_sha256, 'hex') as "proofSha256", c.recorded_at as "recordedAt", c.recorded_by as "recordedBy"
       from _consents c join ${quoteIdent(recordsTable(dataset))} r on r._record = c.record
      where r._id = $1
      order by c.stated_at desc, c.statement desc`,
    [customer],
  );
  return rows.map(({ expiresAt, proof, proofSha256, ...row }) => ({
    ...row,
    expiresAt: expiresAt ?? undefined,
    proof: proof ?? undefined,
    proofSha256: proofSha256 ?? undefined,
  }));
}

/** Whether a customer consents to a purpose by a channel. */
export interface ConsentAnswer {
  readonly purpose: string;
  readonly channel: ConsentChannel;
  readonly consents: boolean;
}

/** Each purpose with each channel, in this order. */
export async function selectAnswers(
  tx: Transaction,
  dataset: CustomerDataset,
  asked: { readonly customer: bigint; readonly purposes: readonly string[]; readonly at: Date },
): Promise<ConsentAnswer[]> {
  const consents = hasConsentSql({
    records: quoteIdent(recordsTable(dataset)),
    customer: "$1::bigint",
    purpose: "p.purpose",
    channel: "c.channel",
    at: "$4::timestamptz",
  });
  return await tx.rows<ConsentAnswer>(
    `select p.purpose, c.channel, ${consents} as consents
       from unnest($2::text[]) with ordinality p (purpose, place)
      cross join unnest($3::text[]) with ordinality c (channel, place)
      order by p.place, c.place`,
    [asked.customer, asked.purposes, CONSENT_CHANNELS, asked.at],
  );
}

/**
 * The living customer with an id, or that an id which was merged leads to, and the record of it that was
 * stated last; undefined when there is none.
 */
export async function selectSpeaker(
  tx: Transaction,
  dataset: CustomerDataset,
  id: bigint,
): Promise<{ readonly customer: bigint; readonly record: bigint } | undefined> {
  return await tx.optionalRow(
    `select _id as customer, _record as record from ${quoteIdent(recordsTable(dataset))}
      where _id = coalesce((select new_id from _redirects where dataset = $2 and old_id = $1), $1)
      order by _stated_at desc nulls last, _record desc limit 1`,
    [id, dataset.name],
  );
}

/** Records by their keys in their sources; what is not there is not in the answer. */
export async function selectByKey(
  tx: Transaction,
  dataset: CustomerDataset,
  keys: readonly { readonly source: string; readonly key: string }[],
): Promise<{ readonly source: string; readonly key: string; readonly record: bigint }[]> {
  return await tx.rows(
    `select s.name as source, r._key as key, r._record as record
       from unnest($1::text[], $2::text[]) asked (source, key)
       join _sources s on s.name = asked.source
       join ${quoteIdent(recordsTable(dataset))} r on r._source = s.source and r._key = asked.key`,
    [keys.map(({ source }) => source), keys.map(({ key }) => key)],
  );
}

/**
 * Of each value of an identifier the record stated last that holds it, and how many customers do.
 * @param values as they are compared: of a sealed field blind indexes in hexadecimal digits
 */
export async function selectByIdentifier(
  tx: Transaction,
  dataset: CustomerDataset,
  { field, values }: { readonly field: Field; readonly values: readonly string[] },
): Promise<{ readonly value: string; readonly record: bigint; readonly customers: number }[]> {
  const column = comparable(field, "r");
  const isHeld =
    field.sealed === true
      ? `${column} = decode(asked.value, 'hex')`
      : field.type.kind === "text"
        ? `${column} = asked.value`
        : `${column}::text = asked.value`;
  return await tx.rows(
    `select asked.value, held.record, held.customers::int
       from unnest($1::text[]) asked (value)
      cross join lateral (
        select (array_agg(r._record order by r._stated_at desc nulls last, r._record desc))[1] as record,
               count(distinct r._id) as customers
          from ${quoteIdent(recordsTable(dataset))} r where ${isHeld}) held
      where held.record is not null`,
    [values],
  );
}
