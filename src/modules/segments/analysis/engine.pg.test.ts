import { expect, test } from "vitest";
import { makeScene, people, START } from "../../../../tests/segments/settled-scene.ts";
import { testDatabase } from "../../../../tests/support/database.ts";
import { EVERYTHING } from "./counts-view.ts";
import { history } from "./history.ts";
import { overlap } from "./overlap.ts";
import { compareInstants } from "./past.ts";
import { trend } from "./trend.ts";

const hour = (count: number): Date => new Date(START.getTime() + count * 3_600_000);
const segment = "berlin";
const view = EVERYTHING;

test("what the engine keeps is what analysis tells: beginnings, moves, a new version, a removal", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.define(segment, 'customer.city == "Berlin"');
  await scene.define("important", "customer.vip");
  await scene.settle();

  scene.clock.set(hour(1));
  await scene.change(2, { city: "Bremen" });
  await scene.change(7, { city: "Berlin" });
  await scene.follow();
  scene.clock.set(hour(2));
  await scene.define(segment, 'customer.city != "Berlin"');
  await scene.settle();
  const { pairs } = await overlap(scene.client, { view });
  scene.clock.set(hour(3));
  await scene.define(segment, null);
  await scene.settle();

  const range = { from: START, to: hour(3), step: "hour" } as const;
  const { points, versions } = await trend(scene.client, { segment, ...range, view });
  expect(
    points.map(({ began, entered, left, members }) => [began, entered, left, members]),
  ).toEqual([
    [3, 0, 0, 3],
    [0, 1, 1, 3],
    [0, 4, 3, 4],
    [0, 0, 4, 0],
  ]);
  expect(versions.map(({ version, archived }) => [version, archived])).toEqual([
    [1, false],
    [2, false],
    [3, true],
  ]);
  expect(pairs).toMatchObject([{ left: "berlin", right: "important", both: 1 }]);
  const { moves } = await compareInstants(scene.client, {
    segment,
    from: START,
    to: hour(2),
    sample: 9,
    view,
  });
  expect(moves).toEqual({
    entered: { members: 3, sample: [1n, 3n, 5n] },
    left: { members: 2, sample: [4n, 6n] },
    stayed: 1,
    returned: 1,
    visited: 1,
  });
  const { entries } = await history(scene.client, { member: 7n, limit: 9, view });
  expect(entries.map(({ kind, version }) => [kind, version])).toEqual([
    ["left", 2],
    ["entered", 1],
  ]);
});
