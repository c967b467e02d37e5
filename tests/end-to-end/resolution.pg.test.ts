/** Which records are the same customer, from the import that brings them to the unmerge that parts them. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generate } from "../../src/entry/generator/index.ts";
import { must } from "../../src/kernel/index.ts";
import { type Client, getClient } from "../../src/modules/contracts/index.ts";
import { listSegments, segmentMembers } from "../../src/modules/segments/index.ts";
import { testDatabase, type TestDatabase } from "../support/database.ts";
import { type Resident, residentWaybill } from "../support/resident.ts";
import { contents, SOUND, soundness, value } from "./client-state.ts";
import { examples, runWaybill, startWaybill } from "./waybill-process.ts";

let database: TestDatabase;
let resident: Resident;
let folder: string;
let client: Client;
let imported: ImportDocument;

interface ImportDocument {
  readonly accepted: number;
  readonly linked?: {
    readonly state: string;
    readonly scope: string;
    readonly records: number;
    readonly merged: number;
    readonly toReview: number;
  };
}

const at = (name: string): string => join(folder, name);

/** Runs a command that must succeed. @returns its document */
async function run<Document = unknown>(...args: readonly string[]): Promise<Document> {
  const { program } = resident;
  const options = { program, data: at("data"), database: database.url };
  const { code, stdout, stderr } = await runWaybill([...args, "--json"], options);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: "" });
  return JSON.parse(stdout);
}

/** Telecom with 300 customers, of whom the CRM has many twice. */
beforeAll(async () => {
  database = await testDatabase({ poolSize: 8 });
  resident = await residentWaybill();
  folder = await mkdtemp(join(tmpdir(), "waybill-resolution-"));
  const errors = { badRows: 0, duplicates: 0.3 };
  await generate({ client: "telecom", customers: 300, seed: 5, out: at("files"), errors });
  await run("apply", join(examples, "telecom"));
  client = await getClient(database.db, "telecom");
  const file = (name: string): string => at(join("files", name));
  await run("import", "telecom", "tickets", file("tickets.csv"));
  await run("import", "telecom", "calls", file("calls.csv"));
  imported = await run(
    "import",
    "telecom",
    "customers",
    file("billing.csv"),
    file("crm_contacts.csv"),
  );
}, 120_000);

afterAll(async () => {
  await resident[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The smallest or another id that a statement names. */
async function idOf(sql: string): Promise<string> {
  return await value(database.db, client, sql);
}

const customerOf = (key: string): Promise<string> =>
  idOf(`select _id as value from customers__records where _key = '${key}'`);

/**
 * Everything that a client sees of its customers: fields, whom events belong to, old ids, members of
 * segments. Versions and times of change go on, and what is written down of a merge stays.
 */
async function visible(): Promise<Readonly<Record<string, unknown>>> {
  const { db } = database;
  const row = (table: string, order: string): Promise<string> =>
    idOf(`select coalesce(json_agg(to_jsonb(t) - '_version' - '_updated_at' order by ${order}), '[]')::text
              as value from ${table} t`);
  const subject = { db, scope: client.scope, catalogue: client.catalogue };
  const asOf = new Date("2026-11-01T00:00:00Z");
  const segments: [string, readonly bigint[]][] = [];
  for (const { segment } of await listSegments(subject, { asOf })) {
    const { members } = await segmentMembers(subject, { segment, asOf, limit: 10_000 });
    segments.push([segment, members]);
  }
  return {
    customers: await row("customers", "_id"),
    records: await row("customers__records", "_record"),
    tickets: await row("tickets", "_id"),
    calls: await row("calls", "_id"),
    redirects: await idOf(
      "select coalesce(string_agg(old_id || '>' || new_id, ' ' order by old_id), '') as value from _redirects",
    ),
    segments: Object.fromEntries(segments),
  };
}

describe("an import", () => {
  test("links what it brings, and says what that came to", async () => {
    const truth = await readFile(at(join("files", "truth.csv")), "utf8");
    const persons = new Map(
      truth
        .trim()
        .split(/\r?\n/u)
        .map((line): [string, string] => {
          const [, key = "", person = ""] = line.split(",");
          return [key, person];
        }),
    );
    const rows = JSON.parse(
      await idOf(
        "select json_agg(json_build_array(_key, _id::text))::text as value from customers__records where family_name is not null",
      ),
    ) as readonly (readonly [string, string])[];
    const together = Map.groupBy(rows, ([, id]) => id);
    const mixed = [...together.values()].filter(
      (records) => new Set(records.map(([key]) => persons.get(key))).size > 1,
    );
    const parted = together.size - new Set(rows.map(([key]) => persons.get(key))).size;

    expect(imported.linked).toMatchObject({
      state: "linked",
      scope: "all",
      merged: expect.any(Number),
    });
    expect(imported.linked?.merged).toBeGreaterThan(10);
    // Of some 390 contacts of 300 people. What is right to the last one is for the figures of linkage.
    expect(mixed.length).toBeLessThanOrEqual(3);
    expect(parted).toBeLessThanOrEqual(8);
    expect(await soundness(database.db, "telecom")).toMatchObject(SOUND);
  });

  test("that follows matches only what it brings", async () => {
    const [head = "", first = ""] = (
      await readFile(at(join("files", "crm_contacts.csv")), "utf8")
    ).split(/\r?\n/u);
    const [, , ...rest] = first.split(",");
    await writeFile(at("one.csv"), `${head}\n${["CT-900001", "", ...rest].join(",")}\n`);
    const before = await idOf("select count(*) as value from customers");

    const { linked } = await run<ImportDocument>("import", "telecom", "customers", at("one.csv"));

    expect(linked).toMatchObject({ state: "linked", scope: "changed", records: 1 });
    expect(await customerOf("CT-900001")).toBe(await customerOf("CT-1"));
    expect(await idOf("select count(*) as value from customers")).toBe(before);
  });

  test("is not linked where it is told not to, and the next run catches up", async () => {
    const [head = "", , second = ""] = (
      await readFile(at(join("files", "crm_contacts.csv")), "utf8")
    ).split(/\r?\n/u);
    const [, , given, family, , ...rest] = second.split(",");
    const row = ["CT-900002", "", given, family, "", ...rest].join(",");
    await writeFile(at("two.csv"), `${head}\n${row}\n`);

    const quiet = await run<ImportDocument>(
      "import",
      "telecom",
      "customers",
      at("two.csv"),
      "--no-link",
    );
    const apart = await customerOf("CT-900002");
    const caughtUp = await run("resolve", "telecom");

    expect(quiet).not.toHaveProperty("linked");
    expect(apart).not.toBe(await customerOf("CT-2"));
    expect(caughtUp).toMatchObject({ scope: "changed", records: 1, merged: 1 });
    expect(await customerOf("CT-900002")).toBe(await customerOf("CT-2"));
  });
});

interface Parted {
  readonly now: readonly { readonly customer: number; readonly records: readonly number[] }[];
}

/** Customers with bills, contacts and events, the busiest first. */
async function busiest(): Promise<readonly [string, string]> {
  const ids = await idOf(
    `select string_agg(id, ' ') as value from (
       select c._customer::text as id from calls c
         join customers__records r on r._id = c._customer
        group by c._customer having count(distinct r._record) = 2
        order by count(*) desc, c._customer limit 2) most`,
  );
  const [one = "", other = ""] = ids.split(" ");
  return [one, other];
}

describe("a merge made by mistake", () => {
  test("is undone with all fields, events and memberships back where they were", async () => {
    const [one, other] = await busiest();
    const before = await visible();
    const records = await idOf(
      `select string_agg(_record::text, ' ' order by _record) as value from customers__records where _id = ${other}`,
    );

    const merged = await run<Parted>("resolve", "merge", "telecom", one, other, "--reason", "slip");
    const between = await visible();
    const kept = String(must(merged.now[0], "they are one customer").customer);
    const parted = await run<Parted>("resolve", "unmerge", "telecom", kept, ...records.split(" "));

    expect(merged.now).toHaveLength(1);
    expect(between["customers"]).not.toEqual(before["customers"]);
    expect(between["calls"]).not.toEqual(before["calls"]);
    expect(parted.now.map(({ customer }) => String(customer)).toSorted()).toEqual(
      [one, other].toSorted(),
    );
    expect(await visible()).toEqual(before);
  });

  test("is undone as well by whoever takes it back, and an old id leads to the merged one meanwhile", async () => {
    const [one, other] = await busiest();
    const before = await visible();
    const merged = await run<Parted>("resolve", "merge", "telecom", one, other);
    const kept = must(merged.now[0], "they are one customer");
    const gone = String(kept.customer) === one ? other : one;

    const shown = await run("customer", "show", "telecom", gone);
    const said = await idOf(
      `select left_record || '-' || right_record as value from _judgements
        where judge = 'person' and verdict = 'same' order by judgement desc limit 1`,
    );
    await run("resolve", "undo", "telecom", said);

    expect(shown).toMatchObject({
      customer: { id: kept.customer },
      redirectedFrom: { oldId: Number(gone) },
      heldTogetherBy: expect.any(Array),
    });
    expect(await visible()).toEqual(before);
  });
});

describe("what a person judged", () => {
  test("holds after every record was looked at again, and explains why the two are not one", async () => {
    const held = await idOf(
      `select left_record || ' ' || right_record || ' ' || l._id as value
         from _judgements j
         join customers__records l on l._record = j.left_record
         join customers__records r on r._record = j.right_record and r._id = l._id
        where j.judge = 'model' and j.verdict = 'same'
          and (select count(*) from customers__records o where o._id = l._id) = 2
        order by j.weight desc limit 1`,
    );
    const [left = "", right = "", customer = ""] = held.split(" ");
    const reason = "twins";

    await run("resolve", "unmerge", "telecom", customer, "--by", "Ada", "--reason", reason);
    const again = await run("resolve", "telecom", "--full");
    const places = await idOf(
      `select count(distinct _id) as value from customers__records where _record in (${left}, ${right})`,
    );
    const one = await idOf(`select _id as value from customers__records where _record = ${left}`);
    const other = await idOf(
      `select _id as value from customers__records where _record = ${right}`,
    );
    const apart = await run("resolve", "explain", "telecom", one, other);
    const { questions } = await run<{ questions: readonly { left: number; right: number }[] }>(
      "resolve",
      "review",
      "telecom",
      "--list",
    );

    expect(again).toMatchObject({ scope: "all", split: 0 });
    expect(places).toBe("2");
    expect(apart).toMatchObject({
      kind: "apart",
      cause: "judged-apart",
      judged: [{ who: "Ada", verdict: "different", reason }],
    });
    expect(questions.filter((each) => String(each.left) === left)).toEqual([]);
  });
});

describe("an explanation", () => {
  test("of two records adds up to their weight, and is drawn", async () => {
    const pair = await idOf(
      `select left_record || ' ' || right_record as value from _judgements
        where judge = 'model' and verdict = 'same' order by judgement limit 1`,
    );
    const picture = ["--svg", at("pair.svg")];

    const explained = await run<{
      readonly pair: {
        readonly weight: number;
        readonly comparisons: readonly { readonly weight: number }[];
        readonly sentences: readonly string[];
      };
    }>("resolve", "explain", "telecom", ...pair.split(" "), ...picture);

    const { weight, comparisons, sentences } = explained.pair;
    const sum = comparisons.reduce((total, each) => total + each.weight, 0);
    expect(sum).toBeCloseTo(weight, 6);
    expect(sentences[0]).toMatch(/^The probability that the two are the same is /);
    expect(await readFile(at("pair.svg"), "utf8")).toMatch(/^<svg /);
  });

  test("of a customer names the judgements that hold it together, one fewer than it has records", async () => {
    const customer = await idOf(
      "select _id as value from customers__records group by _id order by count(*) desc, _id limit 1",
    );

    const explained = await run<{
      readonly records: readonly number[];
      readonly links: readonly unknown[];
    }>("resolve", "explain", "telecom", customer);

    expect(explained.records.length).toBeGreaterThan(2);
    expect(explained.links).toHaveLength(explained.records.length - 1);
  });
});

/** What no run may leave half done. The log of the server's own numbers goes on. */
async function stillness(): Promise<Readonly<Record<string, string>>> {
  return await contents(database.db, "telecom");
}

/** Waits until a run has begun to write: other connections see its locks, and nothing of what it wrote. */
async function untilWriting(): Promise<void> {
  const writing = `select count(*) as value from pg_catalog.pg_locks
    where relation in ('_blocks'::regclass, '_judgements'::regclass)
      and mode = 'RowExclusiveLock' and pid <> pg_backend_pid()`;
  while ((await idOf(writing)) === "0") {
    await setTimeout(5);
  }
}

describe("a run that is killed", { timeout: 120_000 }, () => {
  test.for([
    { when: "while it writes", ready: untilWriting },
    { when: "while it reads and learns", ready: () => setTimeout(1_500) },
  ])("$when leaves nothing half merged, and the next one comes to its end", async ({ ready }) => {
    const before = await stillness();
    const options = { data: at("data"), database: database.url };
    const args = ["resolve", "telecom", "--retrain", "--seed", "9", "--json"];
    const started = startWaybill(args, options);
    await ready();

    started.kill("SIGKILL");
    const { code } = await started.ended;

    expect(code).toBeNull();
    expect(await stillness()).toEqual(before);
    expect(await soundness(database.db, "telecom")).toMatchObject(SOUND);

    const finished = await run("resolve", "telecom", "--retrain", "--seed", "9");

    expect(finished).toMatchObject({ scope: "all", model: expect.any(Number) });
  });
});
