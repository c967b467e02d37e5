/** Changes at an even rate, and what became of them: by the server's own record of when each committed. */
import { setTimeout } from "node:timers/promises";
import type { Client } from "../../src/modules/contracts/index.ts";
import { straightToLog } from "../../src/modules/customers/index.ts";
import { Random } from "../../src/entry/generator/random.ts";
import { systemClock } from "../../src/platform/clock.ts";
import type { Database, SqlValue } from "../../src/platform/postgres/index.ts";

/** Customers whom a transaction changes: most in two fields, the others by an order. */
const TOGETHER = 10;
const ORDERING = 3;
const MOST_IN_FLIGHT = 4;

export interface Load {
  /** Changed customers a second. */
  readonly rate: number;
  readonly seconds: number;
  /** The ids are 1 to this number. */
  readonly customers: number;
}

/** What was asked of the change log, and how soon memberships followed. */
export interface Latencies {
  /** Changed customers a second, as achieved. */
  readonly rate: number;
  /** Changes that moved somebody, of which the others are measured. */
  readonly moved: number;
  /** From the commit of a change to the commit of the memberships that follow from it, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

/** The settings that the measurements need: commits are then recorded with their instants. */
export const RECORDED_COMMITS = { track_commit_timestamp: "on" } as const;

export class Changes {
  readonly #db: Database;
  readonly #client: Client;
  readonly #random = new Random(11, 1);
  readonly #sql: string;
  #orders = 0;

  constructor(db: Database, client: Client) {
    this.#db = db;
    this.#client = client;
    this.#sql = changesSql();
  }

  /** Changes customers at an even rate, whatever becomes of the changes. */
  async run({ rate, seconds, customers }: Load): Promise<Latencies> {
    const from = await this.#head();
    const start = performance.now();
    const everyMs = (1000 * TOGETHER) / rate;
    const inFlight = new Set<Promise<void>>();
    const total = Math.round((rate * seconds) / TOGETHER);
    for (let n = 0; n < total; n++) {
      await setTimeout(Math.max(0, start + n * everyMs - performance.now()));
      if (inFlight.size >= MOST_IN_FLIGHT) {
        await Promise.race(inFlight);
      }
      const one: Promise<void> = this.#change(customers).finally(() => inFlight.delete(one));
      inFlight.add(one);
    }
    await Promise.all(inFlight);
    const achieved = (total * TOGETHER) / ((performance.now() - start) / 1000);
    const upTo = await this.#head();
    await this.caughtUp();
    return { rate: achieved, ...(await this.#latencies(from, upTo)) };
  }

  /** Waits until all that was changed so far is followed. */
  async caughtUp(): Promise<void> {
    const head = await this.#head();
    for (;;) {
      const { cursor, isWhole } = await this.#db.scoped(this.#client.scope, (tx) =>
        tx.row<{ cursor: bigint; isWhole: boolean }>(
          `select cursor, rescan is null as "isWhole" from _following`,
        ),
      );
      if (isWhole && cursor >= head) {
        return;
      }
      await setTimeout(100);
    }
  }

  async #head(): Promise<bigint> {
    const { last } = await this.#db.scoped(this.#client.scope, (tx) =>
      tx.row<{ last: bigint }>("select last from _change_head"),
    );
    return last;
  }

  async #change(customers: number): Promise<void> {
    const random = this.#random;
    const ids = new Set<number>();
    while (ids.size < TOGETHER) {
      ids.add(random.integer(1, customers));
    }
    const all = [...ids];
    const changed = all.slice(ORDERING);
    const ordering = all.slice(0, ORDERING);
    const sink = straightToLog({ at: systemClock.now(), intake: null, actor: "bench" });
    const values: SqlValue[] = [
      ...sink.values,
      changed,
      changed.map(() => random.integer(-8, 8)),
      ordering,
      ordering.map(() => `L${this.#orders++}`),
    ];
    await this.#db.scoped(this.#client.scope, (tx) => tx.rows(this.#sql, values), {
      keepsPlans: true,
    });
  }

  async #latencies(from: bigint, upTo: bigint): Promise<Omit<Latencies, "rate">> {
    return await this.#db.scoped(
      this.#client.scope,
      (tx) =>
        tx.row<Omit<Latencies, "rate">>(
          `with followed as (
             select distinct c.change, c.xmin as changed, h.xmin as moved
               from _membership_moves h cross join unnest(h.caused_by) caused (by) join _changes c on c.change = caused.by
              where h.cause = 'change' and c.change > $1 and c.change <= $2
           ), late as (
             select 1000 * extract(epoch from pg_xact_commit_timestamp(moved) - pg_xact_commit_timestamp(changed))::float8 as ms
               from followed
           )
           select count(*)::int4 as moved, coalesce(percentile_cont(0.5) within group (order by ms), 'infinity') as p50,
                  coalesce(percentile_cont(0.99) within group (order by ms), 'infinity') as p99,
                  coalesce(max(ms), 'infinity') as worst
             from late`,
          [from, upTo],
        ),
      { statementTimeoutMs: 0 },
    );
  }
}

/** One statement, as short as that of a record that arrives by itself. */
function changesSql(): string {
  const sink = straightToLog({ at: new Date(0), intake: null, actor: "" });
  const at = sink.values.length;
  const $ = (n: number): string => `$${at + n}`;
  return `with changed as (
      update customers c
         set balance = c.balance + w.more, visits = c.visits + 1, _version = c._version + 1, _updated_at = now()
        from unnest(${$(1)}::int8[], ${$(2)}::int8[]) w (id, more)
       where c._id = w.id
       returning c._id
    ), added as (
      insert into orders (_id, _customer, _at, _intake, _line, _source, _hash, _subject, _key, order_no, customer_no,
                          placed_at, amount)
      select nextval('_ids'), w.id, now(), 1, 1, 1, gen_random_uuid(), 'N' || w.id, w.number, w.number, 'N' || w.id,
             now(), 60
        from unnest(${$(3)}::int8[], ${$(4)}::text[]) w (id, number)
       returning _id, _customer
    ), noted (kind, dataset, row_id, customer, fields) as (
      select 'customer-changed'::_change_kind, 'customers', _id, _id, array['balance', 'visits'] from changed
      union all
      select 'event-added', 'orders', _id, _customer, null from added
    ), ${sink.entries}
    select count(*) from entries`;
}
