/** What questions about segments read. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { EACH_MOVE } from "./moves.ts";

/**
 * How what is stored stands to an instant. Members that are parked do not make it stale: evaluating them
 * fails, and `segmentHealth` names them.
 */
export async function selectTime(
  tx: Transaction,
  asOf: Date,
): Promise<{ readonly isCurrent: boolean; readonly isPast: boolean }> {
  return await tx.row(
    `select coalesce(f.cursor = h.last and f.as_of <= $1 and f.rescan is null
                     and not exists (select from _members where due <= $1), false) as "isCurrent",
            coalesce(f.as_of > $1, false) as "isPast"
       from _following f cross join _change_head h`,
    [asOf],
  );
}

/** The highest id that was given to a customer, an account or an event. */
export async function selectHighestId(tx: Transaction): Promise<bigint> {
  const { highest } = await tx.row<{ highest: bigint }>("select last_value as highest from _ids");
  return highest;
}

/** When the first version of each segment came into force, by name. */
export async function selectFirsts(tx: Transaction): Promise<ReadonlyMap<string, Date>> {
  const rows = await tx.rows<{ name: string; first: Date }>(
    `select s.name, min(v.switched_at) as first
       from _segments s join _segment_versions v on v.segment = s.segment
      where s.version is not null and v.switched_at is not null
      group by s.name`,
  );
  return new Map(rows.map(({ name, first }) => [name, first]));
}

/** Members with a bit, above `after`, ascending. */
export async function selectStored(
  tx: Transaction,
  { slot, after, limit }: { readonly slot: number; readonly after: bigint; readonly limit: number },
): Promise<readonly bigint[]> {
  const rows = await tx.rows<{ member: bigint }>(
    `select m.member from _members m
      where m.member > $2 and case when length(m.bits) * 8 > $1 then get_bit(m.bits, $1) = 1 else false end
      order by m.member limit $3`,
    [slot, after, limit],
  );
  return rows.map(({ member }) => member);
}

/** Whether a member has a bit. */
export async function hasBit(
  tx: Transaction,
  { slot, member }: { readonly slot: number; readonly member: bigint },
): Promise<boolean> {
  const row = await tx.optionalRow<{ has: boolean }>(
    `select case when length(m.bits) * 8 > $1 then get_bit(m.bits, $1) = 1 else false end as has
       from _members m where m.member = $2`,
    [slot, member],
  );
  return row?.has ?? false;
}

/** A member by when it entered. */
export interface NewMember {
  readonly member: bigint;
  /** The entry's number in the change log. */
  readonly change: bigint;
  readonly at: Date;
  readonly cause: "change" | "time" | "pin" | "repair";
}

/** Members whose last move was to enter, the newest first, with numbers below `before`. */
export async function selectNewest(
  tx: Transaction,
  question: {
    readonly segment: number;
    readonly slot: number;
    readonly before: bigint | undefined;
    readonly limit: number;
  },
): Promise<readonly NewMember[]> {
  return await tx.rows<NewMember>(
    `select move.member, move.change, h.at, h.cause::text as cause
       from _membership_moves h ${EACH_MOVE} join _members m on m.member = move.member
      where h.segment = $1 and h.entered and ($3::bigint is null or move.change < $3)
        and case when length(m.bits) * 8 > $2 then get_bit(m.bits, $2) = 1 else false end
        and not exists (select from _moved_members b join _membership_moves l on l.change between b.first and b.last
                         where b.member = move.member and b.last > h.change and l.segment = h.segment
                           and l.change > h.change and b.member = any(l.members))
      order by h.at desc, h.change desc, move.change desc
      limit $4`,
    [question.segment, question.slot, question.before ?? null, question.limit],
  );
}
