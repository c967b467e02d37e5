/**
 * Criteria: 100 of them over all customers in one pass, beside one scan written by hand that counts the
 * same. Forty look at events in windows; the counts of both must be equal.
 */
import { join } from "node:path";
import { generate } from "../src/entry/generator/index.ts";
import type { Client } from "../src/modules/contracts/index.ts";
import { countsQuery, parseCriteria } from "../src/modules/criteria/index.ts";
import { assert } from "../src/kernel/index.ts";
import type { Database, SqlValue } from "../src/platform/postgres/index.ts";
import { benchDatabase } from "./bench-scope.ts";
import { type BenchOptions, type Figure, figure, median, timed } from "./figure.ts";
import { applyExample, importFile } from "./intake.ts";

const REPEATS = 5;
const AS_OF = new Date("2026-11-01T00:00:00Z");

/** The same condition twice: in the language, and as somebody would write it in SQL. */
interface Pair {
  readonly criteria: string;
  readonly sql: string;
  /** The window of events it looks at, in days. */
  readonly days?: number;
}

function pairs(): Pair[] {
  const fields = Array.from({ length: 20 }, (_, n): Pair[] => [
    {
      criteria: `customer.monthly_charges > ${20 + n}.5 && customer.tenure_months >= ${n}`,
      sql: `monthly_charges > ${20 + n}.5 and tenure_months >= ${n}`,
    },
    {
      criteria: `customer.contract == "Month-to-month" && customer.churned == false && customer.total_charges > ${100 * n}.0`,
      sql: `contract = 'Month-to-month' and churned is false and total_charges > ${100 * n}`,
    },
    {
      criteria: `customer.internet_service in ["DSL", "Fiber optic"] && customer.tenure_months < ${n + 10}`,
      sql: `internet_service in ('DSL', 'Fiber optic') and tenure_months < ${n + 10}`,
    },
  ]).flat();
  const events = Array.from({ length: 20 }, (_, n): Pair[] => {
    const days = 10 + 5 * n;
    return [
      {
        days,
        criteria: `calls.within("${days}d").count() >= 2`,
        sql: `coalesce(count_${days}, 0) >= 2`,
      },
      {
        days,
        criteria: `calls.within("${days}d").none() && customer.tenure_months > ${n}`,
        sql: `coalesce(count_${days}, 0) = 0 and tenure_months > ${n}`,
      },
    ];
  }).flat();
  return [...fields, ...events];
}

export async function* benchCriteria(options: BenchOptions): AsyncGenerator<Figure> {
  for (const customers of options.rows) {
    await using bench = await benchDatabase();
    options.note(`criteria over ${customers} customers: generating and importing`);
    const client = await prepared(bench.db, { customers, dataDir: bench.dataDir });
    const seconds = { criteria: [] as number[], hand: [] as number[] };
    for (let repeat = 0; repeat < REPEATS; repeat++) {
      options.note(`criteria over ${customers} customers: run ${repeat + 1} of ${REPEATS}`);
      const compiled = await timed(() => counts(bench.db, client, compiledScan(client)));
      const hand = await timed(() => counts(bench.db, client, handWrittenScan()));
      assert(
        String(compiled.result) === String(hand.result),
        () => "the compiled scan and the one written by hand count differently",
      );
      seconds.criteria.push(compiled.seconds);
      seconds.hand.push(hand.seconds);
    }
    yield figure({
      name: `criteria.100.${customers}`,
      value: median(seconds.criteria),
      unit: "s",
      limitName: "one scan written by hand",
      limit: median(seconds.hand),
      target: "≤ 1.5 ×",
      holds: (_, ratio) => ratio <= 1.5,
    });
  }
}

async function prepared(
  db: Database,
  { customers, dataDir }: { readonly customers: number; readonly dataDir: string },
): Promise<Client> {
  const client = await applyExample(db, "telecom");
  const out = join(dataDir, "generated");
  await generate({ client: "telecom", customers, seed: 7, out });
  await importFile(db, client, { dataset: "customers", file: join(out, "billing.csv") });
  await importFile(db, client, { dataset: "calls", file: join(out, "calls.csv") });
  await db.defining(
    client.scope,
    async (tx) => {
      await tx.run("analyze customers");
      await tx.run("analyze calls");
    },
    { statementTimeoutMs: 0 },
  );
  return client;
}

interface Scan {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

function compiledScan(client: Client): Scan {
  const { catalogue } = client;
  const criteria = pairs().map((pair) => parseCriteria(pair.criteria, catalogue));
  return countsQuery(criteria, { catalogue, asOf: AS_OF });
}

function handWrittenScan(): Scan {
  const all = pairs();
  const days = [...new Set(all.flatMap((pair) => pair.days ?? []))];
  const windows = days.map(
    (each) =>
      `count(*) filter (where _at > $1::timestamptz - interval '${each * 24} hours') as count_${each}`,
  );
  const counts = all.map((pair, n) => `count(*) filter (where ${pair.sql}) as n${n}`);
  return {
    sql: `select ${counts.join(", ")} from customers c
            left join (select _customer, ${windows.join(", ")} from calls
                        where _at <= $1::timestamptz group by _customer) w on w._customer = c._id`,
    values: [AS_OF],
  };
}

async function counts(db: Database, client: Client, scan: Scan): Promise<readonly bigint[]> {
  const row = await db.scoped(
    client.scope,
    (tx) => tx.row<Record<string, bigint>>(scan.sql, scan.values),
    { readOnly: true, statementTimeoutMs: 0 },
  );
  return Object.values(row);
}
