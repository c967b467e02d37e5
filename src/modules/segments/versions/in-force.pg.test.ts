import { expect, test } from "vitest";
import { testDatabase } from "../../../../tests/support/database.ts";
import { makeScene, people, type Scene } from "../../../../tests/segments/settled-scene.ts";
import type { SettleProgress } from "./settle.ts";
import { criteriaSelection, explainSegment, listSegments, segmentQuery } from "../index.ts";

/** Whom a delivery of the segment would reach, and one of criteria that name it. */
async function reached({ client, clock }: Scene, segment: string): Promise<readonly number[][]> {
  const { db, scope, catalogue } = client;
  const asOf = clock.now();
  return await db.scoped(scope, async (tx) => {
    const criteria = `!in_segment("${segment}")`;
    const queries = [
      await segmentQuery(tx, catalogue, { segment, asOf }),
      await criteriaSelection(tx, catalogue, { criteria, asOf }),
    ];
    const found: number[][] = [];
    for (const { sql, values } of queries) {
      const rows = await tx.rows<{ _id: bigint }>(
        `select _id from (${sql}) m order by _id`,
        values,
      );
      found.push(rows.map(({ _id }) => Number(_id)));
    }
    return found;
  });
}

test("while a newer version is being filled, the one in force says who is delivered", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(4));
  await scene.define("some", 'customer.city == "Berlin"');
  await scene.settle();
  await scene.define("some", 'customer.city == "Hamburg"');

  const stop = new AbortController();
  const onProgress = ({ kind }: SettleProgress): void =>
    kind === "filling" ? stop.abort() : undefined;
  await expect(scene.settle({ onProgress, signal: stop.signal })).rejects.toThrow("stopped");
  expect(await reached(scene, "some")).toEqual([
    [2, 4],
    [1, 3],
  ]);

  await scene.settle();
  expect(await reached(scene, "some")).toEqual([
    [1, 3],
    [2, 4],
  ]);
});

test("where the newest version was refused, the one in force goes on to answer and to explain", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(4));
  const size = { atMost: 2 };
  await scene.define("some", 'customer.city == "Berlin"', { size });
  await scene.settle();
  await scene.define("some", "true", { size });
  await scene.settle();

  expect(await reached(scene, "some")).toEqual([
    [2, 4],
    [1, 3],
  ]);
  const asOf = scene.clock.now();
  const why = await explainSegment(scene.client, { segment: "some", member: 1n, asOf });
  expect([why.member, why.kept?.member, why.kept?.version]).toEqual([false, false, 1]);
  const [listed] = await listSegments(scene.client, { asOf });
  expect(listed).toMatchObject({ version: 2, inForce: 1, members: 2n, criteria: "true" });
});

test("a definition that nobody has taken up yet answers as it is written", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(4));
  await scene.define("some", 'customer.city == "Berlin"');

  expect(await reached(scene, "some")).toEqual([
    [2, 4],
    [1, 3],
  ]);
});

test("where the version in force does not fit the contract any more, the newest answers", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(4));
  const size = { atMost: 2 };
  await scene.define("some", 'customer.nickname == "x"', { size });
  await scene.settle();
  await scene.define("some", 'customer.city in ["Berlin", "Hamburg"]', { size });
  await scene.settle();
  const { catalogue } = scene.client;
  const datasets = catalogue.datasets.map((dataset) => ({
    ...dataset,
    fields: dataset.fields.filter(({ name }) => name !== "nickname"),
  }));
  const client = { ...scene.client, catalogue: { ...catalogue, datasets } };

  expect(await reached({ ...scene, client }, "some")).toEqual([[1, 2, 3, 4], []]);
});
