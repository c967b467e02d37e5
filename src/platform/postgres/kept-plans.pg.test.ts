import { expect, test } from "vitest";
import { createScope } from "./index.ts";
import { MOST_KEPT_TEXT } from "./kept-plans.ts";
import { testDatabase } from "../../../tests/support/database.ts";

const keepsPlans = true;

/** Statements that begin a transaction are kept as well; they take no values. */
const ofValues = "from pg_prepared_statements where cardinality(parameter_types) > 0";

test("a statement with values is planned once on a connection that keeps plans, without looking at them", async () => {
  await using database = await testDatabase({ poolSize: 1 });
  const { db } = database;

  for (const value of [1, 2, 3]) {
    const row = await db.control((tx) => tx.row<{ n: number }>("select $1::int as n", [value]), {
      keepsPlans,
    });
    expect(row.n).toBe(value);
  }

  const plans = await db.control((tx) =>
    tx.rows(`select statement, generic_plans, custom_plans ${ofValues}`),
  );
  expect(plans).toEqual([
    { statement: "select $1::int as n", generic_plans: 3n, custom_plans: 0n },
  ]);
});

test("two clients' equal statements see their own tables on the same connection", async () => {
  await using database = await testDatabase({ poolSize: 1 });
  const { db } = database;
  const scopes = [await createScope(db, "red"), await createScope(db, "blue")];
  for (const scope of scopes) {
    await db.defining(scope, async (tx) => {
      await tx.run("create table paint (name text)");
      await tx.run("insert into paint values ($1)", [scope.key]);
    });
  }

  const found: string[] = [];
  for (const scope of [...scopes, ...scopes]) {
    const { name } = await db.scoped(
      scope,
      (tx) => tx.row<{ name: string }>("select name from paint where $1", [true]),
      { keepsPlans },
    );
    found.push(name);
  }

  expect(found).toEqual(["red", "blue", "red", "blue"]);
});

test("a connection that keeps very many plans is closed, so that they are forgotten", async () => {
  await using database = await testDatabase({ poolSize: 1 });
  const { db } = database;
  const count = `select count(*) as n ${ofValues}`;
  const long = `/* ${"x".repeat(MOST_KEPT_TEXT / 2)} */`;
  const keep = (n: number) =>
    db.control((tx) => tx.run(`select $1::int + ${n} ${long}`, [n]), { keepsPlans });

  await keep(1);
  expect(await db.control((tx) => tx.row(count))).toEqual({ n: 1n });
  await keep(2);

  expect(await db.control((tx) => tx.row(count))).toEqual({ n: 0n });
});
