/** `--json` as scripts rely on it: every command and every error prints one document, and nothing else. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generate } from "../../src/entry/generator/index.ts";
import { getClient } from "../../src/modules/contracts/index.ts";
import { assert, must } from "../../src/kernel/index.ts";
import { testDatabase, type TestDatabase } from "../support/database.ts";
import { type Resident, residentWaybill } from "../support/resident.ts";
import { value } from "./client-state.ts";
import { attempt } from "./scene.ts";
import { type Ended, examples, runWaybill } from "./waybill-process.ts";

let database: TestDatabase;
let resident: Resident;
let folder: string;
let delivered: Ended;
let customer: string;
let followed: string;

const at = (name: string): string => join(folder, name);

function run(args: readonly string[], url = database.url): Promise<Ended> {
  const { program } = resident;
  return runWaybill([...args, "--json"], { program, data: at("data"), database: url });
}

/** Telecom with 200 customers, two held intakes (2 and 3), some rows in quarantine, one delivery. */
beforeAll(async () => {
  database = await testDatabase();
  resident = await residentWaybill();
  folder = await mkdtemp(join(tmpdir(), "waybill-json-"));
  const errors = { badRows: 0.01 };
  await generate({ client: "telecom", customers: 200, seed: 3, out: at("files"), errors });
  await run(["apply", join(examples, "telecom")]);
  const billing = at(join("files", "billing.csv"));
  await run(["import", "telecom", "customers", billing]);
  const { db } = database;
  const client = await getClient(db, "telecom");
  const content = await readFile(at(join("files", "tickets.csv")));
  for (const rows of [7, 8]) {
    const options = { dataset: "tickets", expected: { rows, sums: {} } };
    const { exitCode, said } = await attempt(db, client, { content, ...options });
    assert(exitCode === 3, () => `the tickets are not held: ${said}`);
  }
  customer = await value(db, client, "select min(_id) as value from customers");
  await run(["resolve", "telecom"]);
  await writeFile(
    at("people.csv"),
    "name,born\nAda Weber,1980-01-01\nAda Webber,1980-01-01\nBen Hall,1970-02-03\n",
  );
  await writeFile(
    at("consents.csv"),
    "email,purpose,channel,state,stated,source\nno@body.example,marketing,any,granted,2026-01-31,shop\n",
  );
  await writeFile(at("broken.csv"), "a,a\n1,2\n");
  await writeFile(at("there.csv"), "");
  await writeFile(at("contract.yaml"), "kind: Nothing\n");
  await writeFile(at("callers.yaml"), segmentFile("callers", 'calls.within("1y").count() >= 5'));
  await writeFile(at("wrong.yaml"), segmentFile("wrong", "customer.no_such_field == 1"));
  delivered = await run(["deliver", "telecom", "churn-report"]);
  followed = new Date().toISOString();
}, 120_000);

afterAll(async () => {
  await resident[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function segmentFile(segment: string, criteria: string): string {
  const about = "kind: operational\nowner: care\npurpose: essential.service.operations.support";
  return `segment: ${segment}\ntitle: ${segment}\n${about}\ncriteria: '${criteria}'\n`;
}

interface Case {
  readonly args: readonly string[];
  readonly code?: number;
  /** The keys that the document has at least. */
  readonly keys: readonly string[];
}

const file = (name: string): string => join("files", name);
/** Stand for what is not known before the tests run: the folder that paths begin with, an id, a file. */
const HERE = "here:";
const CUSTOMER = "a-customer";
const WAYBILL = "a-waybill";
/** An instant at which memberships were already followed. */
const FOLLOWED = "an-instant";

const STATED = ["--purpose", "marketing.communications.email", "--source", "call"];

/** Whose view is explained, and for what. */
const AS_OPERATIONS = ["--as", "operations", "--purpose", "essential.service.operations.support"];

const results: readonly Case[] = [
  { args: ["plan", join(examples, "telecom")], keys: ["client", "changes", "refusals"] },
  { args: ["apply", join(examples, "retail")], keys: ["client", "changes", "applied"] },
  { args: ["clients"], keys: ["clients"] },
  { args: ["keys", "status", "telecom"], keys: ["client", "master", "destroyed"] },
  { args: ["rights", "list", "telecom"], keys: ["client", "requests"] },
  {
    args: ["disclosures", "telecom", CUSTOMER],
    keys: ["client", "customer", "disclosures"],
  },
  {
    args: ["import", "telecom", "tickets", HERE + file("tickets.csv"), "--dry-run"],
    keys: ["read", "intakes"],
  },
  {
    args: ["import", "telecom", "calls", HERE + file("calls.csv"), "--expect", "rows=1"],
    code: 3,
    keys: ["read", "intakes"],
  },
  { args: ["intake", "list", "telecom"], keys: ["client", "intakes"] },
  { args: ["intake", "show", "telecom", "1"], keys: ["intake", "state"] },
  { args: ["intake", "approve", "telecom", "2"], keys: ["intake", "state"] },
  { args: ["intake", "discard", "telecom", "3"], keys: ["intake", "state"] },
  { args: ["quarantine", "list", "telecom"], keys: ["client", "groups"] },
  { args: ["quarantine", "list", "telecom", "--intake", "1"], keys: ["client", "rows"] },
  {
    args: ["quarantine", "export", "telecom", "1", "--out", `${HERE}refused.csv`],
    keys: ["rows", "file"],
  },
  { args: ["quarantine", "retry", "telecom", "1"], keys: ["intake", "read"] },
  { args: ["customer", "search", "telecom", "nobody"], code: 4, keys: ["client", "customers"] },
  { args: ["customer", "show", "telecom", CUSTOMER], keys: ["customer", "records"] },
  {
    args: ["customer", "export", "telecom", "--out", `${HERE}all.csv`, "--legal-basis", "contract"],
    keys: ["client", "delivery", "waybill", "waybillFile"],
  },
  {
    args: ["view", "grant", "telecom", ...AS_OPERATIONS],
    keys: ["login", "password", "host", "database"],
  },
  { args: ["view", "list", "telecom"], keys: ["client", "views"] },
  { args: ["view", "refresh", "telecom"], keys: ["client", "views"] },
  { args: ["view", "revoke", "telecom", "operations"], keys: ["client", "revoked"] },
  { args: ["policy", "check", "telecom"], keys: ["client", "policies", "access", "idle"] },
  { args: ["policy", "test", join(examples, "telecom")], keys: ["client", "tests", "failed"] },
  { args: ["policy", "diff", "telecom", join(examples, "telecom")], keys: ["more", "less"] },
  {
    args: ["policy", "explain", "telecom", CUSTOMER, "email", ...AS_OPERATIONS],
    keys: ["form", "category", "forms"],
  },
  { args: ["recipient", "list", "telecom"], keys: ["client", "recipients"] },
  { args: ["recipient", "show", "telecom", "care-krakow"], keys: ["state", "daysLeft"] },
  { args: ["consent", "grant", "telecom", CUSTOMER, ...STATED], keys: ["customer", "statement"] },
  { args: ["consent", "withdraw", "telecom", CUSTOMER, ...STATED], keys: ["customer", "isNew"] },
  { args: ["consent", "show", "telecom", CUSTOMER], keys: ["customer", "answers", "standing"] },
  { args: ["consent", "history", "telecom", CUSTOMER], keys: ["customer", "statements"] },
  {
    args: ["consent", "import", "telecom", `${HERE}consents.csv`],
    code: 3,
    keys: ["lines", "recorded", "refusals"],
  },
  { args: ["ledger", "log", "telecom", "--customer", CUSTOMER], keys: ["client", "entries"] },
  { args: ["ledger", "checkpoint", "telecom"], keys: ["origin", "size", "root", "checkpoint"] },
  { args: ["ledger", "key", "telecom"], keys: ["client", "origin", "key"] },
  { args: ["ledger", "prove", "telecom", "0"], keys: ["client", "proof"] },
  { args: ["ledger", "publish", "telecom", "--out", `${HERE}ledger`], keys: ["size", "added"] },
  { args: ["resolve", "telecom", "--full", "--dry-run"], keys: ["dataset", "records", "pairs"] },
  { args: ["resolve", "run", "telecom"], keys: ["client", "scope", "merged"] },
  { args: ["resolve", "explain", "telecom", CUSTOMER], keys: ["kind", "customer", "links"] },
  { args: ["resolve", "review", "telecom", "--list"], keys: ["client", "questions"] },
  { args: ["resolve", "review", "telecom", "--report"], keys: ["labelled", "thresholds"] },
  { args: ["resolve", "model", "telecom"], keys: ["client", "number", "model"] },
  { args: ["link", `${HERE}people.csv`], keys: ["pairs", "clusters", "seconds", "peakRssMb"] },
  { args: ["segment", "list", "telecom"], keys: ["client", "asOf", "segments"] },
  { args: ["segment", "show", "telecom", "churned"], keys: ["segment", "state", "members"] },
  { args: ["segment", "members", "telecom", "churned"], keys: ["client", "members", "basis"] },
  { args: ["segment", "members", "telecom", "loyal", "--newest"], keys: ["client", "members"] },
  { args: ["segment", "preview", "telecom", "customer.churned == true"], keys: ["client"] },
  {
    args: ["segment", "explain", "telecom", "churned", CUSTOMER],
    keys: ["member", "isMember", "explanation"],
  },
  { args: ["segment", "watch", "telecom", "--after", "0", "--limit", "1"], keys: ["change"] },
  { args: ["segment", "history", "telecom"], keys: ["client", "entries"] },
  {
    args: ["segment", "compare", "telecom", "churned", "--from", FOLLOWED],
    keys: ["from", "to", "moves"],
  },
  { args: ["segment", "trend", "telecom", "churned"], keys: ["since", "points"] },
  {
    args: ["segment", "forecast", "telecom", "frequent-callers", "--to", "2100-01-01"],
    keys: ["entering", "leaving"],
  },
  { args: ["segment", "plan", "telecom", `${HERE}callers.yaml`], keys: ["client", "plans"] },
  { args: ["segment", "apply", "telecom", `${HERE}callers.yaml`], keys: ["switched", "refused"] },
  { args: ["segment", "versions", "telecom", "churned"], keys: ["segment", "versions"] },
  { args: ["segment", "pin", "telecom", "california", CUSTOMER], keys: ["member", "direction"] },
  { args: ["segment", "pins", "telecom"], keys: ["client", "pins"] },
  { args: ["segment", "overlap", "telecom"], keys: ["segments", "pairs"] },
  { args: ["segment", "overlap", "telecom", "--upset"], keys: ["segments", "combinations"] },
  { args: ["segment", "funnel", "telecom", "loyal"], keys: ["everybody", "steps"] },
  { args: ["segment", "profile", "telecom", "churned", "contract"], keys: ["field", "buckets"] },
  { args: ["segment", "profile", "telecom", "churned"], keys: ["segment", "fields"] },
  { args: ["segment", "health", "telecom"], keys: ["isWell", "behind"] },
  { args: ["score", "list", "telecom"], keys: ["client", "scores"] },
  { args: ["score", "run", "telecom"], keys: ["client", "runs"] },
  { args: ["deliver", "telecom", "churn-report", "--dry-run"], keys: ["route", "state"] },
  { args: ["deliveries", "telecom"], keys: ["client", "deliveries"] },
  { args: ["verify", WAYBILL], keys: ["ok", "checks"] },
  { args: ["key"], keys: [] },
  { args: ["status"], keys: ["clients"] },
  { args: ["jobs", "list"], keys: ["jobs"] },
  {
    args: ["generate", "retail", "--customers", "3", "--out", `${HERE}retail`],
    keys: ["files", "out"],
  },
];

/** Commands that have no end of their own, or are a story for people. */
const UNTABLED = ["serve", "demo", "help"];
/** Have no result here: nothing was applied twice, and nobody is unpinned that others look at. */
const UNTABLED_OF_SEGMENT = ["remove", "rollback", "unpin"];

const errors: readonly (Case & { readonly kind: string })[] = [
  { args: ["plan", `${HERE}nowhere`], code: 4, kind: "not-found", keys: [] },
  { args: ["apply", HERE], code: 2, kind: "invalid-input", keys: [] },
  {
    args: ["import", "telecom", "calls", `${HERE}no.csv`],
    code: 2,
    kind: "invalid-input",
    keys: [],
  },
  {
    args: ["import", "telecom", "calls", `${HERE}broken.csv`],
    code: 2,
    kind: "invalid-input",
    keys: [],
  },
  { args: ["import", "nobody", "x", `${HERE}there.csv`], code: 4, kind: "not-found", keys: [] },
  { args: ["intake", "show", "telecom", "99"], code: 4, kind: "not-found", keys: [] },
  { args: ["intake", "approve", "telecom", "1"], code: 5, kind: "conflict", keys: [] },
  { args: ["intake", "approve", "telecom", "one"], code: 2, kind: "invalid-input", keys: [] },
  {
    args: ["quarantine", "export", "telecom", "1", "--out", `${HERE}there.csv`],
    code: 2,
    kind: "invalid-input",
    keys: [],
  },
  {
    args: ["quarantine", "export", "telecom", "1", "--out", `${HERE}no/where.csv`],
    code: 2,
    kind: "invalid-input",
    keys: [],
  },
  { args: ["customer", "show", "telecom", "99999999"], code: 4, kind: "not-found", keys: [] },
  { args: ["recipient", "show", "telecom", "nope"], code: 4, kind: "not-found", keys: [] },
  { args: ["view", "revoke", "telecom", "nope"], code: 4, kind: "not-found", keys: [] },
  {
    args: ["consent", "grant", "telecom", "99999999", ...STATED],
    code: 4,
    kind: "not-found",
    keys: [],
  },
  {
    args: ["consent", "grant", "telecom", CUSTOMER, "--purpose", "marketin", "--source", "call"],
    code: 2,
    kind: "invalid-input",
    keys: [],
  },
  {
    args: ["consent", "show", "telecom", CUSTOMER, "--as", "care-krakow"],
    code: 6,
    kind: "forbidden",
    keys: [],
  },
  { args: ["resolve", "explain", "telecom", "99999999"], code: 4, kind: "not-found", keys: [] },
  { args: ["resolve", "unmerge", "telecom", "one"], code: 2, kind: "invalid-input", keys: [] },
  {
    args: ["resolve", "judge", "telecom", "7-7", "same"],
    code: 2,
    kind: "invalid-input",
    keys: [],
  },
  { args: ["resolve", "undo", "telecom", "1-2"], code: 4, kind: "not-found", keys: [] },
  { args: ["resolve", "merge", "telecom", "5", "5"], code: 2, kind: "invalid-input", keys: [] },
  { args: ["resolve", "review", "telecom"], code: 2, kind: "invalid-input", keys: [] },
  {
    args: ["resolve", "telecom", "--dataset", "calls"],
    code: 4,
    kind: "not-found",
    keys: [],
  },
  { args: ["link", `${HERE}no.csv`], code: 2, kind: "invalid-input", keys: [] },
  {
    args: ["segment", "preview", "telecom", "customer.x =="],
    code: 2,
    kind: "invalid-input",
    keys: [],
  },
  { args: ["segment", "members", "telecom", "nope"], code: 4, kind: "not-found", keys: [] },
  { args: ["segment", "show", "telecom", "nope"], code: 4, kind: "not-found", keys: [] },
  { args: ["segment", "watch", "telecom", "nope"], code: 4, kind: "not-found", keys: [] },
  {
    args: ["segment", "plan", "telecom", `${HERE}wrong.yaml`],
    code: 2,
    kind: "invalid-input",
    keys: [],
  },
  { args: ["segment", "remove", "telecom", "at-risk"], code: 3, kind: "refused", keys: [] },
  { args: ["segment", "rollback", "telecom", "churned"], code: 4, kind: "not-found", keys: [] },
  { args: ["segment", "unpin", "telecom", "loyal", "1"], code: 4, kind: "not-found", keys: [] },
  { args: ["segment", "funnel", "telecom"], code: 2, kind: "invalid-input", keys: [] },
  {
    args: ["segment", "funnel", "telecom", "--criteria", "customer.churned", "--counts-only"],
    code: 6,
    kind: "forbidden",
    keys: [],
  },
  { args: ["score", "run", "telecom", "nope"], code: 4, kind: "not-found", keys: [] },
  { args: ["deliver", "telecom", "nope"], code: 4, kind: "not-found", keys: [] },
  { args: ["verify", `${HERE}nowhere.json`], code: 4, kind: "not-found", keys: [] },
  { args: ["jobs", "show", "99"], code: 4, kind: "not-found", keys: [] },
  { args: ["no-such-command"], code: 2, kind: "invalid-input", keys: [] },
  { args: ["import", "telecom"], code: 2, kind: "invalid-input", keys: [] },
  { args: ["clients", "--no-such-option"], code: 2, kind: "invalid-input", keys: [] },
];

function waybillFile(): string {
  const report: unknown = JSON.parse(delivered.stdout);
  const path = report !== null && typeof report === "object" && Reflect.get(report, "waybillFile");
  return String(path);
}

function resolved({ args }: Case): string[] {
  return args.map((arg) => {
    if (arg.startsWith(HERE)) {
      return join(folder, arg.slice(HERE.length));
    }
    const known = new Map([
      [CUSTOMER, customer],
      [WAYBILL, waybillFile()],
      [FOLLOWED, followed],
    ]);
    return known.get(arg) ?? arg;
  });
}

/** As a test's name. */
function titled<C extends Case>(each: C): readonly [string, C] {
  return [each.args.map((arg) => basename(arg)).join(" "), each];
}

describe("a result is one document:", () => {
  test.for(results.map(titled))("%s", async ([, each]) => {
    const { code, stdout, stderr } = await run(resolved(each));

    expect({ code, stderr: code === (each.code ?? 0) ? "" : stderr }).toEqual({
      code: each.code ?? 0,
      stderr: "",
    });
    expect(Object.keys(JSON.parse(stdout))).toEqual(expect.arrayContaining([...each.keys]));
  });
});

describe("an error is one document, its exit code is that of its kind:", () => {
  test.for(errors.map(titled))("%s", async ([, each]) => {
    const { code, stdout, stderr } = await run(resolved(each));

    expect(JSON.parse(stdout)).toMatchObject({ error: { kind: each.kind } });
    expect(stderr).toMatch(/^error: /m);
    expect(code).toBe(each.code);
  });

  test("a database that is not there", async () => {
    const { code, stdout } = await run(["clients"], "postgres://x:y@127.0.0.1:1/x");

    expect(JSON.parse(stdout)).toMatchObject({ error: { kind: "unavailable" } });
    expect(code).toBe(7);
  });
});

test("the table above has every command", async () => {
  const { stdout } = await runWaybill(["--help"], { data: folder });

  const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) =>
    must(name, "matched"),
  );
  const tabled = results.map((each) => each.args[0]);
  expect(commands.length).toBeGreaterThan(10);
  expect(commands.filter((name) => !tabled.includes(name) && !UNTABLED.includes(name))).toEqual([]);
});

test("the table above has every command of segments", async () => {
  const { stdout } = await runWaybill(["segment", "--help"], { data: folder });

  const commands = [...stdout.matchAll(/^ {2}([a-z]+) </gm)].map(([, name]) =>
    must(name, "matched"),
  );
  const tabled = results.filter(({ args }) => args[0] === "segment").map(({ args }) => args[1]);
  expect(commands.length).toBeGreaterThan(15);
  const untabled = commands.filter((name) => !tabled.includes(name));
  expect(untabled.toSorted()).toEqual(UNTABLED_OF_SEGMENT);
});
