/** Values of sealed fields on their way through intake and merge: as clear ones, and nowhere in clear. */
import { expect, test } from "vitest";
import { findDataset, hasSealedFields, indexedAs } from "../../src/modules/contracts/index.ts";
import type { Dataset } from "../../src/modules/contracts/index.ts";
import { memoryProtection } from "../../src/modules/protection/testing/memory-protection.ts";
import { quoteIdent, type Transaction } from "../../src/platform/postgres/index.ts";
import { testDatabase } from "../support/database.ts";
import { bringFiles, CLEAR_CONTRACT, type Clinic, openClinic, SECRETS } from "./clinic.ts";
import { textsOfSchema } from "./texts-of-schema.ts";

const SYSTEM = {
  golden: "_id, _version",
  records: "_record, _id, _source",
  events: "_id, _customer",
};

interface StoredTable {
  readonly dataset: Dataset;
  readonly table: string;
  /** Columns besides the fields. */
  readonly system: string;
}

/** Rows of a table as text, sealed values opened. */
async function rowsOf(
  { db, client, protection }: Clinic,
  { dataset, table, system }: StoredTable,
): Promise<unknown[]> {
  const rows = await db.scoped(client.scope, (tx) => selectRows(tx, { dataset, table, system }));
  const sealed = rows.flatMap((row) => Object.values(row).filter((each) => Buffer.isBuffer(each)));
  const opener = await protection.opener(sealed);
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, each]) => [
        name,
        Buffer.isBuffer(each) ? opener.open(indexedAs(dataset, name), each) : each,
      ]),
    ),
  );
}

/** Clear values in the text form that sealed ones have. */
function selectRows(
  tx: Transaction,
  { dataset, table, system }: StoredTable,
): Promise<Record<string, unknown>[]> {
  const columns = dataset.fields.map(({ name, type, sealed }) => {
    const column = quoteIdent(name);
    if (sealed === true) {
      return column;
    }
    switch (type.kind) {
      case "timestamp":
        return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${column}`;
      case "text-list":
        return `to_json(${column})::text as ${column}`;
      default:
        return `${column}::text as ${column}`;
    }
  });
  return tx.rows(`select ${system}, ${columns.join(", ")} from ${quoteIdent(table)} order by 1`);
}

/** Everything that is known after the files, in one comparable shape. */
async function stateOf(clinic: Clinic): Promise<unknown> {
  const tables = clinic.client.catalogue.datasets.flatMap((dataset: Dataset): StoredTable[] =>
    dataset.kind === "event"
      ? [{ dataset, table: dataset.name, system: SYSTEM.events }]
      : [
          { dataset, table: dataset.name, system: SYSTEM.golden },
          { dataset, table: `${dataset.name}__records`, system: SYSTEM.records },
        ],
  );
  const rows: Record<string, unknown> = {};
  for (const each of tables) {
    rows[each.table] = await rowsOf(clinic, each);
  }
  const changes = await clinic.db.scoped(clinic.client.scope, (tx) =>
    tx.rows(
      `select c.change, c.kind, c.dataset, c.row_id, c.customer, c.fields,
              array(select h.field from _history h where h.change = c.change order by h.field) as history
         from _changes c order by c.change`,
    ),
  );
  return { rows, changes };
}

test("a client that seals goes the same way as one that does not, value for value and change for change", async () => {
  await using sealedData = await testDatabase();
  await using clearData = await testDatabase();
  const protection = memoryProtection("clinic");
  const sealed = await openClinic({ db: sealedData.db, protection });
  const clear = await openClinic({ db: clearData.db, protection, contract: CLEAR_CONTRACT });

  const reports = [await bringFiles(sealed), await bringFiles(clear)].map((all) =>
    all.map(({ read, accepted, changed, unchanged, quarantined, waiting, attached }) => ({
      read,
      accepted,
      changed,
      unchanged,
      quarantined,
      waiting,
      attached,
    })),
  );

  expect(sealed.client.catalogue.datasets.every(hasSealedFields)).toBe(true);
  expect(reports[0]).toEqual(reports[1]);
  expect(await stateOf(sealed)).toEqual(await stateOf(clear));
});

test("no table holds a sealed value in clear: no row, no key, no history, no quarantine", async () => {
  await using sealedData = await testDatabase();
  await using clearData = await testDatabase();
  const protection = memoryProtection("clinic");
  const sealed = await openClinic({ db: sealedData.db, protection });
  const clear = await openClinic({ db: clearData.db, protection, contract: CLEAR_CONTRACT });
  await bringFiles(sealed);
  await bringFiles(clear);

  const found = async ({ db, client }: Clinic): Promise<string[]> => {
    const texts = await textsOfSchema(db, client.scope);
    return SECRETS.filter((secret) => texts.some((text) => text.includes(secret)));
  };

  expect(await found(clear)).toEqual(SECRETS);
  expect(await found(sealed)).toEqual([]);
});

test("records of one person under two keys seal to other bytes with one blind index", async () => {
  await using database = await testDatabase();
  const clinic = await openClinic({ db: database.db, protection: memoryProtection("clinic") });
  await bringFiles(clinic);

  const [row] = await clinic.db.scoped(clinic.client.scope, (tx) =>
    tx.rows<{ values: bigint; indexes: bigint }>(
      `select count(distinct passport) as values, count(distinct substring(passport for 16)) as indexes
         from patients__records where _id = (select _id from patients where name = 'Ann Ash')`,
    ),
  );

  expect(findDataset(clinic.client.catalogue, "patients")?.fields.length).toBe(13);
  expect(row).toEqual({ values: 2n, indexes: 1n });
});
