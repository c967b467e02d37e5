/** A client whose data arrive as intake brings them, with segments whose members are kept. */
import { FixedClock } from "../../src/kernel/index.ts";
import { companies, customers, orders } from "../support/catalogue.ts";
import { order, person, type Row, World } from "../customers/world.ts";
import { membersQuery } from "../../src/modules/criteria/index.ts";
import { hasSlot } from "../../src/modules/segments/membership/bits.ts";
import { type SegmentClient, settleSegments } from "../../src/modules/segments/index.ts";
import { EACH_MOVE } from "../../src/modules/segments/store/moves.ts";
import { readSlots } from "../../src/modules/segments/store/slots.ts";
import { followClient, type CatchUp } from "../../src/modules/segments/following/follow.ts";
import { scanSlots } from "../../src/modules/segments/following/recompute.ts";

export { companies, customers, order, orders, person };

export interface Kept {
  readonly segment: string;
  readonly criteria: string;
  readonly subject?: string | undefined;
}

/** An entry or an exit, and what it was caused by. */
export interface Moved {
  readonly segment: string;
  readonly entered: boolean;
  readonly cause: string;
  readonly at: Date;
  readonly change: bigint;
  readonly member: bigint;
  readonly causedBy: bigint | null;
  readonly until: Date | null;
  readonly causedByKind: string | null;
}

export class KeptWorld implements AsyncDisposable {
  readonly world: World & AsyncDisposable;
  readonly clock = new FixedClock(new Date("2026-03-01T12:00:00Z"));
  readonly client: SegmentClient;

  constructor(world: World & AsyncDisposable) {
    this.world = world;
    this.client = { db: world.db, scope: world.scope, catalogue: world.catalogue };
  }

  static async open(...segments: readonly Kept[]): Promise<KeptWorld> {
    const kept = new KeptWorld(await World.open());
    for (const segment of segments) {
      await kept.keep(segment);
    }
    return kept;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }

  /** Registers a segment, fills it and puts it in force. */
  async keep(kept: Kept): Promise<void> {
    const slot = await this.register(kept);
    await this.fill(slot);
  }

  /** @param onChunk runs in the transaction that stores a piece of the scan, which holds the lock */
  async fill(slot: number, onChunk?: () => Promise<void>): Promise<void> {
    const { db, scope, catalogue } = this.client;
    const { unreadable } = await db.scoped(scope, (tx) => readSlots(tx, catalogue));
    for (const { reason } of unreadable) {
      throw reason;
    }
    const slots = new Set([slot]);
    await scanSlots(this.client, { clock: this.clock, cause: "fill", slots, onChunk });
    await this.run(
      `with live as (
         update _segment_versions set state = 'live', switched_at = $2 where slot = $1 returning segment, version
       ), pointed as (
         update _segments s set version = live.version from live where s.segment = live.segment
       )
       update _following set revision = revision + 1`,
      [slot, this.clock.now()],
    );
  }

  /** Registers a segment that nobody is told of yet. Returns its slot. */
  async register({ segment, criteria, subject = "customers" }: Kept): Promise<number> {
    const body = {
      segment,
      title: segment,
      kind: "behavioural",
      owner: "team",
      purpose: "marketing",
      criteria,
      ...(subject === "customers" ? {} : { subject }),
    };
    const [row] = await this.world.query<{ slot: number }>(
      `with defined as (
         insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by)
         values ('segment', $1, 1, sha256(convert_to($2::jsonb::text, 'UTF8')), $2::jsonb, now(), 'test')
       ), named as (
         insert into _segments (name) values ($1) returning segment
       ), subject as (
         insert into _member_subjects (dataset) values ($3)
         on conflict (dataset) do update set dataset = excluded.dataset returning subject
       ), raised as (
         update _following set revision = revision + 1
       )
       insert into _segment_versions (segment, version, slot, subject, state, registered_at, nested)
       select segment, 1, (select count(*) from _segment_versions), subject, 'filling', now(),
              (select coalesce(jsonb_object_agg(name, 1), '{}') from _segments)
         from named, subject
       returning slot`,
      [segment, JSON.stringify(body), subject],
    );
    if (row === undefined) {
      throw new Error("the segment has no slot");
    }
    return row.slot;
  }

  /**
   * Puts the contract in force for those who look for clients in the database, and settles the segments,
   * so that whoever looks finds nothing to settle.
   */
  async applyContract(): Promise<void> {
    await this.run(
      `insert into _contracts (version, sha256, body, catalogue, applied_at, applied_by)
       values ('1.0.0', '', '', $1::jsonb, now(), 'test')`,
      [JSON.stringify(this.client.catalogue)],
    );
    await settleSegments(this.client, { clock: this.clock, actor: "test" });
  }

  async run(sql: string, values: Parameters<World["query"]>[1] = []): Promise<void> {
    await this.world.query(sql, values);
  }

  follow(): Promise<CatchUp> {
    return followClient(this.client, { clock: this.clock });
  }

  async people(...numbers: readonly (string | [string, Row["values"]])[]): Promise<void> {
    const rows = numbers.map((one) => (typeof one === "string" ? person(one) : person(...one)));
    await this.world.merge({ source: "billing", dataset: customers, rows });
  }

  async orders(...rows: readonly Row[]): Promise<void> {
    await this.world.merge({ source: "shop", dataset: orders, rows });
  }

  async companies(...rows: readonly Row["values"][]): Promise<void> {
    const dataset = companies;
    await this.world.merge({ source: "crm", dataset, rows: rows.map((values) => ({ values })) });
  }

  /** A company's source states another number for it. */
  async rename(from: string, to: string): Promise<void> {
    await this.run("update companies__records set _key = $2 where _key = $1", [from, to]);
    await this.companies({ company_no: to, industry: "steel" });
  }

  /** Very many people of a company at once. */
  async crowd(count: number, company: string): Promise<void> {
    await this.run(
      `with head as (
         update _change_head set last = last + $1 returning last
       ), people as (
         insert into customers (_id, _version, _created_at, _updated_at, customer_no, company)
         select nextval('_ids'), 1, now(), now(), 'N' || n, $2 from generate_series(1, $1::integer) n
         returning _id
       )
       insert into _changes (change, at, kind, dataset, row_id, customer, actor)
       select head.last - $1 + row_number() over (), now(), 'customer-created', 'customers', _id, _id, 'test'
         from people, head`,
      [count, company],
    );
  }

  /** From here on, nobody can read the balance of the customer with this number. */
  async poison(customerNo: string): Promise<void> {
    const { db, scope } = this.client;
    await db.defining(scope, async (tx) => {
      await tx.run("alter table customers rename column balance to sound");
      await tx.run("alter table customers rename to customers_base");
      await tx.run(
        `create view customers as
         select _id, _version, _created_at, _updated_at, customer_no, email, name, city, plan, phone, tags, company,
                coalesce(sound, 1) / (customer_no <> '${customerNo}')::int as balance from customers_base`,
      );
    });
  }

  async cure(): Promise<void> {
    const { db, scope } = this.client;
    await db.defining(scope, async (tx) => {
      await tx.run("drop view customers");
      await tx.run("alter table customers_base rename to customers");
      await tx.run("alter table customers rename column sound to balance");
    });
  }

  /** Ends when a transaction waits for the lock of another. */
  async untilSomebodyWaits(): Promise<void> {
    for (;;) {
      const waiting = await this.world.query(
        "select pid from pg_locks where not granted and database = (select oid from pg_database where datname = current_database()) or not granted and locktype = 'transactionid'",
      );
      if (waiting.length > 0) {
        return;
      }
    }
  }

  /** Alters the tables. */
  async define(sql: string): Promise<void> {
    await this.client.db.defining(this.client.scope, (tx) => tx.run(sql));
  }

  /** What following writes, as it lies there. */
  async state(): Promise<unknown> {
    return {
      following: await this.world.query("select cursor, as_of from _following"),
      members: await this.world.query("select member, bits, due from _members order by member"),
      head: await this.world.query("select last from _change_head"),
      counts: await this.world.query("select slot, members from _segment_versions order by slot"),
    };
  }

  /** Whom the stored bits say to be in, by segment; customers by their number. */
  async stored(): Promise<Record<string, string[]>> {
    const names = await this.names();
    const { db, scope, catalogue } = this.client;
    return await db.scoped(scope, async (tx) => {
      const { slots } = await readSlots(tx, catalogue);
      const rows = await tx.rows<{ member: bigint; bits: Buffer }>(
        "select member, bits from _members",
      );
      return Object.fromEntries(
        slots.map(({ name, slot }) => [
          name,
          rows
            .filter(({ bits }) => hasSlot(bits, slot))
            .map(({ member }) => names.get(member) ?? String(member))
            .sort(),
        ]),
      );
    });
  }

  /** The same from the data and the clock, as if nothing were stored. */
  async onDemand(): Promise<Record<string, string[]>> {
    const names = await this.names();
    const { db, scope, catalogue } = this.client;
    return await db.scoped(scope, async (tx) => {
      const { slots, segments } = await readSlots(tx, catalogue);
      const found: Record<string, string[]> = {};
      for (const { name, criteria } of slots) {
        const query = membersQuery(criteria, { catalogue, segments, asOf: this.clock.now() });
        const rows = await tx.rows<{ _id: bigint }>(query.sql, query.values);
        found[name] = rows.map(({ _id }) => names.get(_id) ?? String(_id)).sort();
      }
      return found;
    });
  }

  /** Who entered and left: `+vip A` and `-vip A`, in the order of the change log. */
  async told(): Promise<string[]> {
    const names = await this.names();
    const moves = await this.moves();
    return moves.map(({ entered, segment, member }) => {
      return `${entered ? "+" : "-"}${segment} ${names.get(member) ?? "?"}`;
    });
  }

  /** Entries and exits as they are stored. */
  async moves(): Promise<Moved[]> {
    return await this.world.query<Moved>(
      `select s.name as segment, h.entered, h.cause, h.at, move.change, move.member, move.caused_by as "causedBy",
              move.until, c.kind as "causedByKind"
         from _membership_moves h join _segments s on s.segment = h.segment ${EACH_MOVE}
         left join _changes c on c.change = move.caused_by
        order by move.change`,
    );
  }

  async names(): Promise<ReadonlyMap<bigint, string>> {
    const rows = await this.world.query<{ id: bigint; name: string }>(
      `select _id as id, customer_no as name from customers
       union all select _id, company_no from companies
       union all select _id, customer || ' ' || amount from orders
       union all select old_id, 'gone' from _redirects where dataset = 'customers'`,
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}
