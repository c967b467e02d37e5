import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Query } from "../../criteria/index.ts";

/** A member with the slots it is stored in, and those that an evaluation found. */
export interface ComparedMember {
  readonly member: bigint;
  /** Null: it is stored in none. */
  readonly before: Buffer | null;
  /** Null: there is no such member. */
  readonly after: Buffer | null;
}

const ROWS_PER_BATCH = 10_000;

/** Everybody of a subject, by id: what is stored beside what an evaluation query answers. */
export function comparedMembers(
  tx: Transaction,
  subject: string,
  { sql, values }: Query,
): AsyncIterable<ComparedMember[]> {
  const own = values.length + 1;
  return tx.batches<ComparedMember>(
    `select coalesce(e._id, m.member) as member, m.bits as before, e.bits as after
       from (${sql}) e
       full join (select member, bits from _members
                   where subject = (select subject from _member_subjects where dataset = $${own}::text)) m
         on m.member = e._id
      order by 1`,
    [...values, subject],
    ROWS_PER_BATCH,
  );
}
