/** Puts worlds into PostgreSQL and compares what the compiled SQL says with what the oracle says. */
import type { Criteria, Condition } from "../../src/modules/criteria/index.ts";
import { matchesQuery, parseCriteria, printCriteria } from "../../src/modules/criteria/index.ts";
import type { Catalogue, Dataset } from "../../src/modules/contracts/index.ts";
import type { Database, Scope, Transaction } from "../../src/platform/postgres/index.ts";
import { belongs } from "./oracle.ts";
import type { CustomerData, Data, World } from "./world.ts";
import { worldCatalogue } from "./world.ts";

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
    (field) => `"${field.name}" ${SQL_TYPES[field.type.kind] ?? "text"}`,
  );
  const system =
    dataset.kind === "event"
      ? ["_id bigint primary key", "_customer bigint", "_at timestamptz not null"]
      : ["_id bigint primary key", "_version int not null default 1"];
  return [...system, ...fields];
}

/** Replaces everything in the tables. */
export async function loadWorld(tx: Transaction, world: World): Promise<void> {
  await tx.run("truncate accounts, customers, orders, tickets");
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
}

async function insert(
  tx: Transaction,
  table: string,
  rows: readonly (Data | Readonly<Record<string, unknown>>)[],
): Promise<void> {
  await tx.run(
    `insert into ${table} select r.* from jsonb_populate_recordset(null::${table}, $1::jsonb) r`,
    [JSON.stringify(rows)],
  );
}

export interface Disagreement {
  readonly criteria: string;
  readonly asOf: string;
  readonly timeZone: string;
  readonly sql: boolean;
  readonly oracle: boolean;
  readonly customer: CustomerData;
}

/** What was compared: as many checks as criteria × customers. */
export interface Agreement {
  readonly checks: number;
  /** The shortest criteria first. */
  readonly disagreements: readonly Disagreement[];
}

/**
 * Asks PostgreSQL about all customers and criteria at once, and the oracle about each. The criteria
 * go the whole way: printed and read again before they are compiled.
 */
export async function compare(
  tx: Transaction,
  world: World,
  asked: { readonly trees: readonly Condition[]; readonly asOf: Date; readonly few?: boolean },
): Promise<Agreement> {
  const catalogue = worldCatalogue(world.timeZone);
  const criteria = asked.trees.map((root): Criteria =>
    parseCriteria(printCriteria({ root, warnings: [] }), catalogue),
  );
  const members = asked.few === true ? world.customers.map(({ id }) => BigInt(id)) : undefined;
  const query = matchesQuery(criteria, { catalogue, asOf: asked.asOf, members });
  const rows = await tx.rows<{ _id: bigint; matches: number[] }>(query.sql, query.values);
  const matches = new Map(rows.map((row) => [Number(row._id), new Set(row.matches)]));
  const disagreements: Disagreement[] = [];
  for (const customer of world.customers) {
    for (const [index, root] of asked.trees.entries()) {
      const oracle = belongs(root, customer, { world, catalogue, asOf: asked.asOf });
      const sql = matches.get(customer.id)?.has(index) ?? false;
      if (sql !== oracle) {
        disagreements.push({
          criteria: printCriteria({ root, warnings: [] }),
          asOf: asked.asOf.toISOString(),
          timeZone: world.timeZone,
          sql,
          oracle,
          customer,
        });
      }
    }
  }
  disagreements.sort((a, b) => a.criteria.length - b.criteria.length);
  return { checks: asked.trees.length * world.customers.length, disagreements };
}
