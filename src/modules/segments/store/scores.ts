/** The places of customers by scores, as stored. */
import { quoteIdent, type Transaction } from "../../../platform/postgres/index.ts";
import { numbersQuery, type QueryOptions } from "../../criteria/index.ts";
import { straightToLog } from "../../customers/index.ts";
import type { Score } from "../scores/score.ts";

/** First key of the advisory lock, arbitrary and constant. */
const SCORES_LOCK = 7_203;

/** Waits for the turn to calculate a client's scores, and keeps it until the transaction ends. */
export async function lockScores(tx: Transaction): Promise<void> {
  await tx.run("select pg_advisory_xact_lock($1, hashtext(current_schema()))", [SCORES_LOCK]);
}

/** A calculation of a score. */
export interface ScoreRun {
  readonly score: string;
  readonly version: number;
  readonly scoredAt: Date;
  /** How many have the score. */
  readonly customers: bigint;
  /** How many got it, lost it, or moved to another bucket. */
  readonly changed: bigint;
  /** The number at which each bucket begins, from the worst end; buckets without anybody are left out. */
  readonly bounds: Readonly<Record<string, string>>;
}

/**
 * Calculates the place of every customer by each of the scores, into a temporary table of the
 * transaction: one scan.
 *
 * Bucket b of k is the highest of which holds: at least (b - 1) / k of those scored have a worse number.
 * Equal numbers are always in the same bucket. These are the k-quantiles by the inverse of the
 * distribution function, SQL's `percentile_disc` (definition 1 of Hyndman and Fan, The American
 * Statistician 50, 1996); without ties and with a multiple of k customers, SQL's `ntile`.
 */
export async function calculatePlaces(
  tx: Transaction,
  scores: readonly Score[],
  options: Pick<QueryOptions, "catalogue" | "asOf">,
): Promise<void> {
  await tx.run(
    `create temporary table _places (score text, customer bigint, value numeric, bucket smallint) on commit drop`,
  );
  if (scores.length === 0) {
    return;
  }
  const numbers = numbersQuery(
    scores.map(({ number }) => number),
    options,
  );
  const values = [...numbers.values];
  const parameter = (value: string | number, type: string): string => {
    values.push(value);
    return `$${values.length}::${type}`;
  };
  const places = scores.map(({ name, buckets, best }, index) => {
    const order = `order by n${index}${best === "lowest" ? " desc" : ""}`;
    const worse = `(rank() over (${order}) - 1)`;
    return (
      `select ${parameter(name, "text")} as score, _id as customer, n${index} as value, ` +
      `(1 + ${worse} * ${parameter(buckets, "bigint")} / count(*) over ())::smallint as bucket ` +
      `from numbers where n${index} is not null`
    );
  });
  await tx.run(
    `insert into _places (score, customer, value, bucket)
     with numbers as materialized (${numbers.sql}) ${places.join(" union all ")}`,
    values,
  );
}

/** How many have a score, and where its buckets begin. */
export type ScoreShape = Pick<ScoreRun, "customers" | "bounds">;

/** The shape of a score whose places were calculated in this transaction. */
export async function selectShape(
  tx: Transaction,
  { name, best }: Pick<Score, "name" | "best">,
): Promise<ScoreShape> {
  const begins = best === "highest" ? "min" : "max";
  return await tx.row<ScoreShape>(
    `select coalesce(sum(b.customers), 0)::bigint as customers,
            coalesce(jsonb_object_agg(b.bucket, b.begins::text), '{}') as bounds
       from (select bucket, count(*) as customers, ${begins}(value) as begins
               from _places where score = $1 group by bucket) b`,
    [name],
  );
}

/** What is not as it was: no bucket when the customer is not scored any more. */
export interface ScoreDifference {
  readonly score: string;
  readonly customer: bigint;
  readonly bucket: number | null;
}

/** The calculated places that are not the stored ones, of these scores, by customer. */
export function readDifferences(
  tx: Transaction,
  names: readonly string[],
  batchSize: number,
): AsyncIterable<ScoreDifference[]> {
  return tx.batches<ScoreDifference>(
    `select coalesce(p.score, s.score) as score, coalesce(p.customer, s.customer) as customer, p.bucket
       from _places p
       full join (select score, customer, bucket from _scores where score = any($1::text[])) s
         on s.customer = p.customer and s.score = p.score
      where p.bucket is distinct from s.bucket
      order by customer`,
    [names],
    batchSize,
  );
}

/**
 * Writes differences, with one entry in the change log for each customer. Customers that are gone
 * meanwhile get nothing.
 * @returns how many changed, for each score
 */
export async function writeScores(
  tx: Transaction,
  differences: readonly ScoreDifference[],
  { customers, at }: { readonly customers: string; readonly at: Date },
): Promise<readonly { readonly score: string; readonly count: bigint }[]> {
  const sink = straightToLog({ at, intake: null, actor: "scores" });
  const first = sink.values.length + 1;
  return await tx.rows<{ score: string; count: bigint }>(
    `with given as (
       select score, customer, bucket
         from unnest($${first}::text[], $${first + 1}::bigint[], $${first + 2}::smallint[]) as g (score, customer, bucket)
     ), written as (
       insert into _scores as s (score, customer, bucket)
       select g.score, g.customer, g.bucket from given g
        where g.bucket is not null and exists (select from ${quoteIdent(customers)} c where c._id = g.customer)
       on conflict (customer, score) do update set bucket = excluded.bucket
        where s.bucket is distinct from excluded.bucket
       returning score, customer
     ), removed as (
       delete from _scores s using given g
        where g.bucket is null and s.customer = g.customer and s.score = g.score
       returning s.score, s.customer
     ), moved as (
       select score, customer from written union all select score, customer from removed
     ), noted as (
       select 'customer-scored'::_change_kind as kind, $${first + 3}::text as dataset, m.customer as row_id,
              m.customer, array_agg(m.score order by m.score) as fields
         from moved m group by m.customer
     ), ${sink.entries}
     select m.score, count(*) as count from moved m group by m.score`,
    [
      ...sink.values,
      differences.map(({ score }) => score),
      differences.map(({ customer }) => customer),
      differences.map(({ bucket }) => bucket),
      customers,
    ],
  );
}

/** Notes a calculation, with what it led to. Of two at the same instant the later one counts. */
export async function insertScoreRun(tx: Transaction, run: ScoreRun): Promise<void> {
  await tx.run(
    `insert into _score_runs (score, version, scored_at, customers, changed, bounds)
     values ($1, $2, $3, $4, $5, $6::jsonb)
     on conflict (score, scored_at) do update
       set version = excluded.version, customers = excluded.customers, changed = excluded.changed,
           bounds = excluded.bounds`,
    [run.score, run.version, run.scoredAt, run.customers, run.changed, run.bounds],
  );
}

/** The newest calculation of every score that ever was calculated. */
export async function selectNewestRuns(tx: Transaction): Promise<readonly ScoreRun[]> {
  return await tx.rows<ScoreRun>(
    `select distinct on (score) score, version, scored_at as "scoredAt", customers, changed, bounds
       from _score_runs order by score, scored_at desc`,
  );
}
