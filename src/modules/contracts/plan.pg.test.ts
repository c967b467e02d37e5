import { describe, expect, test } from "vitest";
import { testDatabase } from "../../../tests/support/database.ts";
import { FixedClock, InvalidInputError, RefusedError } from "../../kernel/index.ts";
import type { Database } from "../../platform/postgres/index.ts";
import {
  applyFolder,
  getClient,
  listClients,
  planFolder,
  planRefusals,
  readDefinitions,
} from "./index.ts";
import type { ClientFolder, Plan } from "./index.ts";
import {
  datasetOf,
  fieldOf,
  sampleContract,
  sampleFolder,
  waybill,
} from "../../../tests/contracts/sample-contract.ts";
import type { ContractDocument } from "../../../tests/contracts/sample-contract.ts";

const clock = new FixedClock(new Date("2026-03-01T12:00:00Z"));

async function apply(db: Database, folder: ClientFolder, allow: string[] = []): Promise<Plan> {
  return await applyFolder(db, folder, new Map(), { actor: "alice", clock, allow });
}

/** The sample contract, changed and with a higher version. */
function changed(change: (document: ContractDocument) => void, version = "2.0.0"): ClientFolder {
  const document = sampleContract();
  document.version = version;
  change(document);
  return sampleFolder(document);
}

async function addCustomers(db: Database): Promise<void> {
  const { scope } = await getClient(db, "telecom");
  await db.scoped(scope, async (tx) => {
    const columns = ["customer_id", "email", "plan", "charges", "notes", "born"];
    for (const [id, ...values] of [
      [1, "A-1", "ann@example.org", "small", "10.25", "calls often", "1980-05-05"],
      [2, "A-2", "bob@example.org", "it's large", "99.99", null, null],
    ] as const) {
      const list = columns.map((name) => `"${name}"`).join(", ");
      const parameters = columns.map((_, index) => `$${index + 2}`).join(", ");
      await tx.run(
        `insert into customers (_id, _version, _created_at, _updated_at, ${list})
         values ($1, 1, now(), now(), ${parameters})`,
        [id, ...values],
      );
      await tx.run(
        `insert into customers__records (_record, _id, _intake, _line, _stated_at, _source, _hash, _key, ${list})
         values ($1, $1, 1, 1, now(), 1, gen_random_uuid(), $2, ${parameters})`,
        [id, ...values],
      );
    }
  });
}

function words(plan: Plan): string[] {
  return plan.changes.map(({ at, text, effect, violations }) => {
    return `${at}: ${text} (${effect}${violations === 0 ? "" : `, ${violations}`})`;
  });
}

describe("a new client", () => {
  test("is planned in words, applied at once, and then there is nothing to do", async () => {
    await using database = await testDatabase();
    const { db } = database;
    const folder = sampleFolder(sampleContract(), [
      { kind: "segment", name: "at-risk", body: { segment: "at-risk" } },
    ]);

    const plan = await planFolder(db, folder, new Map());
    const applied = await apply(db, folder);
    const again = await apply(db, folder);

    expect(words(plan)).toEqual([
      "contract: client telecom is new, with contract 1.0.0 (safe)",
      "accounts: dataset added: accounts, 2 fields (safe)",
      "customers: dataset added: customers, 9 fields (safe)",
      "orders: dataset added: events, 5 fields (safe)",
      "segment at-risk: added (safe)",
    ]);
    expect(applied).toEqual(plan);
    expect(again).toEqual({ client: "telecom", isNew: false, changes: [], issues: [] });
    expect(await planFolder(db, folder, new Map())).toEqual(again);
  });

  test("is found by its key with the catalogue that its contract gave", async () => {
    await using database = await testDatabase();
    const { db } = database;
    const folder = sampleFolder(sampleContract());
    await apply(db, folder);

    const client = await getClient(db, "telecom");

    expect(client).toMatchObject({ key: "telecom", contractVersionNo: 1 });
    expect(client.catalogue).toEqual(folder.catalogue);
    expect(await listClients(db)).toEqual([client]);
    await expect(getClient(db, "telecm")).rejects.toMatchObject({
      code: "client-unknown",
      hint: 'did you mean "telecom"?',
    });
  });

  test("leaves nothing behind when a check refuses its definitions", async () => {
    await using database = await testDatabase();
    const { db } = database;
    const folder = sampleFolder(sampleContract(), [{ kind: "route", name: "r", body: {} }]);
    const checks = new Map([
      ["route", () => [{ at: "routes/r.yaml", message: "names no destination" }]],
    ] as const);

    const refused = applyFolder(db, folder, checks, { actor: "alice", clock, allow: [] });

    await expect(refused).rejects.toThrow(InvalidInputError);
    await expect(planFolder(db, folder, checks)).rejects.toMatchObject({
      issues: [{ at: "routes/r.yaml", message: "names no destination" }],
    });
    expect(await listClients(db)).toEqual([]);
  });

  test("can write its rows and cannot alter its tables", async () => {
    await using database = await testDatabase();
    const { db } = database;
    await apply(db, sampleFolder(sampleContract()));
    await addCustomers(db);
    const { scope } = await getClient(db, "telecom");

    const run = (sql: string): Promise<number> => db.scoped(scope, (tx) => tx.run(sql));

    await expect(run("update customers set plan = 'small'")).resolves.toBe(2);
    await expect(run("update customers set plan = 'Small'")).rejects.toThrow(
      "customers_plan_check",
    );
    await expect(run("alter table customers drop column plan")).rejects.toThrow("may not do this");
    await expect(run("drop table customers")).rejects.toThrow("may not do this");
  });
});

describe("a changed contract", () => {
  test("drops a field only when it is named", async () => {
    await using database = await testDatabase();
    const { db } = database;
    await apply(db, sampleFolder(sampleContract()));
    const folder = changed((document) => {
      const customers = datasetOf(document, "customers");
      customers.properties = customers.properties.filter(({ name }) => name !== "notes");
    });

    const refused = apply(db, folder, ["drop:customers.email"]);

    await expect(refused).rejects.toThrow(RefusedError);
    await expect(refused).rejects.toMatchObject({
      issues: [
        { at: "customers.notes", hint: expect.stringContaining("--allow drop:customers.notes") },
      ],
    });
    expect(words(await apply(db, folder, ["drop:customers.notes"]))).toEqual([
      "contract: version 1.0.0 → 2.0.0 (safe)",
      "customers.notes: field removed, with all its values (destructive)",
    ]);
    expect((await planFolder(db, folder, new Map())).changes).toEqual([]);
  });

  test("adds, widens and loosens without being asked", async () => {
    await using database = await testDatabase();
    const { db } = database;
    await apply(db, sampleFolder(sampleContract()));
    await addCustomers(db);
    const folder = changed((document) => {
      datasetOf(document, "customers").properties.push({ name: "city", logicalType: "string" });
      fieldOf(document, "customers.email")["logicalTypeOptions"] = { maxLength: 300 };
      fieldOf(document, "customers.charges").customProperties = waybill({ type: "decimal(12,2)" });
      fieldOf(document, "customers.plan").customProperties = waybill({
        values: ["small", "medium", "it's large"],
      });
      fieldOf(document, "customers.notes").customProperties = waybill({ identifier: true });
    }, "1.1.0");

    const plan = await apply(db, folder);

    expect(words(plan)).toEqual([
      "contract: version 1.0.0 → 1.1.0 (safe)",
      "customers.email: rule loosened: greatest length 200 → 300 (safe)",
      "customers.email: rule loosened: pattern [^@]+@[^@]+ → none (safe)",
      "customers.plan: 1 value of the enumeration added (safe)",
      "customers.charges: type widened: decimal(10,2) → decimal(12,2) (safe)",
      "customers.notes: is now an identifier, with an index (safe)",
      "customers.city: field added (safe)",
    ]);
    const { scope } = await getClient(db, "telecom");
    const charges = await db.scoped(scope, (tx) =>
      tx.rows<{ charges: string }>("select charges from customers order by _id"),
    );
    expect(charges.map((row) => row.charges)).toEqual(["10.25", "99.99"]);
  });

  test.each([
    { what: "a greater minimum", field: "born", options: { minimum: "1990-01-01" }, broken: 1 },
    {
      what: "a smaller length",
      field: "email",
      options: { maxLength: 10, pattern: "[^@]+@[^@]+" },
      broken: 2,
    },
    {
      what: "another pattern",
      field: "email",
      options: { maxLength: 200, pattern: "bob@[^@]+" },
      broken: 1,
    },
  ])("with $what counts the rows that break it", async ({ field, options, broken }) => {
    await using database = await testDatabase();
    const { db } = database;
    await apply(db, sampleFolder(sampleContract()));
    await addCustomers(db);
    const folder = changed((document) => {
      fieldOf(document, `customers.${field}`)["logicalTypeOptions"] = options;
    });

    const plan = await planFolder(db, folder, new Map());

    const allow = `tighten:customers.${field}`;
    const tightened = plan.changes.find(({ at }) => at === `customers.${field}`);
    expect(tightened).toMatchObject({ effect: "checks-data", allow, violations: broken });
    expect(planRefusals(plan, [])).toHaveLength(1);
    expect(planRefusals(plan, [allow])).toEqual([]);
  });

  test("requires a field only when no record lacks it", async () => {
    await using database = await testDatabase();
    const { db } = database;
    await apply(db, sampleFolder(sampleContract()));
    await addCustomers(db);
    const requires = (field: string): ClientFolder =>
      changed((document) => {
        fieldOf(document, `customers.${field}`)["required"] = true;
      });

    await expect(apply(db, requires("born"))).rejects.toThrow(RefusedError);
    const plan = await apply(db, requires("email"));

    expect(words(plan)).toContain("customers.email: is now required (checks-data)");
  });

  test("never loses a value of an enumeration or a digit that is in use", async () => {
    await using database = await testDatabase();
    const { db } = database;
    await apply(db, sampleFolder(sampleContract()));
    await addCustomers(db);
    const removed = changed((document) => {
      fieldOf(document, "customers.plan").customProperties = waybill({ values: ["small"] });
    });
    const narrowed = changed((document) => {
      fieldOf(document, "customers.charges").customProperties = waybill({ type: "decimal(9,1)" });
    });

    for (const folder of [removed, narrowed]) {
      const refused = apply(db, folder, ["tighten:customers.plan", "tighten:customers.charges"]);
      await expect(refused).rejects.toMatchObject({
        issues: [{ hint: "bring the rows into line first, through a source" }],
      });
    }
  });

  test("must change its version, and is told the next one", async () => {
    await using database = await testDatabase();
    const { db } = database;
    await apply(db, sampleFolder(sampleContract()));
    const add = (document: ContractDocument): void => {
      datasetOf(document, "customers").properties.push({ name: "city", logicalType: "string" });
    };

    const same = await planFolder(db, changed(add, "1.0.0"), new Map());
    const older = await planFolder(db, changed(add, "0.9.0"), new Map());

    expect(same.issues).toEqual([
      {
        at: "contract.yaml: version",
        message: "version 1.0.0 was applied with other content",
        hint: "version: 1.1.0",
      },
    ]);
    expect(older.issues).toMatchObject([
      { message: "version 0.9.0 is older than 1.0.0, which was applied" },
    ]);
    await expect(apply(db, changed(add, "1.0.0"))).rejects.toThrow(RefusedError);
  });

  test("can go back to a contract that was applied before", async () => {
    await using database = await testDatabase();
    const { db } = database;
    const first = sampleFolder(sampleContract());
    const second = changed((document) => {
      datasetOf(document, "customers").properties.push({ name: "city", logicalType: "string" });
    });
    await apply(db, first);
    await apply(db, second);

    const plan = await apply(db, first, ["drop:customers.city"]);

    expect(plan.issues).toEqual([]);
    expect((await getClient(db, "telecom")).contractVersionNo).toBe(3);
  });
});

describe("definitions", () => {
  test("get a version for every change, and a removed one is no longer read", async () => {
    await using database = await testDatabase();
    const { db } = database;
    const contract = sampleContract();
    const withBody = (body: unknown): ClientFolder =>
      sampleFolder(contract, [{ kind: "segment", name: "at-risk", body }]);

    await apply(db, withBody({ title: "first" }));
    const second = await apply(db, withBody({ title: "second" }));
    const { scope } = await getClient(db, "telecom");
    const stored = await db.scoped(scope, (tx) => readDefinitions(tx, "segment"));
    const removed = await apply(db, sampleFolder(contract));
    const afterwards = await db.scoped(scope, (tx) => readDefinitions(tx, "segment"));
    const restored = await apply(db, withBody({ title: "second" }));

    expect(words(second)).toEqual(["segment at-risk: changed (safe)"]);
    expect(stored).toMatchObject([{ name: "at-risk", version: 2, body: { title: "second" } }]);
    expect(words(removed)).toEqual(["segment at-risk: removed (safe)"]);
    expect(afterwards).toEqual([]);
    expect(words(restored)).toEqual(["segment at-risk: added (safe)"]);
  });
});

describe("two at once", () => {
  test("apply one after the other, and the second finds nothing to do", async () => {
    await using database = await testDatabase();
    const { db } = database;
    const folder = sampleFolder(sampleContract());

    const plans = await Promise.all([apply(db, folder), apply(db, folder), apply(db, folder)]);

    expect(plans.filter(({ changes }) => changes.length > 0)).toHaveLength(1);
    expect((await getClient(db, "telecom")).contractVersionNo).toBe(1);
  });
});
