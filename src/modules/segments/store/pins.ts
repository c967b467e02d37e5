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
  {
    segment,
    member,
  }: { readonly segment?: string | undefined; readonly member?: bigint | undefined },
): Promise<readonly Pin[]> {
  return await tx.rows<Pin>(
    `select ${COLUMNS} from _pins
      where removed_at is null and segment = coalesce($1, segment) and member = coalesce($2::bigint, member)
      order by pin desc`,
    [segment ?? null, member ?? null],
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

/** Ends the pin of a member. Returns whether there was one. */
export async function removePin(
  tx: Transaction,
  { segment, member, at, who }: PinnedMember & { readonly at: Date; readonly who: string },
): Promise<boolean> {
  const removed = await tx.run(
    `update _pins set removed_at = $3, removed_by = $4
      where segment = $1 and member = $2 and removed_at is null`,
    [segment, member, at, who],
  );
  return removed > 0;
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
