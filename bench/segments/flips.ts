/** Members whose time has come: how late they move. */
import { setTimeout } from "node:timers/promises";
import { straightToLog } from "../../src/modules/customers/index.ts";
import type { Client } from "../../src/modules/contracts/index.ts";
import { systemClock } from "../../src/platform/clock.ts";
import type { Database } from "../../src/platform/postgres/index.ts";
import { BUYING, FLIP_DAYS } from "./definitions.ts";

const PORTION = 2_000;

export interface Flips {
  /** Members a second. */
  readonly rate: number;
  readonly count: number;
  /** The instant of the first. */
  readonly from: Date;
}

export interface Lateness {
  readonly flipped: number;
  /** From the instant to the commit, in milliseconds. */
  readonly p99: number;
  readonly worst: number;
}

/**
 * Gives the customers 1 to `count` two orders each, that leave the window one customer after the other,
 * and before that none within it.
 */
export async function prepareFlips(
  db: Database,
  { scope }: Client,
  { rate, count, from }: Flips,
): Promise<void> {
  const sink = straightToLog({ at: systemClock.now(), intake: null, actor: "bench" });
  const own = sink.values.length;
  for (let first = 1; first <= count; first += PORTION) {
    await db.scoped(
      scope,
      (tx) =>
        tx.rows(
          `with moved as (
             update orders set _at = _at - interval '${2 * FLIP_DAYS} days'
              where _customer between $${own + 1} and $${own + 2} and _at > now() - interval '${FLIP_DAYS + 1} days'
              returning _id, _customer
           ), added as (
             insert into orders (_id, _customer, _at, _intake, _line, _source, _hash, _subject, _key, order_no,
                                 customer_no, placed_at, amount)
             select nextval('_ids'), c, at, 1, 1, 1, gen_random_uuid(), 'N' || c, number, number, 'N' || c, at, 1
               from generate_series($${own + 1}::int8, $${own + 2}::int8) c, generate_series(1, 2) n,
                    lateral (select $${own + 3}::timestamptz - interval '${FLIP_DAYS * 24} hours'
                                    + (c - 1) * interval '1 second' / $${own + 4}::float8 + (n - 1) * interval '1 hour' as at,
                                    'F' || c || ' ' || n as number) e
             returning _id, _customer
           ), noted (kind, dataset, row_id, customer, fields) as (
             select 'event-changed'::_change_kind, 'orders', _id, _customer, array['placed_at'] from moved
             union all
             select 'event-added', 'orders', _id, _customer, null from added
           ), ${sink.entries}
           select count(*) from entries`,
          [...sink.values, first, Math.min(count, first + PORTION - 1), from, rate],
        ),
      { statementTimeoutMs: 0 },
    );
  }
}

/** Waits until the last of them has had a second and more, and says how late they were. */
export async function measureFlips(
  db: Database,
  { scope }: Client,
  { rate, count, from }: Flips,
): Promise<Lateness> {
  const last = from.getTime() + (1000 * count) / rate;
  await setTimeout(Math.max(0, last + 3_000 - systemClock.now().getTime()));
  return await db.scoped(
    scope,
    (tx) =>
      tx.row<Lateness>(
        `with late as (
           select 1000 * extract(epoch from pg_xact_commit_timestamp(h.xmin)
                    - ($1::timestamptz + (member - 1) * interval '1 second' / $2::float8))::float8 as ms
             from _membership_moves h join _segments s on s.segment = h.segment cross join unnest(h.members) moved (member)
            where s.name = $3 and h.cause = 'time' and not h.entered and member <= $4 and h.at >= $1
         )
         select count(*)::int4 as flipped, coalesce(percentile_cont(0.99) within group (order by ms), 'infinity') as p99,
                coalesce(max(ms), 'infinity') as worst
           from late`,
        [from, rate, BUYING, count],
      ),
    { statementTimeoutMs: 0 },
  );
}
