/** A client whose data change as they do for real: the golden row and the entry of the log together. */
import { FixedClock } from "../../src/kernel/index.ts";
import type { Database, NamedScope } from "../../src/platform/postgres/index.ts";
import { createTables, loadWorld } from "../criteria/agreement.ts";
import { worldCatalogue, type CustomerData, type Data } from "../criteria/world.ts";
import { testScope } from "../support/database.ts";
import { straightToLog } from "../../src/modules/customers/index.ts";
import { membersQuery } from "../../src/modules/criteria/index.ts";
import { followClient } from "../../src/modules/segments/following/follow.ts";
import type { SegmentClient } from "../../src/modules/segments/segments.ts";
import { selectHolders } from "../../src/modules/segments/store/holders.ts";
import { selectKept } from "../../src/modules/segments/store/versions.ts";
import { openBook } from "../../src/modules/segments/versions/open-book.ts";
import {
  settleSegments,
  type Settlement,
  type SettleOptions,
} from "../../src/modules/segments/versions/settle.ts";

export const START = new Date("2026-03-01T12:00:00Z");

export interface Scene {
  readonly client: SegmentClient & { readonly scope: NamedScope };
  readonly clock: FixedClock;
  /** Puts the next version of a segment in force; null removes it. */
  define(segment: string, criteria: string | null, more?: Record<string, unknown>): Promise<void>;
  /** Changes fields of a customer, or makes it. */
  change(id: number, fields: Data): Promise<void>;
  /** Alters the tables. */
  alter(sql: string): Promise<void>;
  settle(options?: Partial<SettleOptions>): Promise<Settlement>;
  follow(): Promise<void>;
  /** Members as stored, by segment in force. */
  stored(): Promise<Record<string, number[]>>;
  /** Members as evaluated by themselves, by definition in force. */
  evaluated(): Promise<Record<string, number[]>>;
}

export async function makeScene(
  db: Database,
  customers: readonly CustomerData[],
  key?: string,
): Promise<Scene> {
  const scope = await testScope(db, key);
  const catalogue = worldCatalogue("Europe/Berlin");
  const client = { db, scope, catalogue };
  const clock = new FixedClock(START);
  await createTables(db, scope, catalogue);
  await db.scoped(scope, (tx) =>
    loadWorld(tx, { timeZone: catalogue.timeZone, clocks: [], accounts: [], customers }),
  );
  return {
    client,
    clock,
    define: (segment, criteria, more) => define(client, clock, { segment, criteria, ...more }),
    change: (id, fields) => change(client, clock, { id, fields }),
    alter: async (sql) => {
      await db.defining(scope, (tx) => tx.run(sql));
    },
    settle: (options) => settleSegments(client, { clock, actor: "test", ...options }),
    follow: async () => {
      await followClient(client, { clock });
    },
    stored: () => storedMembers(client),
    evaluated: () => evaluatedMembers(client, clock),
  };
}

/** Somebody in Berlin or Hamburg, by parity, and important when the id divides by three. */
export function person(id: number, fields: Data = {}): CustomerData {
  const city = id % 2 === 0 ? "Berlin" : "Hamburg";
  const all = { customer_no: `C${id}`, city, vip: id % 3 === 0, visits: String(id % 7), ...fields };
  return { id, fields: all, orders: [], tickets: [] };
}

export function people(count: number): CustomerData[] {
  return Array.from({ length: count }, (_, index) => person(index + 1));
}

async function define(
  { db, scope }: SegmentClient,
  clock: FixedClock,
  { segment, criteria, ...more }: { segment: string; criteria: string | null },
): Promise<void> {
  const common = { title: segment, kind: "behavioural", owner: "team", purpose: "marketing" };
  const body = criteria === null ? null : { segment, ...common, criteria, ...more };
  await db.scoped(scope, (tx) =>
    tx.run(
      `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by)
       select 'segment', $1, 1 + coalesce(max(version), 0), sha256(convert_to(coalesce($2::jsonb::text, ''), 'UTF8')),
              $2::jsonb, $3, 'test'
         from _definitions where kind = 'segment' and name = $1`,
      [segment, body, clock.now()],
    ),
  );
}

async function change(
  { db, scope }: SegmentClient,
  clock: FixedClock,
  { id, fields }: { readonly id: number; readonly fields: Data },
): Promise<void> {
  const names = Object.keys(fields);
  const sink = straightToLog({ at: clock.now(), intake: null, actor: "test" });
  const own = sink.values.length;
  await db.scoped(scope, async (tx) => {
    const { created } = await tx.row<{ created: boolean }>(
      `insert into customers (_id, ${names.join(", ")})
       select r._id, ${names.map((name) => `r.${name}`).join(", ")}
         from jsonb_populate_record(null::customers, $1::jsonb) r
       on conflict (_id) do update set ${names.map((name) => `${name} = excluded.${name}`).join(", ")}
       returning xmax = 0 as created`,
      [{ _id: id, ...fields }],
    );
    await tx.rows(
      `with noted (kind, dataset, row_id, customer, fields) as (
         values ($${own + 1}::_change_kind, 'customers', $${own + 2}::bigint, $${own + 2}::bigint, $${own + 3}::text[])
       ), ${sink.entries}
       select change from entries`,
      [
        ...sink.values,
        created ? "customer-created" : "customer-changed",
        BigInt(id),
        created ? null : names,
      ],
    );
  });
}

async function storedMembers({ db, scope }: SegmentClient): Promise<Record<string, number[]>> {
  return await db.scoped(scope, async (tx) => {
    const inForce = (await selectKept(tx)).filter((version) => version.inForce);
    const stored: Record<string, number[]> = {};
    for (const { name, slot } of inForce) {
      const slots = slot === null ? [] : [slot];
      const holders = await selectHolders(tx, { slots, after: 0n, limit: 100_000 });
      stored[name] = holders.map(({ member }) => Number(member));
    }
    return stored;
  });
}

async function evaluatedMembers(
  { db, scope, catalogue }: SegmentClient,
  clock: FixedClock,
): Promise<Record<string, number[]>> {
  return await db.scoped(scope, async (tx) => {
    const book = await openBook(tx, catalogue);
    const evaluated: Record<string, number[]> = {};
    for (const name of book.names.toSorted()) {
      const options = { catalogue, asOf: clock.now(), segments: book.resolve };
      const { sql, values } = membersQuery(book.criteria(name), options);
      const rows = await tx.rows<{ _id: bigint }>(
        `select _id from (${sql}) m order by _id`,
        values,
      );
      evaluated[name] = rows.map(({ _id }) => Number(_id));
    }
    return evaluated;
  });
}
