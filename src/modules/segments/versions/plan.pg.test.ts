import { expect, test } from "vitest";
import { testDatabase } from "../../../../tests/support/database.ts";
import { segmentSchema, type SegmentDefinition } from "../definition.ts";
import { applySegment, readSegmentFile, rollbackSegment } from "./apply.ts";
import { segmentVersions } from "./history.ts";
import { planSegment, planSegments } from "./plan.ts";
import { makeScene, people, START } from "../../../../tests/segments/settled-scene.ts";

function definition(segment: string, criteria: string, more = {}): SegmentDefinition {
  const common = { title: segment, kind: "behavioural", owner: "team", purpose: "marketing" };
  return segmentSchema.parse({ segment, criteria, ...common, ...more });
}

function file(segment: string, criteria: string) {
  const text = [
    `segment: ${segment}`,
    "title: Some",
    "kind: behavioural",
    "owner: team",
    "purpose: marketing",
    `criteria: ${JSON.stringify(criteria)}`,
  ].join("\n");
  return readSegmentFile(new TextEncoder().encode(text), `${segment}.yaml`).file;
}

test("a plan tells who would enter and leave, and what names the segment follows; and changes nothing", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(10));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.define("others", '!in_segment("berlin")');
  await scene.settle();
  const before = await scene.stored();

  const [own, ...following] = await planSegment(
    scene.client,
    definition("berlin", 'customer.city == "Berlin" && customer.visits > 2 || customer.vip'),
    { clock: scene.clock, sample: 1 },
  );

  expect(own).toMatchObject({
    segment: "berlin",
    kind: "changed",
    members: { before: 5n, after: 5n },
    entering: { count: 2, sample: [3n] },
    leaving: { count: 2, sample: [2n] },
    warnings: [],
    refusals: [],
  });
  expect(following.map(({ segment, kind, entering }) => [segment, kind, entering.count])).toEqual([
    ["others", "follows", 2],
  ]);
  expect(await scene.stored()).toEqual(before);
});

test("a plan warns of nobody and everybody, and says what would refuse it", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.settle();

  const plans = await planSegments(scene.client, {
    changes: [
      definition("berlin", "customer.visits >= 0", { size: { atMost: 4 } }),
      definition("nobody", "customer.visits > 5 && customer.visits < 3", { budget: 0.000_1 }),
    ],
    clock: scene.clock,
  });

  expect(plans.map(({ segment, warnings }) => [segment, warnings])).toEqual([
    ["berlin", ["everybody would be in it"]],
    ["nobody", ["the conditions on customer.visits never hold together", "nobody would be in it"]],
  ]);
  const [limits, budget] = plans.map(({ refusals }) => refusals.join());
  expect(limits).toBe("it would have 6 members, and its definition says at most 4");
  expect(budget).toMatch(/^1,000 changed members would take \d+ ms, and its budget is 0.0001 ms/u);
});

test("a plan of what stays as it is, and of what goes", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.define("vip", "customer.vip");
  await scene.settle();

  const plans = await planSegments(scene.client, {
    changes: [definition("vip", "customer.vip", { title: "Important" })],
    removed: ["berlin"],
    clock: scene.clock,
  });

  expect(plans.map(({ segment, kind, leaving }) => [segment, kind, leaving.count])).toEqual([
    ["vip", "same", 0],
    ["berlin", "removed", 3],
  ]);
});

test("a segment applied by itself is checked with the others, and again changes nothing", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  const client = {
    ...scene.client,
    catalogue: { ...scene.client.catalogue, purposes: ["marketing"] },
  };
  const by = { actor: "ann", at: START };

  const first = await applySegment(client, file("berlin", 'customer.city == "Berlin"'), by);
  const again = await applySegment(client, file("berlin", 'customer.city == "Berlin"'), by);

  expect([first, again]).toEqual([
    { segment: "berlin", version: 1, changed: true },
    { segment: "berlin", version: 1, changed: false },
  ]);
  const circle = file("berlin", 'in_segment("berlin")');
  await expect(applySegment(client, circle, by)).rejects.toMatchObject({
    code: "segment-invalid",
    issues: [{ message: "segments name each other in a circle: berlin → berlin" }],
  });
});

test("rolling back brings the last different text into force again, as a new version", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  const client = {
    ...scene.client,
    catalogue: { ...scene.client.catalogue, purposes: ["marketing"] },
  };
  const by = { actor: "ann", at: START };
  await applySegment(client, file("some", 'customer.city == "Berlin"'), by);
  await scene.settle();
  await applySegment(client, file("some", "customer.vip"), by);
  await scene.settle();

  const back = await rollbackSegment(client, { segment: "some" }, by);
  await scene.settle();
  const further = await rollbackSegment(client, { segment: "some", version: 2 }, by);

  expect([back.version, back.from, further.version, further.from]).toEqual([3, 1, 4, 2]);
  expect(await scene.stored()).toEqual({ some: [2, 4, 6] });
  const versions = await segmentVersions(client, "some");
  expect(
    versions.map(({ version, state, entered, left }) => [version, state, entered, left]),
  ).toEqual([
    [4, undefined, undefined, undefined],
    [3, "live", 2, 1],
    [2, "retired", 1, 2],
    [1, "retired", undefined, undefined],
  ]);
  const nothing = rollbackSegment(client, { segment: "some", version: 4 }, by);
  await expect(nothing).rejects.toMatchObject({ code: "version-in-force" });
});
