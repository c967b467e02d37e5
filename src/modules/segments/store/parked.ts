/** Members that are set aside, since evaluating them failed. */
import type { Transaction } from "../../../platform/postgres/index.ts";

export interface ParkedMember {
  readonly member: bigint;
  readonly subject: number;
  readonly parkedAt: Date;
  readonly tries: number;
  readonly retryAt: Date;
  /** A code, without values. */
  readonly failure: string;
}

/** All of them, by member. */
export async function selectParked(tx: Transaction): Promise<ReadonlyMap<bigint, ParkedMember>> {
  const rows = await tx.rows<ParkedMember>(
    `select member, subject, parked_at as "parkedAt", tries, retry_at as "retryAt", failure
       from _parked_members`,
  );
  return new Map(rows.map((row) => [row.member, row]));
}

/** Between the first tries; after each further one twice as long, up to the longest. */
const FIRST_PAUSE_SECONDS = 10;
const LONGEST_PAUSE_SECONDS = 3_600;

/** Sets a member aside, or aside again for twice as long; until then it is not due either. */
export async function parkMember(
  tx: Transaction,
  parked: {
    readonly member: bigint;
    readonly subject: number;
    readonly change: bigint | null;
    readonly at: Date;
    readonly failure: string;
  },
): Promise<void> {
  const { member, subject, change, at, failure } = parked;
  await tx.run(
    `with parked as (
     insert into _parked_members as p (member, subject, change, parked_at, tries, retry_at, failure)
     values ($1, $2, $3, $4::timestamptz, 1, $4::timestamptz + make_interval(secs => $6), $5)
     on conflict (member) do update set
       tries = p.tries + 1, change = excluded.change, failure = excluded.failure,
       retry_at = $4::timestamptz + make_interval(secs => least($6 * 2.0 ^ least(p.tries, 20), $7))
     returning p.member, p.retry_at)
     update _members m set due = parked.retry_at
       from parked where m.member = parked.member and m.due < parked.retry_at`,
    [member, subject, change, at, failure, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS],
  );
}

/** Forgets members that could be evaluated. */
export async function unparkMembers(tx: Transaction, members: readonly bigint[]): Promise<void> {
  await tx.run("delete from _parked_members where member = any($1::bigint[])", [members]);
}
