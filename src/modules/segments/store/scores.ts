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

/** What is not as it was: null when the customer is not scored any more. */
export interface ScoreDifference {
  readonly score: string;
  readonly customer: bigint;
  readonly value: string | null;
  readonly bucket: number | null;
}

export interface DifferenceOptions extends Pick<QueryOptions, "catalogue" | "asOf"> {
  /** Also those among `scores`; of the others everything stored is a difference. */
  readonly names: readonly string[];
}

/**
 * Compares the stored places with those that the numbers give now, in one statement.
 *
 * Bucket b of k is the highest of which holds: at least (b - 1) / k of those scored have a worse number.
 * Equal numbers are always in the same bucket. These are the k-quantiles by the inverse of the
 * distribution function, SQL's `percentile_disc` (definition 1 of Hyndman and Fan, The American
 * Statistician 50, 1996); without ties and with a multiple of k customers, SQL's `ntile`.
 */
export function scoreDifferences(
  scores: readonly Score[],
  { names, ...options }: DifferenceOptions,
): { batches(tx: Transaction, size: number): AsyncIterable<ScoreDifference[]> } {
  const numbers = numbersQuery(
    scores.map(({ number }) => number),
    options,
  );
  const values = [...numbers.values];
  const parameter = (value: string | number | readonly string[], type: string): string => {
    values.push(value);
    return `$${values.length}::${type}`;
  };
  const fresh = scores.map(({ name, buckets, best }, index) => {
    const order = `order by n${index}${best === "lowest" ? " desc" : ""}`;
    const worse = `(rank() over (${order}) - 1)`;
    return (
      `select ${parameter(name, "text")} as score, _id as customer, n${index} as value, ` +
      `(1 + ${worse} * ${parameter(buckets, "bigint")} / count(*) over ())::smallint as bucket ` +
      `from numbers where n${index} is not null`
    );
  });
  const sql = `
    with numbers as materialized (${numbers.sql}),
    fresh (score, customer, value, bucket) as (
      ${fresh.length === 0 ? "select null::text, null::bigint, null::numeric, null::smallint where false" : fresh.join(" union all ")}
    ), stored as (
      select score, customer, value, bucket from _scores where score = any(${parameter(names, "text[]")})
    )
    select coalesce(f.score, s.score) as score, coalesce(f.customer, s.customer) as customer, f.value, f.bucket
      from fresh f full join stored s on s.score = f.score and s.customer = f.customer
     where f.value is distinct from s.value or f.bucket is distinct from s.bucket
     order by customer`;
  return { batches: (tx, size) => tx.batches<ScoreDifference>(sql, values, size) };
}

/**
 * Writes differences, and one entry in the change log for each customer whose bucket changed. Customers
 * that are gone meanwhile get nothing.
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
       select score, customer, value, bucket
         from unnest($${first}::text[], $${first + 1}::bigint[], $${first + 2}::numeric[], $${first + 3}::smallint[])
           as g (score, customer, value, bucket)
     ), before as (
       select s.score, s.customer, s.bucket from _scores s join given g on g.customer = s.customer and g.score = s.score
     ), written as (
       insert into _scores (score, customer, value, bucket)
       select g.score, g.customer, g.value, g.bucket from given g
        where g.bucket is not null and exists (select from ${quoteIdent(customers)} c where c._id = g.customer)
       on conflict (customer, score) do update set value = excluded.value, bucket = excluded.bucket
       returning score, customer, bucket
     ), removed as (
       delete from _scores s using given g
        where g.bucket is null and s.customer = g.customer and s.score = g.score
       returning s.score, s.customer
     ), moved as (
       select w.score, w.customer from written w left join before b on b.customer = w.customer and b.score = w.score
        where w.bucket is distinct from b.bucket
       union all
       select r.score, r.customer from removed r
     ), noted as (
       select 'customer-scored'::_change_kind as kind, $${first + 4}::text as dataset, m.customer as row_id,
              m.customer, array_agg(m.score order by m.score) as fields
         from moved m group by m.customer
     ), ${sink.entries}
     select m.score, count(*) as count from moved m group by m.score`,
    [
      ...sink.values,
      differences.map(({ score }) => score),
      differences.map(({ customer }) => customer),
      differences.map(({ value }) => value),
      differences.map(({ bucket }) => bucket),
      customers,
    ],
  );
}

/** Notes a calculation, with what it led to. */
export async function insertScoreRun(
  tx: Transaction,
  run: Omit<ScoreRun, "customers" | "bounds"> & { readonly best: "highest" | "lowest" },
): Promise<ScoreRun> {
  const begins = run.best === "highest" ? "min" : "max";
  return await tx.row<ScoreRun>(
    `insert into _score_runs (score, version, scored_at, customers, changed, bounds)
     select $1, $2, $3, coalesce(sum(b.customers), 0), $4, coalesce(jsonb_object_agg(b.bucket, b.begins::text), '{}')
       from (select bucket, count(*) as customers, ${begins}(value) as begins
               from _scores where score = $1 group by bucket) b
     on conflict (score, scored_at) do update
       set version = excluded.version, customers = excluded.customers, changed = _score_runs.changed + excluded.changed,
           bounds = excluded.bounds
     returning score, version, scored_at as "scoredAt", customers, changed, bounds`,
    [run.score, run.version, run.scoredAt, run.changed],
  );
}

/** The newest calculation of every score that ever was calculated. */
export async function selectNewestRuns(tx: Transaction): Promise<readonly ScoreRun[]> {
  return await tx.rows<ScoreRun>(
    `select distinct on (score) score, version, scored_at as "scoredAt", customers, changed, bounds
       from _score_runs order by score, scored_at desc`,
  );
}
