/** How far membership has followed, and the lock of those who follow. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import type { ChangeKind } from "../../customers/index.ts";
import { AT_ONCE } from "./members.ts";

/** Why everybody is evaluated: too much changed, the clock was set back, or something was found wrong. */
export type ScanCause = "change" | "time" | "repair";

/** The row of `_following`, and what it stands beside. */
export interface Position {
  /** The newest change that is followed. */
  readonly cursor: bigint;
  /** The newest change there is. */
  readonly head: bigint;
  /** The clock of the newest evaluation; null before the first. */
  readonly asOf: Date | null;
  /** Other than before: other statements are to be evaluated. */
  readonly revision: bigint;
  /** Why all members are to be evaluated anew; null: they are not. */
  readonly rescan: ScanCause | null;
  /** Counts the contracts that were applied; 0 before the first. */
  readonly contract: number;
  /** Members are set aside, since evaluating them failed. */
  readonly hasParked: boolean;
}

const POSITION = `f.cursor, f.as_of as "asOf", f.revision, f.rescan,
  (select last from _change_head) as head,
  (select coalesce(max(version_no), 0) from _contracts) as contract,
  exists (select from _parked_members) as "hasParked"`;

/** What is known of the position, without waiting for anybody. */
export async function readPosition(tx: Transaction): Promise<Position> {
  return await tx.row<Position>(`select ${POSITION} from _following f`);
}

/**
 * Makes everybody else who writes memberships wait until this transaction ends.
 * @param waits false: with undefined at once when somebody else is at it
 */
export async function lockPosition(tx: Transaction, waits: boolean): Promise<Position | undefined> {
  const locked = await tx.optionalRow<{ cursor: bigint }>(
    `select cursor from _following for update ${waits ? "" : "skip locked"}`,
  );
  // Read after the lock is held: a statement that waited for it would see what was before.
  return locked === undefined ? undefined : await readPosition(tx);
}

/** Moves on. The lock is held. */
export async function movePosition(
  tx: Transaction,
  { cursor, asOf }: { readonly cursor: bigint; readonly asOf: Date },
): Promise<void> {
  await tx.run("update _following set cursor = greatest(cursor, $1), as_of = $2", [cursor, asOf]);
}

/** Asks for all members to be evaluated anew, by the clock of `asOf`. The lock is held. */
export async function askForScan(
  tx: Transaction,
  { cause, asOf }: { readonly cause: ScanCause; readonly asOf: Date },
): Promise<void> {
  await tx.run("update _following set rescan = $1, as_of = $2", [cause, asOf]);
}

/** Remembers that the clock was set back: what was answered for later instants happens again. The lock is held. */
export async function noteSetBack(
  tx: Transaction,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<void> {
  await tx.run(
    `insert into _clock_setbacks (change, back_to, gone_from) select last, $1, $2 from _change_head
     on conflict (change) do update set back_to = least(_clock_setbacks.back_to, excluded.back_to),
       gone_from = greatest(_clock_setbacks.gone_from, excluded.gone_from)`,
    [to, from],
  );
}

/** All members were evaluated as they were at a change. The lock is held. */
export async function noteScanned(tx: Transaction, head: bigint): Promise<void> {
  await tx.run("update _following set rescan = null, cursor = greatest(cursor, $1)", [head]);
}

/**
 * Takes the turn to evaluate everybody, until the transaction ends.
 * @returns false when somebody else has it
 */
export async function tryScanning(tx: Transaction): Promise<boolean> {
  const { taken } = await tx.row<{ taken: boolean }>(
    "select pg_try_advisory_xact_lock(hashtextextended('waybill.scan ' || current_schema(), 0)) as taken",
  );
  return taken;
}

/** About how many rows a dataset has, as the server last counted. */
export async function estimateRows(tx: Transaction, dataset: string): Promise<number> {
  const { rows } = await tx.row<{ rows: number }>(
    "select greatest(reltuples, 0)::float8 as rows from pg_class where oid = to_regclass($1)",
    [quoteIdent(dataset)],
  );
  return rows;
}

/** An entry of the change log as far as membership is concerned. */
export interface FollowedChange {
  readonly change: bigint;
  readonly kind: ChangeKind;
  readonly dataset: string;
  readonly rowId: bigint;
  readonly customer: bigint | null;
  /** Names, one a line; null where the entry has none, empty where they are none. */
  readonly fields: string | null;
}

/** Entries after one number, up to and with another. */
export interface FollowedRange {
  readonly after: bigint;
  readonly upTo: bigint;
  /** Most that are of interest. */
  readonly limit: number;
}

/** Where entries are that can change who is in a segment. */
const FOLLOWED = `_changes
      where change > $1 and change <= $2
        and kind not in ('segment-switched', 'record-added', 'record-changed')`;

/** Entries that can change who is in a segment, in order. Fields as one text: most entries name the same. */
export async function readFollowed(
  tx: Transaction,
  { after, upTo, limit }: FollowedRange,
): Promise<FollowedChange[]> {
  return await tx.rows<FollowedChange>(
    `select change, kind, dataset, row_id as "rowId", customer, array_to_string(fields, E'\\n') as fields
       from ${FOLLOWED}
      order by change
      limit $3`,
    [after, upTo, limit],
  );
}

/** How many there are. */
export async function countFollowed(
  tx: Transaction,
  { after, upTo, limit }: FollowedRange,
): Promise<number> {
  const { count } = await tx.row<{ count: number }>(
    `select count(*)::int4 as count from (select from ${FOLLOWED} limit $3) found`,
    [after, upTo, limit],
  );
  return count;
}

/** A member whose time has come. */
export interface DueMember {
  readonly member: bigint;
  readonly subject: number;
  readonly due: Date;
  /** Not only its time: everything about it is to be evaluated. */
  readonly whole: boolean;
}

/** Members that are due, the longest first. */
export async function readDue(
  tx: Transaction,
  { now, limit }: { readonly now: Date; readonly limit: number },
): Promise<DueMember[]> {
  return await tx.rows<DueMember>(
    `select member, subject, due, due = $3 as whole from _members where due <= $1 order by due limit $2`,
    [now, limit, AT_ONCE],
  );
}

/** The earliest instant at which a member is due; undefined when none ever is. */
export async function readNextDue(tx: Transaction): Promise<Date | undefined> {
  const row = await tx.optionalRow<{ due: Date }>(
    "select due from _members where due is not null order by due limit 1",
  );
  return row?.due;
}
