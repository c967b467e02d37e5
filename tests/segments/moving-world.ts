/**
 * A client to which everything happens that can happen to one: records arrive and move, definitions come
 * and go, people pin, scores are calculated, and the clock moves. Stored memberships can be held against
 * the data at any time.
 */
import { createHash } from "node:crypto";
import { FixedClock, must, WaybillError } from "../../src/kernel/index.ts";
import {
  type Catalogue,
  storedType,
  type Dataset,
  findDataset,
} from "../../src/modules/contracts/index.ts";
import {
  type ConsentStatement,
  lockCustomers,
  openMerge,
  regroupRecords,
  stateConsent,
} from "../../src/modules/customers/index.ts";
import { keyedSubjects } from "../../src/modules/ledger/index.ts";
import {
  applySegment,
  calculateScores,
  type CatchUp,
  followClient,
  membersAt,
  pinMember,
  readSegmentFile,
  removeSegment,
  rollbackSegment,
  type SegmentClient,
  settleSegments,
  unpinMember,
} from "../../src/modules/segments/index.ts";
import { followBatch, type FollowingMemory } from "../../src/modules/segments/following/batch.ts";
import type { BatchSize } from "../../src/modules/segments/following/errand.ts";
import { openBook } from "../../src/modules/segments/versions/open-book.ts";
import type { Database, Scope } from "../../src/platform/postgres/index.ts";
import { type Datum, stored, worldCatalogue } from "../criteria/world.ts";
import { testField } from "../support/catalogue.ts";
import { createTables } from "../support/tables.ts";
import {
  type Evaluation,
  evaluatedMemberships,
  type Memberships,
  storedMemberships,
} from "./standing.ts";

const ACTOR = "test";
const SUBJECTS = keyedSubjects((customers) =>
  Promise.resolve(customers.map(() => Buffer.alloc(32))),
);
/** As far back as this the clock is waited for. */
const HELD_MS = 1_000;
const EVERYBODY = 100_000;
const SMALL: BatchSize = { members: 2, changes: 6, page: 3 };

export type Subject = "customers" | "accounts" | "tickets";

type Values = Readonly<Record<string, Datum>>;

/** Rows of a source. */
export interface Arrival {
  readonly source: string;
  readonly dataset: string;
  readonly rows: readonly Values[];
}

/** What somebody states about a purpose, and when: milliseconds before now, from then on, and from there. */
export interface Stated extends Pick<ConsentStatement, "purpose" | "channel" | "granted"> {
  readonly agoMs: number;
  readonly waitsMs: number;
  readonly lastsMs: number | undefined;
}

/** The contract of the criteria's own tests, with tickets that can be corrected. */
function movingCatalogue(): Catalogue {
  const catalogue = worldCatalogue("Europe/Berlin");
  const datasets = catalogue.datasets.map((dataset): Dataset =>
    dataset.name === "tickets"
      ? {
          ...dataset,
          fields: [...dataset.fields, testField("ticket_no", { kind: "text" })],
          key: ["ticket_no"],
        }
      : dataset,
  );
  return { ...catalogue, datasets, purposes: ["marketing", ...catalogue.purposes] };
}

export class MovingWorld {
  readonly client: SegmentClient;
  readonly clock = new FixedClock(new Date("2026-03-01T12:00:00Z"));
  /** What was refused, as of a definition that names itself. */
  refused = 0;
  readonly #memory: FollowingMemory = {};
  #turns = 0;

  private constructor(client: SegmentClient) {
    this.client = client;
  }

  static async open(db: Database, scope: Scope): Promise<MovingWorld> {
    const catalogue = movingCatalogue();
    await createTables(db, scope, catalogue);
    const world = new MovingWorld({ db, scope, catalogue });
    await db.scoped(scope, (tx) =>
      tx.run(
        `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by)
         values ('score', 'spend', 1, '', $1::jsonb, 'epoch', $2)`,
        [
          {
            score: "spend",
            title: "Spend",
            owner: ACTOR,
            of: 'orders.sum("amount")',
            buckets: 5,
          },
          ACTOR,
        ],
      ),
    );
    return world;
  }

  /** By the way that intake takes. */
  async arrive({ source, dataset: name, rows }: Arrival): Promise<void> {
    const { db, scope, catalogue } = this.client;
    const dataset = must(findDataset(catalogue, name), "the dataset exists");
    const at = this.clock.now();
    await db.scoped(scope, async (tx) => {
      await tx.run(stageSql(dataset));
      await tx.run(
        "insert into _stage select r.* from jsonb_populate_recordset(null::_stage, $1::jsonb) r",
        [
          JSON.stringify(
            rows.map((values, index) => stored(stagedRow(dataset, index + 1, values))),
          ),
        ],
      );
      const place = await tx.row<{ source: number; intake: bigint }>(
        `with known as (
           insert into _sources (name, dataset, precedence) values ($1, $2, 10)
           on conflict (name) do update set precedence = 10 returning source
         )
         insert into _intakes (dataset, source, state, origin, actor, started_at)
         select $2, source, 'receiving', 'test', $3, $4 from known returning source, intake`,
        [`${source}-${name}`, name, ACTOR, at],
      );
      const context = { tx, catalogue, ...place, actor: ACTOR, at, stage: "_stage" };
      const merge = await openMerge(context, dataset);
      await merge.range({ from: 1, to: rows.length });
      await merge.finish();
    });
  }

  /** A record goes to the golden row of another, back to where it came from, or to one of its own. */
  async regroup(name: "customers" | "accounts", which: number, whither: number): Promise<void> {
    const { db, scope, catalogue } = this.client;
    const dataset = must(findDataset(catalogue, name), "the dataset exists");
    if (dataset.kind === "event") {
      return;
    }
    await db.scoped(scope, async (tx) => {
      await lockCustomers(tx);
      const records = await tx.rows<{ record: bigint; id: bigint; home: bigint }>(
        `select r._record as record, r._id as id, coalesce(h.home, r._id) as home
           from ${name}__records r left join _homes h on h.record = r._record order by r._record`,
      );
      const from = records[which % records.length];
      if (from === undefined) {
        return;
      }
      const places = [...records.map(({ id }) => id), from.home];
      const to = places[whither % (places.length + 1)];
      const [fresh] = await tx.rows<{ id: bigint }>("select nextval('_ids') as id");
      const id = to ?? must(fresh, "a sequence goes on").id;
      await regroupRecords(
        tx,
        { catalogue, dataset },
        { moves: [{ record: from.record, id }], actor: ACTOR, at: this.clock.now() },
      );
    });
  }

  /** Puts a definition in force, unless it is refused. */
  async define(segment: string, criteria: string, subject: Subject): Promise<void> {
    const body = {
      segment,
      title: segment,
      kind: "behavioural",
      owner: "test",
      purpose: "marketing",
      criteria,
      ...(subject === "customers" ? {} : { subject }),
    };
    await this.#unlessRefused(async () => {
      const { file } = readSegmentFile(Buffer.from(JSON.stringify(body)), `${segment}.yaml`);
      await applySegment(this.client, file, this.#application());
    });
    await this.#settle();
  }

  async rollback(segment: string): Promise<void> {
    await this.#unlessRefused(() => rollbackSegment(this.client, { segment }, this.#application()));
    await this.#settle();
  }

  async remove(segment: string): Promise<void> {
    await this.#unlessRefused(() => removeSegment(this.client, segment, this.#application()));
    await this.#settle();
  }

  async #settle(): Promise<void> {
    await settleSegments(this.client, { clock: this.clock, actor: ACTOR });
  }

  /** @param lastsMs until the pin expires; undefined: for ever */
  async pin(
    segment: string,
    which: number,
    how: { readonly direction: "in" | "out"; readonly lastsMs: number | undefined },
  ): Promise<void> {
    const member = await this.#anyMember(segment, which);
    const { direction, lastsMs } = how;
    const at = this.clock.now();
    const expiresAt = lastsMs === undefined ? undefined : new Date(at.getTime() + lastsMs);
    await this.#unlessRefused(() =>
      pinMember(this.client, {
        segment,
        member,
        direction,
        expiresAt,
        who: ACTOR,
        at,
        subjects: SUBJECTS,
      }),
    );
  }

  async unpin(which: number): Promise<void> {
    const { db, scope } = this.client;
    const pins = await db.scoped(scope, (tx) =>
      tx.rows<{ segment: string; member: bigint }>(
        "select segment, member from _pins where removed_at is null order by pin",
      ),
    );
    const pin = pins[which % pins.length];
    if (pin !== undefined) {
      await unpinMember(this.client, {
        ...pin,
        who: ACTOR,
        at: this.clock.now(),
        subjects: SUBJECTS,
      });
    }
  }

  /**
   * A customer states something about a purpose.
   * @param said.lastsMs until it expires; undefined: until something else is stated
   */
  async state(which: number, said: Stated): Promise<void> {
    const { db, scope, catalogue } = this.client;
    const customer = await this.#anyCustomer(which);
    const at = this.clock.now();
    const { agoMs, waitsMs, lastsMs, ...about } = said;
    const statedAt = new Date(at.getTime() - agoMs);
    const startsAt = new Date(statedAt.getTime() + waitsMs);
    const expiresAt = lastsMs === undefined ? undefined : new Date(startsAt.getTime() + lastsMs);
    const statement: ConsentStatement = {
      ...about,
      statedAt,
      startsAt,
      expiresAt: said.granted ? expiresAt : undefined,
      source: "test",
      proof: undefined,
      proofSha256: undefined,
    };
    await this.#unlessRefused(() =>
      db.scoped(scope, (tx) =>
        stateConsent(tx, customer, { catalogue, at, actor: ACTOR, subjects: SUBJECTS, statement }),
      ),
    );
  }

  async #anyCustomer(which: number): Promise<bigint> {
    const { db, scope } = this.client;
    const rows = await db.scoped(scope, (tx) =>
      tx.rows<{ _id: bigint }>("select _id from customers order by _id"),
    );
    return rows[which % rows.length]?._id ?? 0n;
  }

  async score(): Promise<void> {
    await calculateScores(this.client, { clock: this.clock });
  }

  moveClock(byMs: number): void {
    this.clock.set(new Date(this.clock.now().getTime() + byMs));
  }

  /** When a member is due next. */
  async nextDue(): Promise<Date | undefined> {
    const { db, scope } = this.client;
    const { due } = await db.scoped(scope, (tx) =>
      tx.row<{ due: Date | null }>("select min(due) as due from _members"),
    );
    return due ?? undefined;
  }

  /** Catches up: every other time in batches so small that each looks ahead at the next. */
  follow(): Promise<CatchUp> {
    this.#turns += 1;
    const size = this.#turns % 2 === 0 ? undefined : SMALL;
    return followClient(this.client, { clock: this.clock, memory: this.#memory, size });
  }

  /** Follows a little, and leaves the next batch evaluated and not stored. */
  async followABit(): Promise<void> {
    const { client, clock } = this;
    await followBatch({ client, clock, waits: true, memory: this.#memory, size: SMALL });
  }

  async #anyMember(segment: string, which: number): Promise<bigint> {
    const { db, scope, catalogue } = this.client;
    return await db.scoped(scope, async (tx) => {
      const subject = (await openBook(tx, catalogue)).find(segment)?.subject ?? "customers";
      const rows = await tx.rows<{ _id: bigint }>(`select _id from ${subject} order by _id`);
      return rows[which % rows.length]?._id ?? 0n;
    });
  }

  async #unlessRefused(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof WaybillError)) {
        throw error;
      }
      this.refused += 1;
    }
  }

  #application(): { readonly actor: string; readonly at: Date } {
    return { actor: ACTOR, at: this.clock.now() };
  }

  /** Who is in the segments in force, as stored. */
  stored(): Promise<Memberships> {
    return storedMemberships(this.client);
  }

  /** The instant that memberships are of: the clock, or the one that is waited for while it is a little behind. */
  async instant(): Promise<Date> {
    const { db, scope } = this.client;
    const { held } = await db.scoped(scope, (tx) =>
      tx.row<{ held: Date | null }>("select as_of as held from _following"),
    );
    const now = this.clock.now();
    const isHeld = held !== null && held > now && held.getTime() - now.getTime() <= HELD_MS;
    return isHeld ? held : now;
  }

  /** The same from the data and the clock, as if nothing were stored; and how many answers that takes. */
  async evaluated(): Promise<Evaluation> {
    return await evaluatedMemberships(this.client, await this.instant());
  }

  /** Who was in a segment at an instant, as history tells. */
  async membersAt(segment: string, at: Date): Promise<readonly number[]> {
    const { db, scope } = this.client;
    const page = await db.scoped(scope, (tx) => membersAt(tx, { segment, at, limit: EVERYBODY }));
    return page.members.map(Number);
  }
}

function stageSql(dataset: Dataset): string {
  const columns = dataset.fields.map((field) => `"${field.name}" ${storedType(field)}`);
  const event = dataset.kind === "event" ? "_at timestamptz, _subject text," : "";
  return `create temporary table _stage (_line bigint primary key, _key text, _hash uuid, _stated_at timestamptz,
    ${event} ${columns.join(", ")}, _round smallint not null default 1) on commit drop`;
}

function stagedRow(
  dataset: Dataset,
  line: number,
  values: Values,
): Readonly<Record<string, Datum | number>> {
  const hash = createHash("md5").update(JSON.stringify(values)).digest("hex");
  const key = dataset.key.length === 0 ? null : dataset.key.map((name) => values[name]).join("|");
  const event =
    dataset.kind === "event"
      ? {
          _at: values[dataset.eventTime] ?? null,
          _subject: values[dataset.subject.field] ?? null,
        }
      : {};
  return { _line: line, _key: key, _hash: hash, _round: 1, ...event, ...values };
}
