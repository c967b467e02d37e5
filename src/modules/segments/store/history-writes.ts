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
 * transaction does comes before. What many have in common is passed once, and named by its place.
 * @returns the number of the last
 */
export async function logMoves(
  tx: Transaction,
  moves: readonly LoggedMove[],
  at: Date,
): Promise<bigint> {
  const log = membershipsToLog({ at, intake: null, actor: ACTOR }, 1);
  const { kinds, places } = kindsOf(moves);
  const { last } = await tx.row<{ last: bigint }>(
    `with kinds as materialized (
       select place, name, segment, version, entered, cause,
              case when entered then 'segment-entered' else 'segment-left' end::_change_kind as kind
         from unnest($5::text[], $6::integer[], $7::integer[], $8::boolean[], $9::_membership_cause[])
              with ordinality k (name, segment, version, entered, cause, place)
     ), moves as materialized (
       select ordinal, member, customer, caused_by, until, kind, name, segment, version, entered, cause
         from unnest($10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::timestamptz[])
              with ordinality m (place, member, customer, caused_by, until, ordinal)
         join kinds using (place)
     ), noted as (
       select ordinal, kind, name as dataset, version::bigint as row_id, customer from moves
     ), ${log.entries}, remembered as (
       insert into _membership_history (change, at, member, segment, version, entered, cause, caused_by, until)
       select head.before + m.ordinal, $1::timestamptz, m.member, m.segment, m.version, m.entered, m.cause,
              m.caused_by, m.until
         from moves m cross join head
     )
     select last from head`,
    [
      ...log.values,
      kinds.map(({ name }) => name),
      kinds.map(({ segment }) => segment),
      kinds.map(({ version }) => version),
      kinds.map(({ entered }) => entered),
      kinds.map(({ cause }) => cause),
      places,
      moves.map(({ member }) => member),
      moves.map(({ customer }) => customer),
      moves.map(({ causedBy }) => causedBy),
      moves.map(({ until }) => until),
    ],
  );
  return last;
}

/** What moves have in common. */
type MoveKind = Pick<LoggedMove, "name" | "segment" | "version" | "entered" | "cause">;

/** The kinds of moves there are, and of each move the place of its kind, from 1. */
function kindsOf(moves: readonly LoggedMove[]): {
  readonly kinds: readonly MoveKind[];
  readonly places: readonly number[];
} {
  const kinds: MoveKind[] = [];
  const known = new Map<string, number>();
  const places = moves.map((move) => {
    const key = `${move.segment} ${move.version} ${move.entered} ${move.cause}`;
    const place = known.get(key) ?? kinds.push(move);
    known.set(key, place);
    return place;
  });
  return { kinds, places };
}
