/**
 * Two ways to keep a log that readers follow with a cursor without ever missing an entry:
 *
 * - head lock (ours): numbers are given under a row lock that lasts until commit;
 * - snapshot horizon: numbers from a sequence, and readers stop at the oldest transaction still open.
 *
 * Measured: entries a second with four writers at once, by the size of a transaction.
 */
import type { Database, Scope, Transaction } from "../src/platform/postgres/index.ts";
import { type BenchOptions, type Figure, figure, median, timed } from "./figure.ts";
import { benchScope } from "./bench-scope.ts";

const WRITERS = 4;
const REPEATS = 3;

type Append = (tx: Transaction, entries: number) => Promise<unknown>;

const headLock: Append = async (tx, entries) => {
  const { last } = await tx.row<{ last: bigint }>(
    "update _change_head set last = last + $1 returning last",
    [entries],
  );
  return tx.run(
    `insert into _changes (change, at, kind, dataset, row_id, customer, actor)
     select $1::bigint + n, now(), 'customer-changed', 'customers', n, n, 'bench'
       from generate_series(1, $2::int) n`,
    [last - BigInt(entries), entries],
  );
};

const snapshotHorizon: Append = (tx, entries) =>
  tx.run(
    `insert into bench_horizon (transaction, at, kind, dataset, row_id, customer, actor)
     select pg_current_xact_id(), now(), 'customer-changed', 'customers', n, n, 'bench'
       from generate_series(1, $1::int) n`,
    [entries],
  );

export async function* benchChangeLog(options: BenchOptions): AsyncGenerator<Figure> {
  await using bench = await benchScope("changelog");
  await bench.db.defining(bench.scope, (tx) =>
    tx.run(
      `create table bench_horizon (
         change bigint generated always as identity primary key, transaction xid8 not null,
         at timestamptz not null, kind _change_kind not null, dataset text not null,
         row_id bigint not null, customer bigint, fields text[], intake bigint, actor text not null)`,
    ),
  );
  for (const entries of [1, 100, 10_000]) {
    const transactions = Math.max(4, Math.min(400, Math.floor(100_000 / entries)));
    const rates = { head: [] as number[], horizon: [] as number[] };
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      options.note(`change log, ${entries} entries a transaction, run ${repeat + 1} of ${REPEATS}`);
      rates.horizon.push(await rate(bench, snapshotHorizon, { entries, transactions }));
      rates.head.push(await rate(bench, headLock, { entries, transactions }));
    }
    yield figure({
      name: `change-log.append.${entries}`,
      value: median(rates.head),
      unit: "entries/s",
      limitName: "sequence and snapshot horizon",
      limit: median(rates.horizon),
      target: "≥ 0.4 × the horizon; in batches ≥ 10,000 entries/s",
      holds: (value, ratio) => ratio >= 0.4 && (entries === 1 || value >= 10_000),
    });
  }
}

async function rate(
  { db, scope }: { readonly db: Database; readonly scope: Scope },
  append: Append,
  { entries, transactions }: { readonly entries: number; readonly transactions: number },
): Promise<number> {
  const share = Math.ceil(transactions / WRITERS);
  const { seconds } = await timed(() =>
    Promise.all(
      Array.from({ length: WRITERS }, async () => {
        for (let n = 0; n < share; n++) {
          await db.scoped(scope, (tx) => append(tx, entries));
        }
      }),
    ),
  );
  return (share * WRITERS * entries) / seconds;
}
