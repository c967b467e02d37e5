import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";

/** A place in the sequence of ids, and how many rows to take from there on. */
export interface Sample {
  /** From 0 up to 1: where between the lowest and the highest id to begin. */
  readonly at: number;
  readonly size: number;
}

/**
 * Some rows of a dataset side by side, from a random place on, with some rows of `_members` from the same
 * place, which finds those that should not be there at all. By index: the cost does not grow with the rows.
 */
export async function sampleMembers(
  tx: Transaction,
  { dataset, subject }: { readonly dataset: string; readonly subject: number },
  { at, size }: Sample,
): Promise<bigint[]> {
  const table = quoteIdent(dataset);
  const rows = await tx.rows<{ member: bigint }>(
    `with place as (
       select (lowest + (highest - lowest) * $1::float8)::bigint as id
         from (select min(_id) as lowest, max(_id) as highest from ${table}) range
     )
     (select d._id as member from ${table} d where d._id >= (select id from place) order by d._id limit $2)
      union
     (select m.member from _members m
       where m.subject = $3 and m.member >= (select id from place) order by m.member limit $2)`,
    [at, size, subject],
  );
  return rows.map(({ member }) => member);
}
