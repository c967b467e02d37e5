import { expect, test } from "vitest";
import { testDatabase } from "../../../../tests/support/database.ts";
import { selectSwitchMoves } from "../../../../tests/segments/switch-moves.ts";
import { segmentVersions } from "./history.ts";
import { makeScene, people } from "../../../../tests/segments/settled-scene.ts";

test("new segments are filled by one scan and come into force together", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(40));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.define("vip-berlin", 'customer.vip && in_segment("berlin")');
  await scene.define("nobody", "false");

  const { switched } = await scene.settle();

  expect(switched.map(({ segment, version, members }) => [segment, version, members])).toEqual([
    ["berlin", 1, 20n],
    ["nobody", 1, 0n],
    ["vip-berlin", 1, 6n],
  ]);
  expect(await scene.stored()).toEqual(await scene.evaluated());
});

test("settling again finds nothing to do", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(10));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.settle();

  expect(await scene.settle()).toEqual({ switched: [], archived: [], refused: [], unfit: [] });
});

test("an edit says who entered and left, and frees the old version's place", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(12));
  await scene.define("some", "customer.visits <= 2");
  await scene.settle();
  await scene.define("some", "customer.visits >= 2 && customer.visits <= 3");

  const { switched } = await scene.settle();

  expect(
    switched.map(({ version, before, entered, left }) => [version, before, entered, left]),
  ).toEqual([[2, 1, 2, 3]]);
  expect(await selectSwitchMoves(scene.client, "some", 2)).toEqual({
    entered: [3, 10],
    left: [1, 7, 8],
  });
  expect(await scene.stored()).toEqual(await scene.evaluated());
});

test("a new title keeps the members where they are", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.define("some", "customer.vip");
  await scene.settle();
  await scene.define("some", "customer.vip", { title: "The important ones" });

  const { switched } = await scene.settle();

  expect(switched).toEqual([]);
});

test("a segment inside others changes together with them, and nobody sees them half changed", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(20));
  await scene.define("home", 'customer.city == "Berlin"');
  await scene.define("away", '!in_segment("home")');
  await scene.define("other", "customer.vip");
  await scene.settle();
  await scene.define("home", 'customer.city == "Hamburg"');

  const { switched } = await scene.settle();

  expect(switched.map(({ segment, version }) => [segment, version])).toEqual([
    ["away", 2],
    ["home", 2],
  ]);
  expect(await scene.stored()).toEqual(await scene.evaluated());
  const versions = await segmentVersions(scene.client, "away");
  expect(versions.map(({ version, cause, inForce }) => [version, cause, inForce])).toEqual([
    [2, "follows", true],
    [1, "definition", false],
  ]);
});

test("a removed segment is archived, with who left by it, and can come back", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.settle();
  await scene.define("berlin", null);

  const { archived } = await scene.settle();
  const afterwards = await scene.stored();
  const moves = await selectSwitchMoves(scene.client, "berlin", 2);
  await scene.define("berlin", 'customer.city == "Hamburg"');
  await scene.settle();

  expect(archived).toEqual(["berlin"]);
  expect(afterwards).toEqual({});
  expect(moves).toEqual({ entered: [], left: [2, 4, 6] });
  expect(await scene.stored()).toEqual({ berlin: [1, 3, 5] });
});

test("an edit that leaves the limits of size is refused with the numbers, and the version before stays", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(12));
  const size = { atLeast: 5, atMost: 8 };
  await scene.define("some", 'customer.city == "Berlin"', { size });
  await scene.define("inside", 'in_segment("some") && customer.vip');
  await scene.settle();
  const before = await scene.stored();
  await scene.define("some", "true", { size });

  const { switched, refused } = await scene.settle();

  expect(switched).toEqual([]);
  expect(refused.map(({ segment, reason }) => [segment, reason])).toEqual([
    ["some", "it would have 12 members, and its definition says at most 8"],
    ["inside", "the segment some, which it names, was refused"],
  ]);
  expect(await scene.stored()).toEqual(before);
  expect(await scene.settle()).toEqual({ switched: [], archived: [], refused: [], unfit: [] });
});

test("a refused version is tried again when somebody asks for it", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(4));
  const size = { atMost: 2 };
  await scene.define("some", "customer.vip", { size });
  await scene.settle();
  await scene.define("some", 'customer.city == "Berlin" && customer.visits > 1', { size });
  await scene.change(6, { city: "Berlin", visits: "6" });
  await scene.settle();
  await scene.change(6, { city: "Bremen" });

  const { switched } = await scene.settle({ retry: true });

  expect(switched.map(({ segment, version, members }) => [segment, version, members])).toEqual([
    ["some", 2, 2n],
  ]);
  expect(await scene.stored()).toEqual(await scene.evaluated());
});

test("a segment over its budget is refused with the number and its costliest part", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(40));
  const budget = 0.000_1;
  await scene.define("dear", 'customer.vip && orders.sum("amount") > 5.0', { budget });

  const { refused } = await scene.settle();

  const [reason] = refused.map((one) => one.reason);
  expect(reason).toMatch(
    /^1,000 changed members would take \d+ ms, and its budget is 0.0001 ms; most/u,
  );
  expect(await scene.stored()).toEqual({});
});

test("a segment that does not fit the contract is named, and the others are settled", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(4));
  await scene.define("broken", "customer.shoe_size > 40");
  await scene.define("berlin", 'customer.city == "Berlin"');

  const { switched, unfit } = await scene.settle();

  expect(switched.map(({ segment }) => segment)).toEqual(["berlin"]);
  expect(unfit).toEqual([
    {
      name: "broken",
      reason: 'criteria, line 1, column 10: customers has no field "shoe_size"',
    },
  ]);
});

test("two settlements at once wait for each other, and one of them does the work", async () => {
  await using database = await testDatabase({ poolSize: 8 });
  const scene = await makeScene(database.db, people(30));
  await scene.define("berlin", 'customer.city == "Berlin"');

  const settlements = await Promise.all([scene.settle(), scene.settle()]);

  expect(settlements.flatMap(({ switched }) => switched)).toHaveLength(1);
  expect(await scene.stored()).toEqual(await scene.evaluated());
});

test("what changes while a version is filled is in it", async () => {
  await using database = await testDatabase({ poolSize: 8 });
  const scene = await makeScene(database.db, people(60));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.settle();
  await scene.define("berlin", 'customer.city == "Berlin" || customer.vip');
  let isSettling = true;

  const settled = scene.settle().finally(() => (isSettling = false));
  for (let id = 1; isSettling; id = (id % 70) + 1) {
    await scene.change(id, { city: id % 3 === 0 ? "Berlin" : "Bremen", vip: id % 5 === 0 });
    await scene.follow();
  }
  await settled;
  await scene.follow();

  expect(await scene.stored()).toEqual(await scene.evaluated());
});

test("a segment that cannot be evaluated for what is in the data is refused, and the others come into force", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.alter("alter table customers rename to sound_customers");
  await scene.alter(
    `create view customers as select _id, city, vip, 10 / (_id - 5) as visits from sound_customers`,
  );
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.define("visitors", "customer.visits > 1");

  const { switched, refused } = await scene.settle();

  expect(switched.map(({ segment, members }) => [segment, members])).toEqual([["berlin", 3n]]);
  expect(refused).toEqual([
    {
      segment: "visitors",
      version: 1,
      reason: "evaluating it fails for data that are there (SQLSTATE 22012)",
    },
  ]);
});

test("whom a switch moved is noted as it was then, whatever happened to the members before it was noted", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(12));
  await scene.define("some", "customer.visits <= 2");
  await scene.settle();
  await scene.define("some", "customer.visits >= 2 && customer.visits <= 3");
  const dying = scene.settle({
    onProgress: ({ kind }) => {
      if (kind === "switched") {
        throw new Error("killed");
      }
    },
  });
  await expect(dying).rejects.toThrow("killed");
  await scene.change(1, { visits: "3" });
  await scene.change(3, { visits: "9" });
  await scene.change(2, { visits: "0" });
  await scene.change(2, { visits: "2" });
  await scene.change(5, { visits: "2" });
  await scene.follow();

  await scene.settle();

  expect(await selectSwitchMoves(scene.client, "some", 2)).toEqual({
    entered: [3, 10],
    left: [1, 7, 8],
  });
  expect(await scene.stored()).toEqual({ some: [1, 2, 5, 9, 10] });
});
