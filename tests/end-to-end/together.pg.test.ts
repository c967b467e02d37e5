/** Several imports of one client at the same time. */
import { expect, test } from "vitest";
import { must } from "../../src/kernel/index.ts";
import { approveIntake } from "../../src/modules/intake/index.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { testDatabase } from "../support/database.ts";
import { contents, SOUND, soundness, value } from "./client-state.ts";
import { applyShop, attempt } from "./scene.ts";

/** Customers `from` to `to`, with a balance of their number. */
function customers(from: number, to: number): string {
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  return `number,name,balance\n${numbers.map((n) => `${n},Name ${n},${n}.00\n`).join("")}`;
}

test("imports of one client at once make one customer per key, and leave each other's intakes alone", async () => {
  await using database = await testDatabase({ poolSize: 32 });
  const { db } = database;
  const client = await applyShop(db);

  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      attempt(db, client, { content: customers(1 + 50 * index, 300 + 50 * index) }),
    ),
  );

  expect(outcomes.map(({ said }) => said.replace(/^another intake.*\n/gm, ""))).toEqual(
    Array.from({ length: 8 }, () => ""),
  );
  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual(Array.from({ length: 8 }, () => 0));
  expect(await value(db, client, "select count(*) as value from customers")).toBe("650");
  expect(await value(db, client, "select count(*) as value from customers__records")).toBe("650");
  expect(await soundness(db, "shop")).toEqual({ ...SOUND, intakes: { published: 8 } });
});

test("an import that is being held is not taken for interrupted by those beside it", async () => {
  await using database = await testDatabase({ poolSize: 32 });
  const { db } = database;
  const client = await applyShop(db);

  const outcomes = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      attempt(db, client, {
        content: customers(1 + 100 * index, 100 + 100 * index),
        expected: index % 2 === 0 ? { rows: 7, sums: {} } : { sums: {} },
      }),
    ),
  );

  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([3, 0, 3, 0, 3, 0, 3, 0]);
  const held = outcomes.flatMap(({ report }) => (report?.state === "held" ? [report.intake] : []));
  for (const intake of held) {
    await approveIntake(
      { db, clock: systemClock },
      {
        client,
        intake: must(intake, "a held intake has a number"),
        actor: "bob",
        signal: new AbortController().signal,
        onNote: () => undefined,
      },
    );
  }
  expect(await value(db, client, "select count(*) as value from customers")).toBe("800");
  expect(await soundness(db, "shop")).toEqual({ ...SOUND, intakes: { published: 8 } });
});

test("the same file twice changes nothing but the register of intakes", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const client = await applyShop(db);
  const content = customers(1, 500);
  await attempt(db, client, { content });
  const { _intakes: _before, ...before } = await contents(db, "shop");

  const { report } = await attempt(db, client, { content });

  const { _intakes: _after, ...after } = await contents(db, "shop");
  expect(report).toMatchObject({ read: 500, accepted: 0, changed: 0, unchanged: 500 });
  expect(after).toEqual(before);
});
