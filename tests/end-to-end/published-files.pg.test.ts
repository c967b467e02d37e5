/** The published files of the three example clients, through `./waybill` from end to end. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { getClient } from "../../src/modules/contracts/index.ts";
import { must } from "../../src/kernel/index.ts";
import { testDatabase } from "../support/database.ts";
import { referenceData } from "../support/reference-data.ts";
import { residentWaybill } from "../support/resident.ts";
import { SOUND, soundness, value } from "./client-state.ts";
import { examples, runWaybill } from "./waybill-process.ts";

interface Published {
  readonly client: string;
  /** Dataset and path, in the order of import. */
  readonly files: readonly (readonly [dataset: string, path: string, rows: number])[];
  /** Of the rows, how many wait for their customers after each file. */
  readonly waiting?: readonly number[];
  /** Statements, and what they give when all files are in. */
  readonly facts: Readonly<Record<string, string>>;
}

const HEALTH = [
  ["customers", "customers/synthea/patients.csv", 543],
  ["conditions", "customers/synthea/conditions.csv", 18_819],
  ["medications", "customers/synthea/medications.csv", 17_225],
  ["immunizations", "customers/synthea/immunizations.csv", 7_487],
  ["careplans", "customers/synthea/careplans.csv", 2_427],
] as const;

const attached = (dataset: string): string =>
  `select count(*) as value from ${dataset} where _customer is not null`;

const HEALTH_FACTS = {
  "select count(*) as value from customers": "543",
  [attached("conditions")]: "18819",
  [attached("medications")]: "17225",
  [attached("immunizations")]: "7487",
  [attached("careplans")]: "2427",
};

const published: readonly (Published & { readonly name: string })[] = [
  {
    name: "telecom's customers",
    client: "telecom",
    files: [["customers", "customers/telco/Telco-Customer-Churn.csv", 7_043]],
    facts: {
      "select count(*) as value from customers": "7043",
      "select sum(monthly_charges) as value from customers": "456116.60",
      "select count(*) as value from customers where churned": "1869",
    },
  },
  {
    name: "retail's orders",
    client: "retail",
    files: [["orders", "customers/cdnow/CDNOW_master.txt", 69_659]],
    facts: {
      "select count(*) as value from orders where _customer is not null": "69659",
      "select count(*) as value from customers": "23570",
      "select sum(amount) as value from orders": "2500315.63",
    },
  },
  {
    name: "health's patients and then their events",
    client: "health",
    files: HEALTH,
    facts: HEALTH_FACTS,
  },
  {
    name: "health's events and then the patients whom they waited for",
    client: "health",
    files: HEALTH.toReversed(),
    waiting: [2_427, 7_487, 17_225, 18_819, 0],
    facts: HEALTH_FACTS,
  },
];

describe("published files go in whole, and a second time as known:", () => {
  test.for(published)(
    "$name",
    { timeout: 240_000 },
    async ({ client, files, ...each }, { skip }) => {
      const paths = files.map(([, path]) => referenceData(path));
      skip(paths.includes(undefined), "the published files are not at hand");
      await using database = await testDatabase();
      await using cleanup = new AsyncDisposableStack();
      const data = await mkdtemp(join(tmpdir(), "waybill-published-"));
      cleanup.defer(() => rm(data, { recursive: true, force: true }));
      const { program } = cleanup.use(await residentWaybill());
      const run = async (...args: string[]): Promise<unknown> => {
        const options = { program, data, database: database.url };
        const ended = await runWaybill([...args, "--json"], options);
        expect(ended).toMatchObject({ code: 0, stderr: "" });
        return JSON.parse(ended.stdout);
      };
      await run("apply", join(examples, client));

      for (const [index, [dataset, path, rows]] of files.entries()) {
        const first = await run(
          "import",
          client,
          dataset,
          must(referenceData(path), "not skipped"),
        );
        const waiting = each.waiting?.[index] ?? 0;
        expect(first).toMatchObject({ read: rows, accepted: rows, quarantined: 0, waiting });
      }
      const { db } = database;
      const applied = await getClient(db, client);
      for (const [sql, expected] of Object.entries(each.facts)) {
        expect(`${sql}: ${await value(db, applied, sql)}`).toBe(`${sql}: ${expected}`);
      }
      expect(await soundness(db, client)).toMatchObject(SOUND);
      if (each.waiting !== undefined) {
        // The other order has shown that the second time finds everything known.
        return;
      }
      const changes = "select last as value from _change_head";
      const before = await value(db, applied, changes);
      for (const [dataset, path, rows] of files) {
        const second = await run(
          "import",
          client,
          dataset,
          must(referenceData(path), "not skipped"),
        );
        expect(second).toMatchObject({ read: rows, accepted: 0, changed: 0, unchanged: rows });
      }
      expect(await value(db, applied, changes)).toBe(before);
    },
  );
});
