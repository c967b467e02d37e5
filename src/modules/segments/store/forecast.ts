/** Members whose answer time alone can change. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Query } from "../../criteria/index.ts";

/** A member about whom some answer changes by time alone, at the earliest when it is due. */
export interface DueMember {
  readonly member: bigint;
  /** Whether it is in the slot asked about. */
  readonly isIn: boolean;
}

/** The members of a subject that are due up to an instant, soonest first, in pages of so many. */
export async function* selectDue(
  tx: Transaction,
  {
    subject,
    slot,
    upTo,
    page,
  }: {
    readonly subject: string;
    readonly slot: number;
    readonly upTo: Date;
    readonly page: number;
  },
): AsyncGenerator<readonly DueMember[]> {
  await tx.run(
    `declare due_members no scroll cursor for
     select m.member, case when length(m.bits) * 8 > $2 then get_bit(m.bits, $2) = 1 else false end as "isIn"
       from _members m join _member_subjects j on j.subject = m.subject
      where j.dataset = $1 and m.due <= $3
      order by m.due, m.member`,
    [subject, slot, upTo],
  );
  for (;;) {
    const rows = await tx.rows<DueMember>(`fetch ${page} from due_members`);
    if (rows.length === 0) {
      return;
    }
    yield rows;
  }
}

/** The `_id`s of a members query as a set. */
export async function selectMemberSet(tx: Transaction, query: Query): Promise<ReadonlySet<bigint>> {
  const rows = await tx.rows<{ _id: bigint }>(query.sql, query.values);
  return new Set(rows.map(({ _id }) => _id));
}
