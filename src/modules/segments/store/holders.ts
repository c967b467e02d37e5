import type { Transaction } from "../../../platform/postgres/index.ts";
import type { StoredMember } from "./members.ts";

/** The members of some slots whose ids are above `after`, ascending, at most `limit`. */
export async function selectHolders(
  tx: Transaction,
  {
    slots,
    after,
    limit,
  }: {
    readonly slots: readonly number[];
    readonly after: bigint;
    readonly limit: number;
  },
): Promise<StoredMember[]> {
  return await tx.rows<StoredMember>(
    `select m.member, m.subject, m.bits, m.due
       from _members m
      where m.member > $2
        and exists (select from unnest($1::integer[]) slot
                     where case when length(m.bits) * 8 > slot then get_bit(m.bits, slot) = 1 else false end)
      order by m.member
      limit $3`,
    [slots, after, limit],
  );
}
