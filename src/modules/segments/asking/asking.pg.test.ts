import { expect, test } from "vitest";
import { testDatabase } from "../../../../tests/support/database.ts";
import { makeScene, people, START, type Scene } from "../../../../tests/segments/settled-scene.ts";
import { pinMember } from "../versions/pins.ts";
import { explainSegment } from "./explain.ts";
import { listSegments } from "./list-segments.ts";
import { countSegment, newestMembers, segmentMembers } from "./members.ts";
import { plainSubjects } from "../../../../tests/ledger/plain-subjects.ts";

const HOUR_MS = 3_600_000;

function hoursLater(hours: number): Date {
  return new Date(START.getTime() + hours * HOUR_MS);
}

async function pass(scene: Scene, hours: number): Promise<void> {
  scene.clock.set(new Date(scene.clock.now().getTime() + hours * HOUR_MS));
  await scene.follow();
}

test("what is asked about the present is what is stored", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(9));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.settle();

  const question = { segment: "berlin", asOf: scene.clock.now() };

  expect(await countSegment(scene.client, question)).toEqual({ members: 4n, basis: "stored" });
  expect(await segmentMembers(scene.client, { ...question, after: 2n, limit: 2 })).toEqual({
    members: [4n, 6n],
    next: 6n,
    basis: "stored",
  });
});

test("a past instant is answered from history, and one before the segment by evaluation", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.settle();
  await pass(scene, 2);
  await scene.change(1, { city: "Berlin" });
  await scene.change(2, { city: "Bonn" });
  await scene.follow();

  const at = async (asOf: Date): Promise<unknown> => {
    const { members, basis } = await segmentMembers(scene.client, {
      segment: "berlin",
      asOf,
      limit: 9,
    });
    return [members, basis];
  };

  expect(await at(hoursLater(2))).toEqual([[1n, 4n, 6n], "stored"]);
  expect(await at(hoursLater(1))).toEqual([[2n, 4n, 6n], "history"]);
  expect(await at(hoursLater(-1))).toEqual([[1n, 4n, 6n], "evaluated"]);
});

test("until changes are followed, everybody is evaluated, so that no answer is old", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.settle();
  await scene.change(1, { city: "Berlin" });

  const count = await countSegment(scene.client, { segment: "berlin", asOf: scene.clock.now() });

  expect(count).toEqual({ members: 4n, basis: "evaluated" });
});

test("a list tells how each segment stands, and one that does not fit keeps no other from it", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  const size = { atMost: 4 };
  await scene.define("berlin", 'customer.city == "Berlin"', { size });
  await scene.settle();
  await scene.define("berlin", "true", { size });
  await scene.settle();
  await scene.define("broken", "customer.shoe_size > 40");
  await scene.define("new", "customer.vip");

  const listed = await listSegments(scene.client, { asOf: scene.clock.now() });

  expect(listed.map(({ segment, state, members }) => [segment, state.kind, members])).toEqual([
    ["berlin", "refused", 3n],
    ["broken", "unfit", undefined],
    ["new", "waiting", 2n],
  ]);
});

test("people who may see counts only get the list with rounded numbers", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.define("all", "true");
  await scene.settle();
  const asOf = scene.clock.now();

  const listed = await listSegments(scene.client, {
    asOf,
    viewOf: () => ({ kind: "counts", minimum: 4 }),
  });

  expect(listed.map(({ segment, members }) => [segment, members])).toEqual([
    ["all", 4n],
    ["berlin", 0n],
  ]);
});

test("the newest members come first, page by page", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(8));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.settle();
  for (const id of [5, 1, 3, 7]) {
    await scene.change(id, { city: "Berlin" });
    await pass(scene, 1);
  }
  await scene.change(3, { city: "Bonn" });
  await scene.follow();

  const first = await newestMembers(scene.client, { segment: "berlin", limit: 2 });
  const second = await newestMembers(scene.client, {
    segment: "berlin",
    limit: 2,
    before: first.next,
  });

  expect(first.members.map(({ member }) => member)).toEqual([7n, 1n]);
  expect(second.members.map(({ member, cause }) => [member, cause])).toEqual([[5n, "change"]]);
});

test("an explanation says since when and by what, for those who came by a change, a version or were there", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.define("some", 'customer.city == "Berlin"');
  await scene.settle();
  await pass(scene, 1);
  await scene.change(1, { city: "Berlin" });
  await scene.follow();
  await pass(scene, 1);
  await scene.define("some", 'customer.city == "Berlin" || customer.vip');
  await scene.settle();

  const kept = async (member: bigint): Promise<unknown> => {
    const question = { segment: "some", member, asOf: scene.clock.now() };
    const membership = await explainSegment(scene.client, question);
    return [membership.kept?.since, membership.kept?.move?.cause, membership.kept?.version];
  };

  expect(await kept(1n)).toEqual([hoursLater(1), "change", 2]);
  expect(await kept(3n)).toEqual([hoursLater(2), "version", 2]);
  expect(await kept(2n)).toEqual([START, undefined, 2]);
});

test("an explanation shows the pin, and until when it holds", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.define("some", 'customer.city == "Berlin"');
  await scene.settle();
  await pinMember(scene.client, {
    segment: "some",
    member: 1n,
    direction: "in",
    expiresAt: hoursLater(5),
    reason: "asked for it",
    who: "ann",
    subjects: plainSubjects,
    at: START,
  });
  await scene.follow();

  const question = { segment: "some", member: 1n, asOf: START };
  const { member, until, pin, kept } = await explainSegment(scene.client, question);

  expect([member, until, pin?.pinnedBy, kept?.move?.cause]).toEqual([
    true,
    hoursLater(5),
    "ann",
    "pin",
  ]);
});
