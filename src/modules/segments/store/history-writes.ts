/** Entries and exits: with numbers of the change log, and where they are found again. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { takingNumbers } from "../../customers/index.ts";

/** Why memberships change: data, time alone, a hand, or because they were found to be wrong. */
export type MembershipCause = "change" | "time" | "pin" | "repair";

/** Entries into one version of a segment, or exits from it, that have one cause. */
export interface MoveGroup {
  readonly segment: number;
  readonly version: number;
  readonly entered: boolean;
  readonly cause: MembershipCause;
  /** In the order of their numbers; each once. */
  readonly members: readonly bigint[];
  /** Of each member the newest change that led to it; null when none did, or too many. */
  readonly causedBy: readonly (bigint | null)[];
  /** Of each member when time alone would change it again; null: never. */
  readonly untils: readonly (Date | null)[];
}

/**
 * Logs entries and exits in this order: the last thing a transaction does, for the head of the change log is
 * locked from here on. Lists of all groups are passed end to end and cut on the server, without nulls: of
 * those a piece is found by counting, and with them it would be searched from the beginning.
 * @returns the number of the last
 */
export async function logMoves(
  tx: Transaction,
  groups: readonly MoveGroup[],
  at: Date,
): Promise<bigint> {
  const members = groups.flatMap((group) => group.members);
  const { last } = await tx.row<{ last: bigint }>(
    `with ${takingNumbers("$2::integer")}, noted as (
       insert into _membership_moves (change, at, segment, version, entered, cause, members, caused_by, untils)
       select head.before + k.upto, $1::timestamptz, k.segment, k.version, k.entered, k.cause,
              ($10::bigint[])[k.since:k.upto], case when k.is_caused then ($11::bigint[])[k.since:k.upto] end,
              case when k.is_timed then ($12::timestamptz[])[k.since:k.upto] end
         from head cross join
              (select (sum(size) over (order by place))::integer - size + 1 as since,
                      (sum(size) over (order by place))::integer as upto, segment, version, entered, cause, is_caused, is_timed
                 from unnest($3::integer[], $4::integer[], $5::boolean[], $6::_membership_cause[], $7::integer[],
                             $8::boolean[], $9::boolean[])
                      with ordinality g (segment, version, entered, cause, size, is_caused, is_timed, place)) k
     ), found as (
       insert into _moved_members (member, first, last)
       select member, head.before + 1, head.last from unnest($13::bigint[]) w (member) cross join head
     )
     select last from head`,
    [
      at,
      members.length,
      groups.map(({ segment }) => segment),
      groups.map(({ version }) => version),
      groups.map(({ entered }) => entered),
      groups.map(({ cause }) => cause),
      groups.map((group) => group.members.length),
      groups.map(({ causedBy }) => causedBy.some((change) => change !== null)),
      groups.map(({ untils }) => untils.some((until) => until !== null)),
      members,
      groups.flatMap(({ causedBy }) => causedBy.map((change) => change ?? 0n)),
      groups.flatMap(({ untils }) => untils.map((until) => until ?? NEVER)),
      [...new Set(members)],
    ],
  );
  return last;
}

/** As the server reads it. */
const NEVER = Infinity;
