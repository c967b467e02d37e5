/**
 * The example clients on a real database: every row of the published files is taken, and every segment
 * has the members that a separate count over the raw files gives (see the READMEs of `examples/`).
 */
import { createReadStream, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { FixedClock, must } from "../../kernel/index.ts";
import {
  applyFolder,
  type Client,
  getClient,
  readDefinitions,
  readFolder,
} from "../../modules/contracts/index.ts";
import {
  type Criteria,
  countQuery,
  parseAsOf,
  parseCriteria,
} from "../../modules/criteria/index.ts";
import { type ConsentImportReport, importConsents } from "../../modules/customers/index.ts";
import { importInput, type ImportReport } from "../../modules/intake/index.ts";
import { keyedSubjects } from "../../modules/ledger/index.ts";
import { memoryProtection } from "../../modules/protection/testing/memory-protection.ts";
import { calculateScores, segmentSchema } from "../../modules/segments/index.ts";
import type { Database } from "../../platform/postgres/index.ts";
import { referenceData } from "../../../tests/support/reference-data.ts";
import { testDatabase } from "../../../tests/support/database.ts";
import { sealedFolder } from "../sealing.ts";
import { generate, GENERATED_CLIENTS, type GeneratedClient } from "./index.ts";

const clock = new FixedClock(new Date("2026-11-01T00:00:00Z"));

interface Expected {
  readonly client: GeneratedClient;
  /** Dataset, path of the reference data, rows. */
  readonly files: readonly (readonly [dataset: string, path: string, rows: number])[];
  readonly customers: number;
  readonly sums: Readonly<Record<string, string>>;
  /** Day to evaluate as of; then how many members each segment has. */
  readonly segments: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const PUBLISHED: readonly Expected[] = [
  {
    client: "telecom",
    files: [["customers", "customers/telco/Telco-Customer-Churn.csv", 7_043]],
    customers: 7_043,
    sums: { monthly_charges: "456116.60" },
    segments: {
      "2026-11-01": {
        churned: 1_869,
        loyal: 1_816,
        "high-value": 1_135,
        "unprotected-fibre": 794,
        "seniors-alone": 561,
        california: 0,
        "urgent-retention": 0,
      },
    },
  },
  {
    client: "retail",
    files: [["orders", "customers/cdnow/CDNOW_master.txt", 69_659]],
    customers: 23_570,
    sums: { amount: "2500315.63", number_of_cds: "167881" },
    segments: {
      "2026-11-01": {
        "one-time-buyers": 11_908,
        "repeat-buyers": 11_662,
        "big-spenders": 734,
        "large-baskets": 2_463,
        regulars: 3_835,
        "traded-up": 539,
        "given-discs": 80,
        active: 0,
      },
      "1998-06-30": { active: 3_301, lapsed: 2_941 },
    },
  },
  {
    client: "health",
    files: [
      ["customers", "customers/synthea/patients.csv", 543],
      ["conditions", "customers/synthea/conditions.csv", 18_819],
      ["medications", "customers/synthea/medications.csv", 17_225],
      ["immunizations", "customers/synthea/immunizations.csv", 7_487],
      ["careplans", "customers/synthea/careplans.csv", 2_427],
    ],
    customers: 543,
    sums: { total_cost: "24873831.26", base_cost: "1018232.00" },
    segments: {
      "2021-07-14": {
        seniors: 69,
        "flu-recall": 7,
        "north-west": 56,
        "near-london-clinic": 83,
        diabetes: 21,
        polypharmacy: 79,
        "costly-medication": 107,
        "bronchitis-treated": 182,
        isolated: 174,
      },
    },
  },
];

const protecting = { protect: (key: string) => Promise.resolve(memoryProtection(key)) };

async function applied(db: Database, client: GeneratedClient): Promise<Client> {
  const folder = fileURLToPath(new URL(`../../../examples/${client}`, import.meta.url));
  const kept = await sealedFolder(protecting, await readFolder(folder));
  await applyFolder(db, kept, new Map(), { actor: "alice", clock, allow: [] });
  return await getClient(db, client);
}

async function imported(
  db: Database,
  client: Client,
  { dataset, path }: { readonly dataset: string; readonly path: string },
): Promise<ImportReport> {
  return await importInput(
    { db, clock, ...protecting },
    {
      client,
      dataset,
      input: createReadStream(path),
      origin: basename(path),
      expected: { sums: {} },
      actor: "alice",
      dryRun: false,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onNote: () => undefined,
    },
  );
}

/** How many members each segment of the client has. */
async function members(db: Database, client: Client, day: string): Promise<Record<string, number>> {
  const { catalogue, scope } = client;
  const definitions = await db.scoped(scope, (tx) => readDefinitions(tx, "segment"));
  const criteria = new Map<string, Criteria>(
    definitions.map(({ name, body }) => {
      const { criteria: text, subject } = segmentSchema.parse(body);
      return [name, parseCriteria(text, catalogue, { subject })];
    }),
  );
  const options = {
    catalogue,
    asOf: parseAsOf(day, catalogue.timeZone),
    segments: (name: string) =>
      must(criteria.get(name), "the plan has checked the names of segments"),
  };
  return await db.scoped(scope, async (tx) => {
    const counts: Record<string, number> = {};
    for (const [name, each] of criteria) {
      const { sql, values } = countQuery(each, options);
      const { count } = await tx.row<{ count: bigint }>(sql, values);
      counts[name] = Number(count);
    }
    return counts;
  });
}

describe.each(PUBLISHED)("$client", (expected) => {
  const paths = expected.files.map(([, path]) => referenceData(path));

  test.skipIf(paths.includes(undefined))(
    "takes every row of the published files and finds the members that a count of its own finds",
    { timeout: 120_000 },
    async () => {
      await using database = await testDatabase();
      const { db } = database;
      const client = await applied(db, expected.client);
      const sums: Record<string, string> = {};

      for (const [dataset, path, rows] of expected.files) {
        const file = must(referenceData(path), "skipped without it");
        const report = await imported(db, client, { dataset, path: file });
        const { read, accepted, quarantined, waiting, state } = report;
        expect({ read, accepted, quarantined, waiting, state }).toEqual({
          read: rows,
          accepted: rows,
          quarantined: 0,
          waiting: 0,
          state: "published",
        });
        expect(report.ignoredColumns).toEqual([]);
        Object.assign(sums, report.totals);
      }

      const { count } = await db.scoped(client.scope, (tx) =>
        tx.row<{ count: bigint }>("select count(*) as count from customers"),
      );
      expect(Number(count)).toBe(expected.customers);
      expect(sums).toMatchObject(expected.sums);
      for (const [day, counts] of Object.entries(expected.segments)) {
        expect(await members(db, client, day), day).toMatchObject(counts);
      }
    },
  );
});

async function consentsTaken(
  db: Database,
  { scope, catalogue }: Client,
  files: readonly { readonly path: string }[],
): Promise<Pick<ConsentImportReport, "lines" | "recorded">> {
  const file = files.find(({ path }) => basename(path) === "consents.csv");
  if (file === undefined) {
    return { lines: 0, recorded: 0 };
  }
  return await importConsents({
    db,
    scope,
    catalogue,
    subjects: keyedSubjects((customers) =>
      Promise.resolve(customers.map(() => Buffer.alloc(32, 1))),
    ),
    actor: "test",
    now: () => clock.now(),
    bytes: createReadStream(file.path),
    blindIndex: () => Promise.reject(new Error("nothing is sealed here")),
    signal: new AbortController().signal,
  });
}

const DATASETS: Readonly<Record<string, string>> = {
  "billing.csv": "customers",
  "crm_contacts.csv": "customers",
  "patients.csv": "customers",
  "orders.txt": "orders",
  "profiles.csv": "customers",
  "contacts.csv": "customers",
};

describe.each(GENERATED_CLIENTS)("generated files of %s", (client) => {
  test(
    "go in but for their bad rows, and give every segment members",
    { timeout: 120_000 },
    async () => {
      await using database = await testDatabase();
      const { db } = database;
      const definition = await applied(db, client);
      const out = await mkdtemp(join(tmpdir(), "waybill-examples-"));
      const customers = client === "health" ? 400 : 3_000;
      const report = await generate({ client, customers, seed: 5, out, errors: { badRows: 0.01 } });

      for (const { path, rows, badRows } of report.files) {
        const file = basename(path);
        if (file === "truth.csv" || file === "consents.csv") {
          continue;
        }
        const dataset = DATASETS[file] ?? file.replace(".csv", "");
        const { accepted, quarantined, state } = await imported(db, definition, { dataset, path });
        expect({ file, accepted, quarantined, state }).toEqual({
          file,
          accepted: rows - badRows,
          quarantined: badRows,
          state: "published",
        });
      }

      const { lines, recorded } = await consentsTaken(db, definition, report.files);
      // Statements of contacts whose row is bad find nobody.
      expect(recorded).toBeGreaterThanOrEqual(0.95 * lines);
      await calculateScores({ db, ...definition }, { clock });
      const counts = await members(db, definition, "2026-11-01");
      expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([]);
      await rm(out, { recursive: true });
    },
  );
});

test("identity by number and e-mail address never joins two persons, and joins half of the second records", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const client = await applied(db, "telecom");
  const out = await mkdtemp(join(tmpdir(), "waybill-examples-"));
  const errors = { badRows: 0, duplicates: 0.3 };
  const { duplicates } = await generate({
    client: "telecom",
    customers: 2_000,
    seed: 6,
    out,
    errors,
  });
  const truth = readFileSync(join(out, "truth.csv"), "utf8").trim().split("\n").slice(1);
  const persons = new Map(
    truth.map((line) => line.split(",").slice(1)).map(([id, who]) => [id, who]),
  );

  for (const file of ["billing.csv", "crm_contacts.csv"]) {
    await imported(db, client, { dataset: "customers", path: join(out, file) });
  }

  const records = await db.scoped(client.scope, (tx) =>
    tx.rows<{ id: bigint; record: string }>(
      "select _id as id, record_id as record from customers__records",
    ),
  );
  const golden = Map.groupBy(records, ({ id }) => id);
  const mixed = [...golden.values()].filter(
    (group) => new Set(group.map(({ record }) => persons.get(record))).size !== 1,
  );
  expect(records.length).toBe(2_000 + 2_000 + duplicates);
  expect(mixed).toEqual([]);
  expect((golden.size - 2_000) / duplicates).toBeLessThan(0.5);
  await rm(out, { recursive: true });
});
