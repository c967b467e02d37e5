/** Pairs that a person should look at. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import { recordsTable } from "../../contracts/index.ts";
import type { EntityDataset } from "../../customers/index.ts";

/** A pair on which no person has spoken, with what its answer decides. */
export interface OpenQuestion {
  readonly left: bigint;
  readonly right: bigint;
  /** In bits, by the model. */
  readonly weight: number;
  readonly verdict: "same" | "unsure";
  /** The customers of the two; the same one where they are linked, and weakly. */
  readonly leftCustomer: bigint;
  readonly rightCustomer: bigint;
  /** How many records are, or would be, in the customer of each. */
  readonly leftSize: bigint;
  readonly rightSize: bigint;
}

/** Of entries `j` of the model: the latest on their pair, on which nothing stands that a person said. */
const unanswered = `not exists (
    select 1 from _judgements later
     where later.left_record = j.left_record and later.right_record = j.right_record
       and later.judge = 'model' and later.judgement > j.judgement)
  and not exists (
    select 1 from _judgements said
     where said.left_record = j.left_record and said.right_record = j.right_record
       and said.judge = 'person' and said.verdict is not null
       and not exists (
         select 1 from _judgements later
          where later.left_record = said.left_record
            and later.right_record = said.right_record
            and later.judge = 'person' and later.who = said.who
            and later.judgement > said.judgement))`;

/**
 * Questions on pairs of two customers whose weight is nearest to `link`, at most `limit` of them. A later
 * judgement of the model on the pair stands instead of an earlier one; a pair that a person has judged is
 * no question. Counted are only the customers of the pairs that are given.
 */
export async function openQuestions(
  tx: Transaction,
  dataset: EntityDataset,
  { link, limit }: { readonly link: number; readonly limit: number },
): Promise<OpenQuestion[]> {
  const records = quoteIdent(recordsTable(dataset));
  const sizeOf = (alias: string): string =>
    `(select count(*) from ${records} each where each._id = ${alias})`;
  return await tx.rows<OpenQuestion>(
    `select nearest.left_record as "left", nearest.right_record as "right", nearest.weight,
            nearest.verdict, nearest.one as "leftCustomer", nearest.other as "rightCustomer",
            ${sizeOf("nearest.one")} as "leftSize", ${sizeOf("nearest.other")} as "rightSize"
       from (select j.left_record, j.right_record, j.weight, j.verdict, l._id as one, r._id as other
               from _judgements j
               join ${records} l on l._record = j.left_record
               join ${records} r on r._record = j.right_record
              where j.dataset = $1 and j.judge = 'model' and j.verdict in ('same', 'unsure')
                and l._id <> r._id
                and ${unanswered}
              order by abs(j.weight - $2), j.left_record, j.right_record
              limit $3) nearest`,
    [dataset.name, link, limit],
  );
}

/** Links of the model that are weak, as weights in bits. */
export interface WeakRange {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** So many links at most are looked at, the weakest first. */
  readonly limit: number;
  /** So many records at most do the customers have together. */
  readonly mostRecords: number;
}

/**
 * The customers inside of which a pair has so little weight, and no person has spoken on it: the smallest
 * first, as many as keep within the limit. The records of a larger one are not counted to the last.
 */
export async function weaklyLinked(
  tx: Transaction,
  dataset: EntityDataset,
  { from, to, limit, mostRecords }: WeakRange,
): Promise<bigint[]> {
  const records = quoteIdent(recordsTable(dataset));
  const rows = await tx.rows<{ id: bigint }>(
    `with weakest as (
       select l._id as id
         from _judgements j
         join ${records} l on l._record = j.left_record
         join ${records} r on r._record = j.right_record
        where j.dataset = $1 and j.judge = 'model' and j.verdict = 'same'
          and j.weight >= $2 and j.weight < $3
          and l._id = r._id
          and ${unanswered}
        order by j.weight, j.left_record, j.right_record
        limit $4
     ), counted as (
       select id, (select count(*)
                     from (select from ${records} each where each._id = weak.id limit $5 + 1) member) as size
         from (select distinct id from weakest) weak
     )
     select id from (select id, sum(size) over (order by size, id) as together from counted) summed
      where together <= $5
      order by together`,
    [dataset.name, from, to, limit, mostRecords],
  );
  return rows.map(({ id }) => id);
}
