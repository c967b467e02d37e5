import { expect, test } from "vitest";
import { createTables } from "../../../../tests/criteria/agreement.ts";
import { worldCatalogue } from "../../../../tests/criteria/world.ts";
import { testDatabase, testScope } from "../../../../tests/support/database.ts";
import { FixedClock } from "../../../kernel/index.ts";
import type { SegmentClient } from "../segments.ts";
import { calculateScores } from "./calculate.ts";
import { listScores } from "./list-scores.ts";

const NOW = new Date("2026-03-01T12:00:00Z");

async function apply({ db, scope }: SegmentClient, version: number, every: string): Promise<void> {
  const body = {
    score: "visits",
    title: "Visits",
    owner: "team",
    of: "customer.visits",
    buckets: 5,
  };
  await db.scoped(scope, (tx) =>
    tx.run(
      `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by)
       values ('score', 'visits', $1, ''::bytea, $2::jsonb, $3, 'test')`,
      [version, { ...body, every }, NOW],
    ),
  );
}

test("a score is due at once until its newest version was calculated, and then as often as it says", async () => {
  await using database = await testDatabase();
  const { db } = database;
  const scope = await testScope(db);
  const catalogue = worldCatalogue("Europe/Berlin");
  await createTables(db, scope, catalogue);
  const client = { db, scope, catalogue };
  await apply(client, 1, "1d");

  const [never] = await listScores(client);
  await calculateScores(client, { clock: new FixedClock(NOW) });
  const [calculated] = await listScores(client);
  await apply(client, 2, "12h");
  const [edited] = await listScores(client);

  expect(never).toMatchObject({ score: "visits", version: 1, run: undefined, dueAt: undefined });
  expect(calculated).toMatchObject({ run: { version: 1, customers: 0n, scoredAt: NOW } });
  expect(calculated?.dueAt).toEqual(new Date("2026-03-02T12:00:00Z"));
  expect(edited).toMatchObject({ version: 2, run: { version: 1 }, dueAt: undefined });
});
