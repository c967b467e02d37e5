/** Puts worlds into PostgreSQL and compares what the compiled SQL says with what the oracle says. */
import type { Condition, Criteria, SegmentResolver } from "../../src/modules/criteria/index.ts";
import {
  matchesQuery,
  parseCriteria,
  printCriteria,
  withPins,
} from "../../src/modules/criteria/index.ts";
import type { Catalogue, Dataset } from "../../src/modules/contracts/index.ts";
import type { Database, Scope, Transaction } from "../../src/platform/postgres/index.ts";
import type { Member, SubjectName } from "./oracle.ts";
import { belongs, membersOf } from "./oracle.ts";
import type { Data, World } from "./world.ts";
import { stored, worldCatalogue } from "./world.ts";

const SQL_TYPES: Readonly<Record<string, string>> = {
  text: "text",
  enum: "text",
  integer: "bigint",
  decimal: "numeric(20, 4)",
  boolean: "boolean",
  date: "date",
  timestamp: "timestamptz",
  "text-list": "text[]",
};

/** Makes the golden tables and the events tables of the catalogue, with the columns that Waybill adds. */
export async function createTables(
  db: Database,
  scope: Scope,
  catalogue: Catalogue,
): Promise<void> {
  await db.defining(scope, async (tx) => {
    await tx.run(
      "create table customers__records (_record bigint primary key, _id bigint not null)",
    );
    await tx.run("create index on customers__records (_id)");
    await tx.run(
      `grant select, insert, update, delete, truncate on customers__records to ${scope.role}`,
    );
    for (const dataset of catalogue.datasets) {
      await tx.run(`create table ${dataset.name} (${columnsOf(dataset).join(", ")})`);
      for (const field of dataset.fields.filter(({ identifier }) => identifier)) {
        await tx.run(`create index on ${dataset.name} (${field.name})`);
      }
      if (dataset.kind === "event") {
        await tx.run(`create index on ${dataset.name} (_customer, _at)`);
      }
      await tx.run(
        `grant select, insert, update, delete, truncate on ${dataset.name} to ${scope.role}`,
      );
    }
  });
}

function columnsOf(dataset: Dataset): readonly string[] {
  const fields = dataset.fields.map(
    ({ name, type, sealed }) =>
      `"${name}" ${sealed === true ? "bytea" : (SQL_TYPES[type.kind] ?? "text")}`,
  );
  const system =
    dataset.kind === "event"
      ? ["_id bigint primary key", "_customer bigint", "_at timestamptz not null"]
      : ["_id bigint primary key", "_version int not null default 1"];
  return [...system, ...fields];
}

/** Replaces everything in the tables. */
export async function loadWorld(tx: Transaction, world: World): Promise<void> {
  await tx.run("truncate accounts, customers, customers__records, orders, tickets");
  await tx.run("delete from _scores");
  await tx.run("delete from _pins");
  await tx.run("delete from _consents");
  const accounts = world.accounts.map((fields, index) => ({
    _id: index + 1,
    _version: 1,
    ...fields,
  }));
  await insert(tx, "accounts", accounts);
  await insert(
    tx,
    "customers",
    world.customers.map((one) => ({ _id: one.id, _version: 1, ...one.fields })),
  );
  for (const dataset of ["orders", "tickets"] as const) {
    const events = world.customers.flatMap((one) =>
      one[dataset].map((event) => ({
        _id: event.id,
        _customer: one.id,
        _at: event.at,
        ...event.fields,
      })),
    );
    await insert(tx, dataset, events);
  }
  const waiting = (world.waiting ?? []).map(({ id, at, fields }) => ({
    _id: id,
    _at: at,
    ...fields,
  }));
  await insert(tx, "tickets", waiting);
  const scores = world.customers.flatMap(({ id, scores = {} }) =>
    Object.entries(scores).map(([score, bucket]) => ({ score, customer: id, bucket })),
  );
  await insert(tx, "_scores", scores);
  await loadStatements(tx, world);
  for (const { segment, member, direction, expiresAt } of world.pins ?? []) {
    await tx.run(
      `insert into _pins (segment, member, direction, expires_at, pinned_at, pinned_by)
       values ($1, $2, $3, $4, 'epoch', 'test')`,
      [segment, member, direction, expiresAt],
    );
  }
}

/** Each customer has two source records: 2n and 2n + 1. */
async function loadStatements(tx: Transaction, world: World): Promise<void> {
  const records = world.customers.flatMap(({ id }) =>
    [0, 1].map((record) => ({ _record: 2 * id + record, _id: id })),
  );
  await insert(tx, "customers__records", records);
  for (const { id, statements = [] } of world.customers) {
    for (const { record, purpose, channel, granted, statedAt, startsAt, expiresAt } of statements) {
      // A statement that says the same as an earlier one is not written down again.
      await tx.run(
        `insert into _consents (record, purpose, channel, granted, stated_at, starts_at, expires_at,
           source, recorded_at, recorded_by)
         values ($1, $2, $3, $4, $5, $6, $7, 'test', 'epoch', 'test') on conflict do nothing`,
        [2 * id + record, purpose, channel, granted, statedAt, startsAt, expiresAt],
      );
    }
  }
}

async function insert(
  tx: Transaction,
  table: string,
  rows: readonly (Data | Readonly<Record<string, unknown>>)[],
): Promise<void> {
  await tx.run(
    `insert into ${table} select r.* from jsonb_populate_recordset(null::${table}, $1::jsonb) r`,
    [JSON.stringify(rows.map(stored))],
  );
}

export interface Disagreement {
  readonly criteria: string;
  readonly asOf: string;
  readonly timeZone: string;
  readonly sql: boolean;
  readonly oracle: boolean;
  readonly member: Member;
}

/** What was compared: as many checks as criteria × members. */
export interface Agreement {
  readonly checks: number;
  /** The shortest criteria first. */
  readonly disagreements: readonly Disagreement[];
}

/** Each subject with the names that `in_segment` can use. */
export const SUBJECTS: readonly (readonly [SubjectName, readonly string[]])[] = [
  ["customers", ["large"]],
  ["accounts", ["large"]],
  ["tickets", ["large", "people"]],
];

const LARGE: Readonly<Record<SubjectName, string>> = {
  customers: "customer.visits > 1 || !has(customer.city)",
  accounts: "account.employees > 2 || customers.where(c, !has(c.city)).any()",
  tickets: 'event.amount > 1.0 || in_segment("people")',
};

export interface Question {
  readonly trees: readonly Condition[];
  readonly asOf: Date;
  /** Undefined: the customers. */
  readonly subject?: SubjectName | undefined;
  /** Asks about each by its id, and not about everybody. */
  readonly few?: boolean | undefined;
}

/** Trees as criteria of the subject, every third of them with pins. */
export function criteriaOf(
  trees: readonly Condition[],
  catalogue: Catalogue,
  subject: SubjectName,
): readonly Criteria[] {
  return trees.map((root, index) => {
    const text = printCriteria({ root, warnings: [] });
    const criteria = parseCriteria(text, catalogue, { subject });
    return index % 3 === 0 ? withPins(criteria, subject) : criteria;
  });
}

/** The segments that trees name: `large` is of the subject, `people` of customers. */
export function segmentsOf(
  catalogue: Catalogue,
  subject: SubjectName,
): ReadonlyMap<string, Criteria> {
  const customers = parseCriteria(LARGE.customers, catalogue);
  const own = parseCriteria(LARGE[subject], catalogue, { subject });
  return new Map([
    ["people", customers],
    ["large", own],
  ]);
}

/**
 * Asks PostgreSQL about all members and criteria at once, and the oracle about each. The criteria go
 * the whole way: printed and read again before they are compiled.
 */
export async function compare(tx: Transaction, world: World, asked: Question): Promise<Agreement> {
  const { asOf, subject = "customers" } = asked;
  const catalogue = worldCatalogue(world.timeZone);
  const criteria = criteriaOf(asked.trees, catalogue, subject);
  const everybody = membersOf(world, subject);
  const named = segmentsOf(catalogue, subject);
  const segments = resolverOf(named);
  const members = asked.few === true ? everybody.map(({ id }) => BigInt(id)) : undefined;
  const query = matchesQuery(criteria, { catalogue, asOf, members, segments });
  const rows = await tx.rows<{ _id: bigint; matches: number[] }>(query.sql, query.values);
  const matches = new Map(rows.map((row) => [Number(row._id), new Set(row.matches)]));
  const disagreements: Disagreement[] = [];
  for (const member of everybody) {
    for (const [index, { root }] of criteria.entries()) {
      const oracle = belongs(root, member, { world, catalogue, asOf, segments: named });
      const sql = matches.get(member.id)?.has(index) ?? false;
      if (sql !== oracle) {
        disagreements.push({
          criteria: printCriteria({ root, warnings: [] }),
          asOf: asOf.toISOString(),
          timeZone: world.timeZone,
          sql,
          oracle,
          member,
        });
      }
    }
  }
  disagreements.sort((a, b) => a.criteria.length - b.criteria.length);
  return { checks: criteria.length * everybody.length, disagreements };
}

/** What `in_segment` stands for, from a map. */
export function resolverOf(segments: ReadonlyMap<string, Criteria>): SegmentResolver {
  return (name) => segments.get(name);
}
