/** The demo as a visitor runs it: what it tells is looked up in what it leaves behind. */
import { globSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { must } from "../../src/kernel/index.ts";
import { getClient } from "../../src/modules/contracts/index.ts";
import { segmentMembers } from "../../src/modules/segments/index.ts";
import { testDatabase, type TestDatabase } from "../support/database.ts";
import { value } from "./client-state.ts";
import { type Ended, runWaybill } from "./waybill-process.ts";

let database: TestDatabase;
let data: string;
let told: Ended;

beforeAll(async () => {
  database = await testDatabase();
  data = await mkdtemp(join(tmpdir(), "waybill-demo-"));
  // Enough that both desks have somebody.
  const size = ["--customers", "600", "--seed", "7"];
  told = await runWaybill(["demo", "--once", "--json", ...size], { data, database: database.url });
}, 240_000);

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(data, { recursive: true, force: true });
});

/** The numbers of a line of the story that begins with a text. */
function numbersBehind(text: string): number[] {
  const line = told.stderr.split("\n").find((each) => each.trim().startsWith(text));
  const numbers = must(line, `the story says ${text}`).slice(line?.indexOf(text)).match(/\d+/gu);
  return (numbers ?? []).map(Number);
}

function outbox(pattern: string): string[] {
  return globSync(join(data, "outbox", pattern));
}

test("it ends well, and prints one document where programs read", () => {
  expect({ code: told.code, said: told.stderr.slice(-500) }).toMatchObject({ code: 0 });
  expect(JSON.parse(told.stdout)).toMatchObject({
    clients: ["telecom", "retail", "freight", "health"],
  });
});

test.for([
  ["germany", "DE"],
  ["france", "FR"],
] as const)(
  "the desk in %s was sent all of the list who live in its country, and nobody else",
  async ([desk, country]) => {
    const { db } = database;
    const client = await getClient(db, "retail");
    const [payload] = outbox(`retail/desk-${desk}/*.csv`);
    const rows = readFileSync(must(payload, "the desk was sent a file"), "utf8")
      .trimEnd()
      .split("\n")
      .slice(1);
    const { members } = await segmentMembers(
      { db, ...client },
      { segment: "let-down", asOf: new Date(), limit: 1_000 },
    );
    const living = await value(
      db,
      client,
      `select count(*) as value from customers
        where country = '${country}' and _id = any ('{${members.join(",")}}')`,
    );

    expect(rows.length).toBeGreaterThan(0);
    expect(rows.map((row) => row.split(",").at(-1))).toEqual(rows.map(() => country));
    expect(String(rows.length)).toBe(living);
    expect(numbersBehind(`customers desk-${desk} has had`)).toEqual([rows.length]);
  },
);

test("nobody is shown to the desk of another country, and nobody was had by both", () => {
  expect(told.stderr.match(/no such customer/gu)).toHaveLength(2);
  expect(told.stderr.match(/is shown: (?:DE|FR)/gu)).toEqual(["is shown: DE", "is shown: FR"]);
  expect(numbersBehind("customers both have had")).toEqual([0]);
  expect(told.stderr).toMatch(/receipt {2}ok {2}customer \d+ was not in this delivery/u);
});

test("who withdraws is not in the next delivery", () => {
  const [before = 0] = numbersBehind("who would be sent newsletter before");
  const [, after] = numbersBehind("and after customer");

  expect(after).toBe(before - 1);
});

test("the one file accepts what is in order, and refuses what was altered", () => {
  const verdicts = told.stderr.match(/^ {3}(?:accepted|refused)$/gmu)?.map((line) => line.trim());

  // The delivery, its payload altered, its waybill altered; the certificate; the ledger's past.
  expect(verdicts).toEqual(["accepted", "refused", "refused", "accepted", "accepted"]);
});

test("the patient is gone, every recipient has answered, and the certificate says so", async () => {
  const { db } = database;
  const client = await getClient(db, "health");
  const [patient] = numbersBehind("A patient asks to be erased: customer");
  const left = `select count(*) as value from customers where _id = ${patient}`;
  const open = "select count(*) as value from _obligations where state <> 'acknowledged'";
  const { certificate } = JSON.parse(told.stdout);
  const judged = await runWaybill(["verify", certificate, "--json"], { data });

  expect(await value(db, client, left)).toBe("0");
  expect(await value(db, client, open)).toBe("0");
  expect(told.stderr).toContain("the key of this person was destroyed");
  expect(JSON.parse(judged.stdout)).toMatchObject({
    kind: "certificate",
    ok: true,
    checks: expect.arrayContaining([
      expect.objectContaining({ name: "complete", outcome: "passed" }),
    ]),
  });
});
