/** What became of memberships, in the order of the change log. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { EACH_MOVE } from "./moves.ts";

/** Someone entered or left, or another version of the segment came into force. */
export interface MembershipChange {
  /** Its number in the change log. */
  readonly change: bigint;
  readonly at: Date;
  readonly kind: "entered" | "left" | "switched";
  readonly segment: string;
  readonly version: number;
  /** The dataset whose rows are the members. */
  readonly subject: string;
  /** Null in a switch, which concerns all members at once. */
  readonly member: bigint | null;
  /** Null in a switch. */
  readonly cause: "change" | "time" | "pin" | "repair" | null;
  /** When time alone would change it again; null when it does not, or is not known. */
  readonly until: Date | null;
}

export interface EntryRange {
  /** Changes later than it, */
  readonly after: bigint;
  /** up to this one, */
  readonly upTo: bigint;
  /** of these segments only; of all when undefined, */
  readonly segments: readonly string[] | undefined;
  /** and at most so many. */
  readonly limit: number;
}

/** Entries, exits and switches within a part of the change log, oldest first. */
export async function selectEntries(
  tx: Transaction,
  { after, upTo, segments, limit }: EntryRange,
): Promise<readonly MembershipChange[]> {
  const moves = await tx.rows<MembershipChange>(
    `select move.change, h.at, case when h.entered then 'entered' else 'left' end as kind, s.name as segment,
            h.version, j.dataset as subject, move.member, h.cause, move.until
       from _membership_moves h
       join _segments s on s.segment = h.segment
       join _segment_versions v on v.segment = h.segment and v.version = h.version
       join _member_subjects j on j.subject = v.subject ${EACH_MOVE}
      where h.change > $1 and move.change > $1 and h.change <= $2 and ($3::text[] is null or s.name = any($3))
      order by h.change, move.change
      limit $4`,
    [after, upTo, segments ?? null, limit],
  );
  // Not further than that, for the log can be long.
  const end = moves.length < limit ? upTo : (moves.at(-1)?.change ?? upTo);
  const switches = await tx.rows<MembershipChange>(
    `select c.change, c.at, 'switched' as kind, c.dataset as segment, c.row_id::integer as version,
            j.dataset as subject, null as member, null as cause, null as until
       from _changes c
       join _segments s on s.name = c.dataset
       join _segment_versions v on v.segment = s.segment and v.version = c.row_id
       join _member_subjects j on j.subject = v.subject
      where c.change > $1 and c.change <= $2 and c.kind = 'segment-switched'
        and ($3::text[] is null or c.dataset = any($3))
      order by c.change
      limit $4`,
    [after, end, segments ?? null, limit],
  );
  return [...moves, ...switches]
    .toSorted((left, right) => Number(left.change - right.change))
    .slice(0, limit);
}

/** Those of the names that no segment has ever had. */
export async function selectUnknownSegments(
  tx: Transaction,
  names: readonly string[],
): Promise<readonly string[]> {
  const rows = await tx.rows<{ name: string }>(
    `select wanted.name from unnest($1::text[]) with ordinality as wanted (name, place)
      where not exists (select from _segments s where s.name = wanted.name)
      order by wanted.place`,
    [names],
  );
  return rows.map(({ name }) => name);
}
