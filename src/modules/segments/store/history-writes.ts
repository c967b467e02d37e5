/** Entries and exits: in the change log, in the history of memberships, and counted. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { membershipsToLog } from "../../customers/index.ts";

/** Why memberships change: data, time alone, a hand, or because they were found to be wrong. */
export type MembershipCause = "change" | "time" | "pin" | "repair";

/** A member that enters a segment or leaves it. */
export interface LoggedMove {
  readonly member: bigint;
  /** Whom it concerns; null for accounts, and for events without a customer. */
  readonly customer: bigint | null;
  readonly name: string;
  readonly segment: number;
  readonly version: number;
  readonly entered: boolean;
  readonly cause: MembershipCause;
  /** The newest change that led to it; null when none did, or too many. */
  readonly causedBy: bigint | null;
  /** When time alone would change it again; null: never. */
  readonly until: Date | null;
}

/** Who acts when nobody does. */
const ACTOR = "segments";

/**
 * Logs entries and exits in this order. The head of the change log is locked from here on: what else the
 * transaction does comes before. @returns the number of the last
 */
export async function logMoves(
  tx: Transaction,
  moves: readonly LoggedMove[],
  at: Date,
): Promise<bigint> {
  const log = membershipsToLog({ at, intake: null, actor: ACTOR }, 1);
  const { last } = await tx.row<{ last: bigint }>(
    `with moves as materialized (
       select ordinal, member, customer, name, segment, version, entered, cause, caused_by, until
         from unnest($5::bigint[], $6::bigint[], $7::text[], $8::integer[], $9::integer[], $10::boolean[],
                     $11::_membership_cause[], $12::bigint[], $13::timestamptz[]) with ordinality
              m (member, customer, name, segment, version, entered, cause, caused_by, until, ordinal)
     ), noted as (
       select ordinal, case when entered then 'segment-entered' else 'segment-left' end::_change_kind as kind,
              name as dataset, version::bigint as row_id, customer
         from moves
     ), ${log.entries}, remembered as (
       insert into _membership_history (change, at, member, segment, version, entered, cause, caused_by, until)
       select head.before + m.ordinal, $1::timestamptz, m.member, m.segment, m.version, m.entered, m.cause,
              m.caused_by, m.until
         from moves m cross join head
     )
     select last from head`,
    [
      ...log.values,
      moves.map(({ member }) => member),
      moves.map(({ customer }) => customer),
      moves.map(({ name }) => name),
      moves.map(({ segment }) => segment),
      moves.map(({ version }) => version),
      moves.map(({ entered }) => entered),
      moves.map(({ cause }) => cause),
      moves.map(({ causedBy }) => causedBy),
      moves.map(({ until }) => until),
    ],
  );
  return last;
}
