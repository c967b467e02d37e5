/** What is held, what is refused, and what a person does about it. */
import { expect, test } from "vitest";
import { systemClock } from "../../src/platform/clock.ts";
import {
  approveIntake,
  discardIntake,
  getIntake,
  retryQuarantined,
} from "../../src/modules/intake/index.ts";
import { must, WaybillError } from "../../src/kernel/index.ts";
import { testDatabase } from "../support/database.ts";
import { contents, SOUND, soundness, value } from "./client-state.ts";
import { applyShop, attempt } from "./scene.ts";

const PEOPLE = "number,name,balance\n1,Ada,10.00\n2,Ben,20.50\n3,Cy,-0.01\n";
const COUNT = "select count(*) as value from customers";

const decision = { actor: "bob", signal: new AbortController().signal, onNote: () => undefined };

/** The kind of error that a promise is rejected with. */
async function kindOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof WaybillError ? error.kind : String(error);
}

test.for([
  ["too many rows", { rows: 4, sums: {} }, "3 rows arrived, 4 were expected"],
  ["a sum that is a hundredth off", { sums: { balance: "30.50" } }, "the sum of balance is 30.49"],
] as const)(
  "control totals hold an intake with %s until it is approved",
  async ([, expected, reason]) => {
    await using database = await testDatabase();
    const { db } = database;
    const client = await applyShop(db);

    const held = await attempt(db, client, { content: PEOPLE, expected });

    expect(held.exitCode).toBe(3);
    expect(held.report?.reasons.join()).toContain(reason);
    expect(await value(db, client, COUNT)).toBe("0");
    const intake = must(held.report?.intake, "a held intake has a number");

    const approved = await approveIntake(
      { db, clock: systemClock },
      { ...decision, client, intake },
    );

    expect(approved).toMatchObject({ state: "published", read: 3n, accepted: 3n });
    expect(approved.reasons.at(-1)).toBe("approved by bob");
    expect(await value(db, client, COUNT)).toBe("3");
    expect(await soundness(db, "shop")).toEqual({ ...SOUND, intakes: { published: 1 } });
  },
);

test("a held intake that is discarded leaves nothing, and the file can come again", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const client = await applyShop(db);
  const { report } = await attempt(db, client, {
    content: PEOPLE,
    expected: { rows: 4, sums: {} },
  });
  const intake = must(report?.intake, "a held intake has a number");

  const discarded = await discardIntake(
    { db, clock: systemClock },
    { ...decision, client, intake },
  );

  expect(discarded.state).toBe("discarded");
  expect(await value(db, client, COUNT)).toBe("0");
  const again = await attempt(db, client, { content: PEOPLE, expected: { rows: 3, sums: {} } });
  expect(again.report).toMatchObject({ state: "published", accepted: 3 });
  expect(await soundness(db, "shop")).toEqual({
    ...SOUND,
    intakes: { discarded: 1, published: 1 },
  });
});

test("of all who decide about one held intake at once, one alone succeeds", async () => {
  await using database = await testDatabase({ poolSize: 16 });
  const { db } = database;
  const client = await applyShop(db);
  const { report } = await attempt(db, client, {
    content: PEOPLE,
    expected: { rows: 4, sums: {} },
  });
  const intake = must(report?.intake, "a held intake has a number");
  const deps = { db, clock: systemClock };

  const decided = await Promise.allSettled([
    approveIntake(deps, { ...decision, client, intake }),
    discardIntake(deps, { ...decision, client, intake }),
    approveIntake(deps, { ...decision, client, intake }),
    discardIntake(deps, { ...decision, client, intake }),
  ]);

  const failures = decided.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
  expect(failures.map((error) => error instanceof WaybillError && error.kind)).toEqual([
    "conflict",
    "conflict",
    "conflict",
  ]);
  const { state } = await getIntake(db, client, intake);
  expect(await value(db, client, COUNT)).toBe(state === "published" ? "3" : "0");
  expect(await soundness(db, "shop")).toMatchObject(SOUND);
  expect(await kindOf(approveIntake(deps, { ...decision, client, intake }))).toBe("conflict");
  expect(await kindOf(approveIntake(deps, { ...decision, client, intake: 99n }))).toBe("not-found");
});

test("a held intake survives the imports after it, and a held one is not taken for interrupted", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const client = await applyShop(db);
  const { report } = await attempt(db, client, {
    content: PEOPLE,
    expected: { rows: 4, sums: {} },
  });
  await attempt(db, client, { content: "number,name\n4,Dee\n" });
  const intake = must(report?.intake, "a held intake has a number");

  await approveIntake({ db, clock: systemClock }, { ...decision, client, intake });

  expect(await value(db, client, COUNT)).toBe("4");
});

test("more rejects than the source allows hold the intake", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const sources = {
    "crm.yaml":
      "source: crm\ndataset: customers\nprecedence: 1\nrejects: {percent: 40, rows: 10}\n",
  };
  const client = await applyShop(db, { sources });

  const { exitCode, report } = await attempt(db, client, {
    content: "number,balance\n1,1.00\n2,many\n",
  });

  expect(exitCode).toBe(3);
  expect(report?.reasons).toEqual(["50.00 % of the rows were rejected, at most 40 % are allowed"]);
  expect(await value(db, client, COUNT)).toBe("0");
});

test("quarantined rows go in after the source is mended, and wait again while it is not", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const source = (fields: string): string =>
    `source: crm\ndataset: customers\nprecedence: 1\nrejects: {percent: 70}\n${fields}`;
  const client = await applyShop(db, { sources: { "crm.yaml": source("") } });
  const content =
    'number,name,balance\n1,Ada,10.00\n2,"Ben, the second","20,50"\n3,Cy,"1.000,25"\n';
  const { report } = await attempt(db, client, { content });
  expect(report).toMatchObject({ accepted: 1, quarantined: 2, state: "published" });
  const request = { ...decision, client, intake: must(report?.intake, "it is published") };
  const deps = { db, clock: systemClock };

  const inVain = await retryQuarantined(deps, request);

  // All of them are more than the source allows of a file; what is retried is no file.
  expect(inVain).toMatchObject({ state: "published", read: 2, accepted: 0, quarantined: 2 });
  const mended = await applyShop(db, {
    sources: {
      "crm.yaml": source('fields:\n  balance: {column: balance, decimal: ",", thousands: "."}\n'),
    },
  });
  const retried = await retryQuarantined(deps, {
    ...request,
    client: mended,
    intake: must(inVain.intake, "it is published"),
  });
  expect(retried).toMatchObject({ read: 2, accepted: 2, quarantined: 0 });
  expect(await value(db, client, "select sum(balance) as value from customers")).toBe("1030.75");
  expect(await value(db, client, "select name as value from customers where number = '2'")).toBe(
    "Ben, the second",
  );
  expect(await kindOf(retryQuarantined(deps, request))).toBe("invalid-input");
  expect(
    await value(db, client, "select count(*) as value from _quarantine where state = 'open'"),
  ).toBe("0");
});

test("a dry run reports what would happen and changes not one byte", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const client = await applyShop(db);
  await attempt(db, client, { content: PEOPLE });
  const before = await contents(db, "shop");

  const { report } = await attempt(db, client, {
    content: "number,name,balance\n2,Benjamin,20.50\n3,Cy,-0.01\n4,Dee,1\n5,Eve,x\n",
    dryRun: true,
  });

  expect(report).toMatchObject({ state: "dry-run", intake: undefined });
  expect(report).toMatchObject({ read: 4, accepted: 1, changed: 1, unchanged: 1, quarantined: 1 });
  expect(await contents(db, "shop")).toEqual(before);
});
