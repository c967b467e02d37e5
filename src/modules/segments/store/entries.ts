/** What became of memberships, in the order of the change log. */
import type { Transaction } from "../../../platform/postgres/index.ts";

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
  return await tx.rows<MembershipChange>(
    `select c.change, c.at, substr(c.kind::text, 9) as kind, c.dataset as segment,
            c.row_id::integer as version, j.dataset as subject, h.member, h.cause, h.until
       from _changes c
       join _segments s on s.name = c.dataset
       join _segment_versions v on v.segment = s.segment and v.version = c.row_id
       join _member_subjects j on j.subject = v.subject
       left join _membership_history h on h.change = c.change
      where c.change > $1 and c.change <= $2
        and c.kind in ('segment-entered', 'segment-left', 'segment-switched')
        and ($3::text[] is null or c.dataset = any($3))
      order by c.change
      limit $4`,
    [after, upTo, segments ?? null, limit],
  );
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
