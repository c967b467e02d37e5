/** What a client's schema holds, as far as an interrupted or refused import could have harmed it. */
import { type Client, getClient } from "../../src/modules/contracts/index.ts";
import { listIntakes } from "../../src/modules/intake/index.ts";
import { type Database, quoteIdent, type Transaction } from "../../src/platform/postgres/index.ts";

export interface Soundness {
  /** Staging tables that nobody owns any more. */
  readonly stages: readonly string[];
  /** Intakes by state. */
  readonly intakes: Readonly<Record<string, number>>;
  /** Numbers of the change log that are missing, given twice, or not known to its head. */
  readonly changeGaps: number;
  /** Customers without a source record, records without a customer. */
  readonly orphans: number;
  /** Quarantined rows of intakes that were neither published nor held. */
  readonly strayQuarantine: number;
  /** Published intakes whose quarantine does not hold as many rows as they say. */
  readonly miscounted: number;
}

/** What must be true of every client at every moment at which nothing is being imported. */
export const SOUND: Omit<Soundness, "intakes"> = {
  stages: [],
  changeGaps: 0,
  orphans: 0,
  strayQuarantine: 0,
  miscounted: 0,
};

export async function soundness(db: Database, key: string): Promise<Soundness> {
  const client = await getClient(db, key);
  const intakes = await listIntakes(db, client, { limit: 10_000 });
  return await db.scoped(client.scope, async (tx) => ({
    stages: (await tableNames(tx)).filter((name) => name.startsWith("_stage_")),
    intakes: Object.fromEntries(
      [...Map.groupBy(intakes, ({ state }) => state)].map(([state, all]) => [state, all.length]),
    ),
    changeGaps: await count(
      tx,
      `with numbers as (
         select change from _changes
         union all
         select change - before from _membership_moves, generate_series(0, cardinality(members) - 1) before)
       select abs((select last from _change_head) - count(*)) + count(*) - count(distinct change)
            + abs(coalesce(max(change), 0) - count(*)) as count from numbers`,
    ),
    orphans: await count(
      tx,
      `select (select count(*) from customers c
                where not exists (select 1 from customers__records r where r._id = c._id))
            + (select count(*) from customers__records r
                where not exists (select 1 from customers c where c._id = r._id)) as count`,
    ),
    strayQuarantine: await count(
      tx,
      `select count(*) as count from _quarantine q join _intakes i on i.intake = q.intake
        where i.state not in ('published', 'held', 'discarded')`,
    ),
    miscounted: await count(
      tx,
      `select count(*) as count from _intakes i
        where i.state = 'published'
          and i.quarantined <> (select count(*) from _quarantine q where q.intake = i.intake)`,
    ),
  }));
}

async function count(tx: Transaction, sql: string): Promise<number> {
  const row = await tx.row<{ count: bigint | string }>(sql);
  return Number(row.count);
}

async function tableNames(tx: Transaction): Promise<string[]> {
  const rows = await tx.rows<{ name: string }>(
    `select c.relname as name from pg_catalog.pg_class c
       join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = current_schema() and c.relkind = 'r' order by c.relname`,
  );
  return rows.map(({ name }) => name);
}

/** Rows and a hash of every table of a client: equal before and after what must change nothing. */
export async function contents(db: Database, key: string): Promise<Record<string, string>> {
  const { scope } = await getClient(db, key);
  return await db.scoped(scope, async (tx) => {
    const hashes: Record<string, string> = {};
    for (const name of await tableNames(tx)) {
      const { hash } = await tx.row<{ hash: string }>(
        `select count(*) || ' ' || coalesce(md5(string_agg(row_text, '|' order by row_text)), '') as hash
           from (select t::text as row_text from ${quoteIdent(name)} t) rows`,
      );
      hashes[name] = hash;
    }
    return hashes;
  });
}

/** One number of a client, by a statement that names it `value`. */
export async function value(db: Database, client: Client, sql: string): Promise<string> {
  const row = await db.scoped(client.scope, (tx) => tx.row<{ value: unknown }>(sql), {
    readOnly: true,
    statementTimeoutMs: 0,
  });
  return String(row.value);
}
