/** A client for tests of this module, on a real PostgreSQL. */
import { createHash } from "node:crypto";
import { testDatabase, testScope } from "../support/database.ts";
import { customers, testCatalogue } from "../support/catalogue.ts";
import { createTables } from "../support/tables.ts";
import type { Database, Scope, SqlValue, Transaction } from "../../src/platform/postgres/index.ts";
import type { Catalogue, Dataset } from "../../src/modules/contracts/index.ts";
import {
  addCounts,
  lockCustomers,
  type MergeCounts,
  type Move,
  NO_ROWS,
  openMerge,
  type Regrouped,
  type Regrouping,
  regroupRecords,
} from "../../src/modules/customers/index.ts";

/** A staged row: its values by field name, and when its source stated it. */
export interface Row {
  readonly values: Readonly<Record<string, string | readonly string[] | null>>;
  readonly statedAt?: string;
}

export interface Intake {
  readonly source: string;
  readonly dataset: Dataset;
  readonly rows: readonly Row[];
  readonly precedence?: number;
  /** Lines a range; default all in one. */
  readonly rangeLines?: number;
}

/** A client of its own, whose data arrive by merges as intake makes them. */
export class World {
  readonly db: Database;
  readonly scope: Scope;
  readonly catalogue: Catalogue;
  #intake = 0;

  constructor(place: {
    readonly db: Database;
    readonly scope: Scope;
    readonly catalogue: Catalogue;
  }) {
    this.db = place.db;
    this.scope = place.scope;
    this.catalogue = place.catalogue;
  }

  static async open(catalogue: Catalogue = testCatalogue): Promise<World & AsyncDisposable> {
    const database = await testDatabase();
    const scope = await testScope(database.db);
    await createTables(database.db, scope, catalogue);
    return Object.assign(new World({ db: database.db, scope, catalogue }), {
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    });
  }

  query<T>(sql: string, values: readonly SqlValue[] = []): Promise<T[]> {
    return this.db.scoped(this.scope, (tx) => tx.rows<T>(sql, values));
  }

  async merge(intake: Intake): Promise<MergeCounts> {
    this.#intake += 1;
    const number = this.#intake;
    const stage = `_stage_${number}`;
    await this.db.defining(this.scope, (tx) => createStage(tx, stage, intake.dataset));
    return this.db.scoped(this.scope, async (tx) => {
      await fillStage(tx, stage, intake);
      const { source } = await tx.row<{ source: number }>(
        `insert into _sources (name, dataset, precedence) values ($1, $2, $3)
             on conflict (name) do update set precedence = excluded.precedence returning source`,
        [intake.source, intake.dataset.name, intake.precedence ?? 0],
      );
      await tx.run(
        `insert into _intakes (dataset, source, state, origin, actor, started_at)
         values ($1, $2, 'receiving', 'test', 'tester', now())`,
        [intake.dataset.name, source],
      );
      const merge = await openMerge(
        {
          tx,
          catalogue: this.catalogue,
          source,
          intake: BigInt(number),
          actor: "tester",
          at: new Date(Date.UTC(2026, 0, number)),
          stage,
        },
        intake.dataset,
      );
      const size = intake.rangeLines ?? intake.rows.length;
      let counts = NO_ROWS;
      for (let from = 1; from <= intake.rows.length; from += size) {
        counts = addCounts(counts, await merge.range({ from, to: from + size - 1 }));
      }
      await merge.finish();
      return counts;
    });
  }

  /** Regroups as resolution does: in a transaction of its own, with the turn taken. */
  regroup(moves: readonly Move[], more: Partial<Regrouping> = {}): Promise<Regrouped> {
    return this.db.scoped(this.scope, async (tx) => {
      await lockCustomers(tx);
      return regroupRecords(
        tx,
        { catalogue: this.catalogue, dataset: customers },
        { moves, actor: "resolver", at: new Date("2026-06-01T00:00:00Z"), ...more },
      );
    });
  }

  /** Golden rows as plain values, by customer number. */
  async golden(): Promise<Record<string, Record<string, unknown>>> {
    const rows = await this.query<Record<string, unknown>>(
      "select customer_no, email, name, city, plan, phone, tags, balance from customers",
    );
    return Object.fromEntries(rows.map((row) => [String(row["customer_no"]), row]));
  }
}

async function createStage(tx: Transaction, stage: string, dataset: Dataset): Promise<void> {
  const columns = dataset.fields.map((field) => {
    const types = { "text-list": "text[]", decimal: "numeric", date: "date" } as Record<
      string,
      string
    >;
    return `"${field.name}" ${types[field.type.kind] ?? "text"}`;
  });
  const event = dataset.kind === "event" ? "_at timestamptz, _subject text," : "";
  await tx.run(
    `create unlogged table ${stage} (_line bigint primary key, _key text, _hash uuid, _stated_at timestamptz, ${event}
       ${columns.join(", ")}, _round smallint not null default 1)`,
  );
}

async function fillStage(tx: Transaction, stage: string, intake: Intake): Promise<void> {
  const { dataset } = intake;
  for (const [index, row] of intake.rows.entries()) {
    const own = dataset.fields.map((field) => row.values[field.name] ?? null);
    const hash = createHash("md5").update(JSON.stringify(own)).digest("hex");
    const key =
      dataset.key.length === 0 ? null : dataset.key.map((name) => row.values[name]).join("|");
    const system: SqlValue[] = [index + 1, key, hash, row.statedAt ?? null];
    if (dataset.kind === "event") {
      system.push(String(row.values[dataset.eventTime]), String(row.values[dataset.subject.field]));
    }
    const names = ["_line", "_key", "_hash", "_stated_at"];
    names.push(...(dataset.kind === "event" ? ["_at", "_subject"] : []));
    names.push(...dataset.fields.map((field) => `"${field.name}"`));
    const values = [...system, ...own];
    await tx.run(
      `insert into ${stage} (${names.join(", ")}) values (${values.map((_, place) => `$${place + 1}`).join(", ")})`,
      values,
    );
  }
}

export const person = (customerNo: string, more: Row["values"] = {}): Row => ({
  values: { customer_no: customerNo, ...more },
});
export const order = (customer: string, on: string, amount: string): Row => ({
  values: { customer, ordered_on: on, amount },
});
