/** The disclosure index: what was disclosed, and packed lists of whose. */
import { createHash } from "node:crypto";
import type { Transaction } from "../../../platform/postgres/index.ts";
import { canonicalJson } from "../../ledger/index.ts";
import type { Disclosure, DisclosureChannel } from "../disclosure/disclosure.ts";
import type { FieldForms, RollPart } from "../disclosure/roll.ts";

/** Writes a disclosure down. Returns its number. */
export async function insertDisclosure(
  tx: Transaction,
  disclosure: Disclosure,
  customers: number,
): Promise<bigint> {
  const { at, channel, recipient, recipientKind, purpose, actor, seen, delivery } = disclosure;
  const row = await tx.row<{ disclosure: bigint }>(
    `insert into _disclosures (at, channel, recipient, recipient_kind, purpose, actor, seen, customers,
                               delivery, waybill_id, destination)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     returning disclosure`,
    [
      at,
      channel,
      recipient,
      recipientKind,
      purpose,
      actor,
      seen,
      customers,
      delivery?.delivery ?? null,
      delivery?.waybillId ?? null,
      delivery?.destination ?? null,
    ],
  );
  return row.disclosure;
}

/** The numbers of sets of forms, made where they are new; in the order given. */
export async function formsNumbers(
  tx: Transaction,
  sets: readonly FieldForms[],
): Promise<number[]> {
  const texts = sets.map((fields) => canonicalJson(fields));
  const digests = texts.map((text) => createHash("sha256").update(text).digest());
  await tx.run(
    `insert into _disclosed_forms (fields, digest)
     select fields::jsonb, digest from unnest($1::text[], $2::bytea[]) given (fields, digest)
      order by digest
         on conflict (digest) do nothing`,
    [texts, digests],
  );
  const rows = await tx.rows<{ forms: number }>(
    `select f.forms
       from unnest($1::bytea[]) with ordinality given (digest, place)
       join _disclosed_forms f on f.digest = given.digest
      order by given.place`,
    [digests],
  );
  return rows.map(({ forms }) => forms);
}

/** Parts of a disclosure, with the numbers of their forms. */
export async function insertParts(
  tx: Transaction,
  disclosure: bigint,
  parts: readonly (Omit<RollPart, "forms"> & { readonly part: number; readonly forms: number })[],
): Promise<void> {
  await tx.run(
    `insert into _disclosed_customers (disclosure, part, forms, span, customers)
     select $1, part, forms, int8range(first, last, '[]'), customers
       from unnest($2::int[], $3::int[], $4::bigint[], $5::bigint[], $6::bytea[])
            packed (part, forms, first, last, customers)`,
    [
      disclosure,
      parts.map(({ part }) => part),
      parts.map(({ forms }) => forms),
      parts.map(({ first }) => first),
      parts.map(({ last }) => last),
      parts.map(({ customers }) => customers),
    ],
  );
}

/** A part of a delivery's disclosure. */
export interface DeliveryPart {
  readonly disclosure: bigint;
  readonly part: number;
  readonly packed: Buffer;
}

/** The parts of a delivery's disclosure; none where nobody was in it. */
export async function partsOfDelivery(tx: Transaction, delivery: bigint): Promise<DeliveryPart[]> {
  return await tx.rows<DeliveryPart>(
    `select c.disclosure, c.part, c.customers as packed
       from _disclosures d
       join _disclosed_customers c on c.disclosure = d.disclosure
      where d.delivery = $1
      order by c.part`,
    [delivery],
  );
}

/** Takes a delivery out of the index. */
export async function deleteDisclosure(tx: Transaction, delivery: bigint): Promise<void> {
  await tx.run(
    `delete from _disclosed_customers c using _disclosures d
      where d.disclosure = c.disclosure and d.delivery = $1`,
    [delivery],
  );
  await tx.run("delete from _disclosures where delivery = $1", [delivery]);
}

/** Takes the parts out in which everybody comes after `last`, and says how many customers remain. */
export async function cutDisclosure(
  tx: Transaction,
  delivery: bigint,
  { last, customers }: { readonly last: bigint; readonly customers: number },
): Promise<void> {
  await tx.run(
    `delete from _disclosed_customers c using _disclosures d
      where d.disclosure = c.disclosure and d.delivery = $1 and lower(c.span) > $2`,
    [delivery, last],
  );
  await tx.run("update _disclosures set customers = $2 where delivery = $1", [delivery, customers]);
}

/** Writes a part anew, with the first of its customers only. */
export async function cutPart(
  tx: Transaction,
  { disclosure, part }: Pick<DeliveryPart, "disclosure" | "part">,
  kept: Pick<RollPart, "first" | "last" | "customers">,
): Promise<void> {
  await tx.run(
    `update _disclosed_customers set span = int8range($3, $4, '[]'), customers = $5
      where disclosure = $1 and part = $2`,
    [disclosure, part, kept.first, kept.last, kept.customers],
  );
}

/** A disclosure as the index has it. */
export interface StoredDisclosure {
  readonly disclosure: bigint;
  readonly at: Date;
  readonly channel: DisclosureChannel;
  readonly recipient: string;
  readonly recipientKind: Disclosure["recipientKind"];
  readonly purpose: string;
  readonly actor: string;
  readonly seen: bigint;
  readonly customers: bigint;
  readonly delivery: bigint | null;
  readonly waybillId: string | null;
  readonly destination: string | null;
  /** How soon the recipient must act on an erasure, as its waybill says. */
  readonly erasureWithin: string | null;
  /** Of a delivery: it has arrived. */
  readonly hasArrived: boolean;
}

const DISCLOSURE = `d.disclosure, d.at, d.channel, d.recipient, d.recipient_kind as "recipientKind", d.purpose,
            d.actor, d.seen, d.customers, d.delivery, d.waybill_id as "waybillId", d.destination,
            j.waybill ->> 'erasureWithin' as "erasureWithin",
            coalesce(j.state = 'delivered', false) as "hasArrived"`;
const JOURNAL = `left join _deliveries j on j.delivery = d.delivery`;

/** A part of a disclosure that may hold a customer. */
export interface FoundPart extends StoredDisclosure {
  /** The id whose span it was found by. */
  readonly wanted: bigint;
  readonly fields: FieldForms;
  readonly packed: Buffer;
}

/** The parts whose span holds one of the ids, in the order of disclosures. */
export async function partsAround(tx: Transaction, ids: readonly bigint[]): Promise<FoundPart[]> {
  return await tx.rows<FoundPart>(
    `select ${DISCLOSURE}, wanted.id as wanted, f.fields, c.customers as packed
       from unnest($1::bigint[]) wanted (id)
       join _disclosed_customers c on c.span @> wanted.id
       join _disclosed_forms f on f.forms = c.forms
       join _disclosures d on d.disclosure = c.disclosure
       ${JOURNAL}
      order by d.disclosure`,
    [ids],
  );
}

/** A part of a disclosure, with what it was for. */
export interface RecipientPart {
  readonly disclosure: bigint;
  readonly at: Date;
  readonly purpose: string;
  readonly forms: number;
  readonly fields: FieldForms;
  readonly packed: Buffer;
}

const PARTS_A_FETCH = 500;

/** Every part of what a recipient has got. */
export function partsOfRecipient(
  tx: Transaction,
  recipient: string,
): AsyncIterable<RecipientPart[]> {
  return tx.batches<RecipientPart>(
    `select d.disclosure, d.at, d.purpose, c.forms, f.fields, c.customers as packed
       from _disclosures d
       join _disclosed_customers c on c.disclosure = d.disclosure
       join _disclosed_forms f on f.forms = c.forms
      where d.recipient = $1
      order by d.disclosure, c.part`,
    [recipient],
    PARTS_A_FETCH,
  );
}

/**
 * The lists of what left with any of the fields, as far as they may hold an id between two.
 * @param fields names of customers' fields
 */
export function partsBetween(
  tx: Transaction,
  { first, last }: { readonly first: bigint; readonly last: bigint },
  fields: readonly string[],
): AsyncIterable<{ readonly packed: Buffer }[]> {
  return tx.batches<{ packed: Buffer }>(
    `select c.customers as packed
       from _disclosed_customers c
       join _disclosed_forms f on f.forms = c.forms
       join _disclosures d on d.disclosure = c.disclosure
      where c.span && int8range($1, $2, '[]') and d.channel in ('delivery', 'exported')
        and f.fields ?| $3::text[]`,
    [first, last, fields],
    PARTS_A_FETCH,
  );
}

/** The packed ids of one delivery; several lists where forms differed. */
export async function packedOfDelivery(tx: Transaction, waybillId: string): Promise<Buffer[]> {
  const rows = await tx.rows<{ packed: Buffer }>(
    `select c.customers as packed
       from _disclosures d
       join _disclosed_customers c on c.disclosure = d.disclosure
      where d.delivery = (select delivery from _disclosures where waybill_id = $1::uuid)
        and d.waybill_id = $1::uuid
      order by c.part`,
    [waybillId],
  );
  return rows.map(({ packed }) => packed);
}

/** Names of the recipients that anything was disclosed to. */
export async function knownRecipients(tx: Transaction): Promise<string[]> {
  const rows = await tx.rows<{ recipient: string }>(
    "select distinct recipient from _disclosures order by recipient",
  );
  return rows.map(({ recipient }) => recipient);
}
