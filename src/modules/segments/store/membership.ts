import type { Transaction } from "../../../platform/postgres/index.ts";
import type { ExplanationRow, Query } from "../../criteria/index.ts";

/** One page of members: `_id`s above `after`, in their order. */
export interface MemberRange {
  readonly after: bigint;
  readonly limit: number;
}

/** Members of a criteria query by keyset: the next page begins after the last `_id` of this one. */
export async function selectMembers(
  tx: Transaction,
  members: Query,
  { after, limit }: MemberRange,
): Promise<readonly bigint[]> {
  const next = members.values.length + 1;
  const rows = await tx.rows<{ _id: bigint }>(
    `select m._id from (${members.sql}) m where m._id > $${next}::bigint order by m._id limit $${next + 1}`,
    [...members.values, after, limit],
  );
  return rows.map(({ _id }) => _id);
}

/** The count of a criteria count query. */
export async function selectCount(tx: Transaction, count: Query): Promise<bigint> {
  const row = await tx.row<{ count: bigint }>(count.sql, count.values);
  return row.count;
}

/** The counts of a criteria counts query, in the order of its criteria. */
export async function selectCounts(tx: Transaction, counts: Query): Promise<readonly bigint[]> {
  const row = await tx.row<Record<string, bigint>>(counts.sql, counts.values);
  return Object.values(row);
}

/** The answer of an explain query; undefined when there is no such customer. */
export async function selectExplanation(
  tx: Transaction,
  explain: Query,
): Promise<ExplanationRow | undefined> {
  return await tx.optionalRow<ExplanationRow>(explain.sql, explain.values);
}

/** The answer of a next-flip query for one customer; undefined when time alone changes nothing. */
export async function selectNextFlip(tx: Transaction, flip: Query): Promise<Date | undefined> {
  const row = await tx.optionalRow<{ next_flip: Date | null }>(flip.sql, flip.values);
  return row?.next_flip ?? undefined;
}
