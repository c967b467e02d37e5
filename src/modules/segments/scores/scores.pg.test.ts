import fc from "fast-check";
import { expect, test } from "vitest";
import { createTables, loadWorld } from "../../../../tests/criteria/agreement.ts";
import { worldCatalogue } from "../../../../tests/criteria/world.ts";
import { testDatabase, testScope } from "../../../../tests/support/database.ts";
import { FixedClock } from "../../../kernel/index.ts";
import type { Database } from "../../../platform/postgres/index.ts";
import { readChanges } from "../../customers/index.ts";
import type { SegmentClient } from "../segments.ts";
import { calculateScores, dueScores } from "./calculate.ts";

const catalogue = worldCatalogue("Europe/Berlin");
const NOW = new Date("2026-03-01T12:00:00Z");
const DAY_MS = 86_400_000;

async function clientOf(db: Database): Promise<SegmentClient> {
  const scope = await testScope(db);
  await createTables(db, scope, catalogue);
  return { db, scope, catalogue };
}

async function loadVisits(client: SegmentClient, visits: readonly (string | null)[]) {
  const customers = visits.map((value, index) => ({
    id: index + 1,
    fields: { visits: value, vip: index % 2 === 0 },
    orders: [],
    tickets: [],
  }));
  const world = { timeZone: catalogue.timeZone, clocks: [], accounts: [], customers };
  await client.db.scoped(client.scope, (tx) => loadWorld(tx, world));
}

async function apply(client: SegmentClient, more: Record<string, unknown> | null, name = "visits") {
  const whole = { score: name, title: name, owner: "team", of: "customer.visits", buckets: 5 };
  const body = more && { ...whole, ...more };
  await client.db.scoped(client.scope, (tx) =>
    tx.run(
      `insert into _definitions (kind, name, version, sha256, body, applied_at, applied_by)
       select 'score', $1, 1 + count(*), ''::bytea, $2::jsonb, $3, 'test'
         from _definitions where kind = 'score' and name = $1`,
      [name, body, NOW],
    ),
  );
}

async function bucketsOf(client: SegmentClient, score = "visits") {
  const rows = await client.db.scoped(client.scope, (tx) =>
    tx.rows<{ customer: bigint; bucket: number }>(
      "select customer, bucket from _scores where score = $1 order by customer",
      [score],
    ),
  );
  return new Map(rows.map(({ customer, bucket }) => [Number(customer), bucket]));
}

async function entriesOf(client: SegmentClient) {
  const changes = await client.db.scoped(client.scope, (tx) => readChanges(tx, 0n, 10_000));
  return changes.map(({ rowId, fields }) => [Number(rowId), fields]);
}

/** As docs/criteria.md says it: the highest bucket of which at least that share is worse. */
function bucketOf(own: bigint, all: readonly bigint[], buckets: number): number {
  const worse = all.filter((other) => other < own).length;
  for (let bucket = buckets; bucket > 1; bucket--) {
    if (worse * buckets >= (bucket - 1) * all.length) {
      return bucket;
    }
  }
  return 1;
}

test("a bucket is the highest of which at least that share is worse, whatever the ties", async () => {
  await using database = await testDatabase();
  const client = await clientOf(database.db);
  await apply(client, { buckets: 5 }, "five");
  await apply(client, { buckets: 100, best: "lowest" }, "hundred");
  const clock = new FixedClock(NOW);

  const property = fc.asyncProperty(
    fc.array(fc.option(fc.bigInt({ min: -3n, max: 9n })), { minLength: 1, maxLength: 40 }),
    async (visits) => {
      await loadVisits(
        client,
        visits.map((one) => one?.toString() ?? null),
      );
      await calculateScores(client, { clock });
      const [five, hundred] = [await bucketsOf(client, "five"), await bucketsOf(client, "hundred")];
      const known = visits.filter((one) => one !== null);
      const mirrored = known.map((one) => -one);
      for (const [index, own] of visits.entries()) {
        const id = index + 1;
        expect(five.get(id)).toBe(own === null ? undefined : bucketOf(own, known, 5));
        expect(hundred.get(id)).toBe(own === null ? undefined : bucketOf(-own, mirrored, 100));
      }
    },
  );
  await fc.assert(property, { numRuns: 25 });
});

test("without ties, buckets of a multiple are of equal size", async () => {
  await using database = await testDatabase();
  const client = await clientOf(database.db);
  await loadVisits(
    client,
    Array.from({ length: 20 }, (_, index) => String(index * index)),
  );
  await apply(client, {});

  const [run] = await calculateScores(client, { clock: new FixedClock(NOW) });

  const sizes = Map.groupBy((await bucketsOf(client)).values(), (bucket) => bucket);
  expect([...sizes.values()].map((members) => members.length)).toEqual([4, 4, 4, 4, 4]);
  expect(run).toMatchObject({
    score: "visits",
    version: 1,
    customers: 20n,
    changed: 20n,
    bounds: { 1: "0", 2: "16", 3: "64", 4: "144", 5: "256" },
  });
});

test("calculating again changes nothing; whoever moves is in the change log, once for all scores", async () => {
  await using database = await testDatabase();
  const client = await clientOf(database.db);
  const clock = new FixedClock(NOW);
  await loadVisits(client, ["1", "2", "3", null]);
  await apply(client, { buckets: 3 });
  await apply(client, { buckets: 3, best: "lowest" }, "absence");
  await calculateScores(client, { clock });
  const first = await entriesOf(client);
  clock.set(new Date(NOW.getTime() + DAY_MS));
  const again = await calculateScores(client, { clock });

  const both = ["absence", "visits"];
  expect(first).toEqual([
    [1, both],
    [2, both],
    [3, both],
  ]);
  expect(again.map(({ changed }) => changed)).toEqual([0n, 0n]);
  expect(await entriesOf(client)).toEqual(first);
});

test("who loses the number loses the score", async () => {
  await using database = await testDatabase();
  const client = await clientOf(database.db);
  const clock = new FixedClock(NOW);
  await apply(client, { buckets: 2 });
  await loadVisits(client, ["1", "2"]);
  await calculateScores(client, { clock });
  await client.db.scoped(client.scope, (tx) =>
    tx.run("update customers set visits = case when _id = 2 then null else 7 end"),
  );

  const runs = await calculateScores(client, { clock });

  expect(runs.map(({ customers, changed }) => [customers, changed])).toEqual([[1n, 1n]]);
  expect(await bucketsOf(client)).toEqual(new Map([[1, 1]]));
  expect((await entriesOf(client)).slice(2)).toEqual([[2, ["visits"]]]);
});

test("of two calculations at once one does the work, and the other finds nothing to do", async () => {
  await using database = await testDatabase();
  const client = await clientOf(database.db);
  const clock = new FixedClock(NOW);
  await loadVisits(
    client,
    Array.from({ length: 1_500 }, (_, index) => String(index)),
  );
  await apply(client, {});

  const both = await Promise.all([
    calculateScores(client, { clock }),
    calculateScores(client, { clock }),
  ]);

  const changed = both.flat().map((run) => Number(run.changed));
  expect(changed.toSorted((a, b) => a - b)).toEqual([0, 1_500]);
  expect(await entriesOf(client)).toHaveLength(1_500);
});

test("only those among whom a score is are compared", async () => {
  await using database = await testDatabase();
  const client = await clientOf(database.db);
  await loadVisits(client, ["9", "1", "5", "1"]);
  await apply(client, { among: "customer.vip", buckets: 2 });

  await calculateScores(client, { clock: new FixedClock(NOW) });

  expect(await bucketsOf(client)).toEqual(
    new Map([
      [1, 2],
      [3, 1],
    ]),
  );
});

test("a score is due before its first calculation, after a new version, and when its interval is over", async () => {
  await using database = await testDatabase();
  const client = await clientOf(database.db);
  const clock = new FixedClock(NOW);
  const due = (afterMs: number) => dueScores(client, new Date(NOW.getTime() + afterMs));
  await loadVisits(client, ["1"]);
  await apply(client, { every: "12h" });

  expect(await due(0)).toEqual(["visits"]);
  await calculateScores(client, { clock, names: ["visits"] });
  expect(await due(DAY_MS / 2 - 1)).toEqual([]);
  expect(await due(DAY_MS / 2)).toEqual(["visits"]);
  await apply(client, { every: "12h", buckets: 3 });
  expect(await due(0)).toEqual(["visits"]);
});

test("a score that was removed is due once more, and takes its places with it", async () => {
  await using database = await testDatabase();
  const client = await clientOf(database.db);
  const clock = new FixedClock(NOW);
  await loadVisits(client, ["1", "2"]);
  await apply(client, {});
  await calculateScores(client, { clock });
  await apply(client, null);
  clock.set(new Date(NOW.getTime() + 1));
  const names = await dueScores(client, clock.now());

  const runs = await calculateScores(client, { clock, names });

  expect(names).toEqual(["visits"]);
  expect(runs).toMatchObject([{ customers: 0n, changed: 2n }]);
  expect(await bucketsOf(client)).toEqual(new Map());
  expect(await dueScores(client, clock.now())).toEqual([]);
});

test("a score that there is not is not found", async () => {
  await using database = await testDatabase();
  const client = await clientOf(database.db);
  await apply(client, {});

  const calculation = calculateScores(client, { clock: new FixedClock(NOW), names: ["vists"] });

  await expect(calculation).rejects.toThrow('there is no score "vists"');
});
