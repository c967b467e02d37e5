/** Members that a person put into a segment or kept out of it, as stored. Pins that ended stay. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import { straightToLog } from "../../customers/index.ts";

export interface Pin {
  readonly segment: string;
  readonly member: bigint;
  readonly direction: "in" | "out";
  /** From this instant on it does not count; null: it does not expire. */
  readonly expiresAt: Date | null;
  readonly reason: string | null;
  readonly pinnedAt: Date;
  readonly pinnedBy: string;
}

const COLUMNS = `segment, member, direction, expires_at as "expiresAt", reason, pinned_at as "pinnedAt", pinned_by as "pinnedBy"`;

/** Pins that nobody removed, newest first, of one segment or all; expired ones are among them. */
export async function selectPins(
  tx: Transaction,
  { segment }: { readonly segment?: string | undefined },
): Promise<readonly Pin[]> {
  return await tx.rows<Pin>(
    `select ${COLUMNS} from _pins
      where removed_at is null and segment = coalesce($1, segment)
      order by pin desc`,
    [segment ?? null],
  );
}

/**
 * The pin of a member that counts, or the newest that has expired; among them those of who was merged
 * into it. Undefined: nobody pinned it, or somebody took that back.
 */
export async function selectPinOf(
  tx: Transaction,
  { segment, member, dataset, at }: PinnedMember & { readonly dataset: string; readonly at: Date },
): Promise<Pin | undefined> {
  return await tx.optionalRow<Pin>(
    `select ${COLUMNS} from _pins
      where removed_at is null and segment = $1
        and (member = $2 or member in (select old_id from _redirects where dataset = $3 and new_id = $2))
      order by coalesce(expires_at > $4, true) desc, member = $2 desc, pin desc
      limit 1`,
    [segment, member, dataset, at],
  );
}

/** Segments with a pin that nobody removed: only their criteria need to ask for pins. */
export async function selectPinnedSegments(tx: Transaction): Promise<ReadonlySet<string>> {
  const rows = await tx.rows<{ segment: string }>(
    "select distinct segment from _pins where removed_at is null",
  );
  return new Set(rows.map(({ segment }) => segment));
}

export async function insertPin(tx: Transaction, pin: Pin): Promise<void> {
  await tx.run(
    `insert into _pins (segment, member, direction, expires_at, reason, pinned_at, pinned_by)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [pin.segment, pin.member, pin.direction, pin.expiresAt, pin.reason, pin.pinnedAt, pin.pinnedBy],
  );
}

/** Ends the pins of these members in a segment. Returns whether there was one. */
export async function removePins(
  tx: Transaction,
  {
    segment,
    members,
    at,
    who,
  }: {
    readonly segment: string;
    readonly members: readonly bigint[];
    readonly at: Date;
    readonly who: string;
  },
): Promise<boolean> {
  const removed = await tx.run(
    `update _pins set removed_at = $3, removed_by = $4
      where segment = $1 and member = any($2::bigint[]) and removed_at is null`,
    [segment, members, at, who],
  );
  return removed > 0;
}

/** A golden row as it is known now: `living` is itself, or what it was merged into; `former` what was merged into it. */
export interface Merged {
  readonly living: bigint;
  readonly former: readonly bigint[];
}

/** What a golden row was merged into, and what was merged into it. */
export async function selectMerged(
  tx: Transaction,
  dataset: string,
  member: bigint,
): Promise<Merged> {
  return await tx.row<Merged>(
    `select coalesce((select new_id from _redirects where dataset = $1 and old_id = $2), $2::bigint) as living,
            array(select old_id from _redirects where dataset = $1 and new_id = $2 order by old_id) as former`,
    [dataset, member],
  );
}

export interface PinnedMember {
  readonly segment: string;
  readonly member: bigint;
}

/**
 * Whom a member concerns: the customer itself, or whom the event happened to.
 * @param customerColumn of the subject's table; undefined: accounts concern no one customer
 * @returns undefined when there is no such member
 */
export async function selectConcerned(
  tx: Transaction,
  member: bigint,
  {
    dataset,
    customerColumn,
  }: {
    readonly dataset: string;
    readonly customerColumn: "_id" | "_customer" | undefined;
  },
): Promise<{ readonly customer: bigint | null } | undefined> {
  return await tx.optionalRow<{ customer: bigint | null }>(
    `select ${customerColumn ?? "null::bigint"} as customer from ${quoteIdent(dataset)} where _id = $1`,
    [member],
  );
}

/** Logs that a member was pinned or is no longer, so that followers ask about it again. */
export async function logPin(
  tx: Transaction,
  pin: PinnedMember & {
    readonly customer: bigint | null;
    readonly at: Date;
    readonly who: string;
    readonly reason: string | undefined;
  },
): Promise<void> {
  const { at, who, reason } = pin;
  const sink = straightToLog({ at, intake: null, actor: who, reason });
  const own = sink.values.length;
  await tx.rows(
    `with noted (kind, dataset, row_id, customer, fields) as (
       values ('segment-pinned'::_change_kind, $${own + 1}::text, $${own + 2}::bigint, $${own + 3}::bigint, null::text[])
     ), ${sink.entries}
     select change from entries`,
    [...sink.values, pin.segment, pin.member, pin.customer],
  );
}
