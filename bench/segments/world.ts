/** A client with as many customers as asked for and eight events each, made in the database. */
import { join } from "node:path";
import { definitionChecks } from "../../src/entry/definition-checks.ts";
import {
  applyFolder,
  type Client,
  getClient,
  readFolder,
} from "../../src/modules/contracts/index.ts";
import {
  applySegment,
  readSegmentFile,
  type SegmentClient,
  settleSegments,
} from "../../src/modules/segments/index.ts";
import { systemClock } from "../../src/platform/clock.ts";
import type { Database } from "../../src/platform/postgres/index.ts";
import type { BenchSegment } from "./definitions.ts";

const ACTOR = "bench";
const UNHURRIED = { statementTimeoutMs: 0 } as const;

/**
 * Ids are 1 to n. Each event lies a whole number of days and some hours before now, so that none leaves a
 * window within the next two hours: what flips while something is measured was put there for it.
 */
const CUSTOMERS = `
  insert into customers (_id, _created_at, _updated_at, _version, customer_no, city, plan, vip, visits, points, balance)
  select n, now(), now(), 1, 'N' || n, (array['Berlin', 'Hamburg', 'Bonn', 'Kiel', 'Ulm'])[1 + (random() * 4.99)::int4 % 5],
         (array['basic', 'plus', 'gold'])[1 + floor(3 * random() * random())::int4], random() < 0.1,
         (40 * random() * random())::int4, (3000 * random() * random())::int4, round((120 * random())::numeric, 2)
    from generate_series(1, $1::int4) n`;

const RECORDS = `
  insert into customers__records (_record, _id, _intake, _line, _stated_at, _source, _hash, _key,
                                  customer_no, city, plan, vip, visits, points, balance)
  select $1::int8 + _id, _id, $2, _id, now(), $3, gen_random_uuid(), customer_no,
         customer_no, city, plan, vip, visits, points, balance
    from customers`;

const eventsSql = (table: string, columns: string, values: string): string => `
  insert into ${table} (_id, _customer, _at, _intake, _line, _source, _hash, _subject, _key, ${columns})
  select $2::int8 + n, customer, at, $3, n, $4, gen_random_uuid(), 'N' || customer, 'E' || n, ${values}
    from (select n, 1 + (n - 1) / $5::int8 as customer,
                 now() - make_interval(days => (700 * random())::int4, secs => 7200 + 70000 * random()) as at
            from generate_series(1, $1::int8) n) e`;

const ORDERS = eventsSql(
  "orders",
  "order_no, customer_no, placed_at, amount",
  "'E' || n, 'N' || customer, at, round((10 + 90 * random())::numeric, 2)",
);
const CALLS = eventsSql(
  "calls",
  "call_no, customer_no, started_at, seconds",
  "'E' || n, 'N' || customer, at, (600 * random())::int4",
);
const ORDERS_EACH = 5;
const CALLS_EACH = 3;

/** Makes the client in an empty database. */
export async function makeClient(db: Database, customers: number): Promise<Client> {
  const folder = await readFolder(join(import.meta.dirname, "client"));
  const applied = { actor: ACTOR, clock: systemClock, allow: [] };
  await applyFolder(db, folder, definitionChecks(), applied);
  const client = await getClient(db, "shop");
  await db.scoped(
    client.scope,
    async (tx) => {
      await tx.rows("select setseed(0.25)");
      const { source } = await tx.row<{ source: number }>(
        `insert into _sources (name, dataset, precedence) values ('register', 'customers', 10)
         on conflict (name) do update set precedence = 10 returning source`,
      );
      const { intake } = await tx.row<{ intake: bigint }>(
        `insert into _intakes (dataset, source, state, origin, actor, started_at)
         values ('customers', $1, 'published', 'bench', $2, now()) returning intake`,
        [source, ACTOR],
      );
      await tx.run(CUSTOMERS, [customers]);
      await tx.run(RECORDS, [customers, intake, source]);
      const orders = customers * ORDERS_EACH;
      const calls = customers * CALLS_EACH;
      await tx.run(ORDERS, [orders, 2 * customers, intake, source, ORDERS_EACH]);
      await tx.run(CALLS, [calls, 2 * customers + orders, intake, source, CALLS_EACH]);
      await tx.rows("select setval('_ids', $1)", [2 * customers + orders + calls]);
    },
    UNHURRIED,
  );
  await analyse(db, client, "customers", "customers__records", "orders", "calls");
  return client;
}

/** As the server does by itself some minutes after so much was written. */
export async function analyse(
  db: Database,
  { scope }: Pick<Client, "scope">,
  ...tables: readonly string[]
): Promise<void> {
  await db.defining(
    scope,
    async (tx) => {
      for (const table of tables) {
        await tx.run(`analyze ${table}`);
      }
    },
    UNHURRIED,
  );
}

/** Puts definitions in force. Their memberships follow when the client is settled. */
export async function applyDefinitions(
  client: SegmentClient,
  segments: readonly Pick<BenchSegment, "name" | "criteria">[],
): Promise<void> {
  for (const { name, criteria } of segments) {
    const body = {
      segment: name,
      title: name,
      kind: "behavioural",
      owner: "bench",
      purpose: "essential.service",
      criteria,
    };
    const { file } = readSegmentFile(Buffer.from(JSON.stringify(body)), `segments/${name}.yaml`);
    await applySegment(client, file, { actor: ACTOR, at: systemClock.now() });
  }
}

/** Brings what is kept in line with the definitions. */
export async function settle(client: SegmentClient): Promise<void> {
  await settleSegments(client, { clock: systemClock, actor: ACTOR });
}
