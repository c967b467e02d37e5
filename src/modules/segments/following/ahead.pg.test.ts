import { expect, test } from "vitest";
import { KeptWorld, order } from "../../../../tests/segments/kept-world.ts";
import { followClient } from "./follow.ts";
import { type BatchOutcome, followBatch, type FollowingMemory } from "./batch.ts";

const berlin = { segment: "berlin", criteria: 'customer.city == "Berlin"' };
const sleepers = { segment: "sleepers", criteria: 'orders.within("30d").none()' };
/** So that of each two people one is evaluated while the other is stored. */
const size = { members: 1, changes: 1, page: 1 };

function batch(kept: KeptWorld, memory: FollowingMemory): Promise<BatchOutcome> {
  const { client, clock } = kept;
  return followBatch({ client, clock, waits: true, memory, size });
}

/** A is followed, and B is evaluated ahead. */
async function evaluatedAhead(kept: KeptWorld): Promise<FollowingMemory> {
  const memory: FollowingMemory = {};
  await kept.people(["A", { city: "Berlin" }], ["B", { city: "Berlin" }]);
  await batch(kept, memory);
  expect(memory.ahead?.errand.changes).toBe(1);
  return memory;
}

test("what is left after a batch is evaluated while it is stored, and stored by the next", async () => {
  await using kept = await KeptWorld.open(berlin);
  const memory = await evaluatedAhead(kept);
  expect(await kept.stored()).toEqual({ berlin: ["A"] });

  // Nobody can be evaluated any more, so what is stored is what was found before.
  await kept.poison("B");
  await batch(kept, memory);

  expect(await kept.stored()).toEqual({ berlin: ["A", "B"] });
});

test("a change that comes after looking ahead is followed after what was found", async () => {
  await using kept = await KeptWorld.open(berlin);
  const memory = await evaluatedAhead(kept);

  await kept.people(["B", { city: "Bonn" }]);
  await batch(kept, memory);
  await batch(kept, memory);

  expect(await kept.stored()).toEqual({ berlin: ["A"] });
  expect(await kept.told()).toEqual(["+berlin A", "+berlin B", "-berlin B"]);
});

test("what was found ahead is not stored when another has followed meanwhile", async () => {
  await using kept = await KeptWorld.open(berlin);
  const memory = await evaluatedAhead(kept);
  await kept.people(["B", { city: "Bonn" }]);
  await kept.follow();

  const outcome = await batch(kept, memory);

  expect(outcome).toMatchObject({ kind: "followed", changes: 0, entered: 0 });
  expect(await kept.stored()).toEqual({ berlin: ["A"] });
});

test("what was found ahead for a version that is gone is not stored in its place for another", async () => {
  await using kept = await KeptWorld.open(berlin);
  const memory = await evaluatedAhead(kept);
  await kept.run("delete from _segment_versions");
  await kept.run("delete from _segments");
  await kept.run("update _members set bits = ''");
  await kept.keep({ segment: "bonn", criteria: 'customer.city == "Bonn"' });

  await batch(kept, memory);

  expect(await kept.stored()).toEqual({ bonn: [] });
});

test("who is due when he was evaluated ahead is asked about everything that touches him now", async () => {
  await using kept = await KeptWorld.open(berlin, sleepers);
  await kept.people("A", "B");
  await kept.orders(order("B", "2026-02-20", "1.00"));
  await kept.follow();
  const memory: FollowingMemory = {};
  await kept.people(["A", { city: "Berlin" }], ["B", { city: "Berlin" }]);
  await batch(kept, memory);

  kept.clock.set(new Date("2026-04-01T00:00:00Z"));
  await batch(kept, memory);

  expect(await kept.stored()).toEqual(await kept.onDemand());
  expect((await kept.told()).slice(-2)).toEqual(["+berlin B", "+sleepers B"]);
});

test("an answer found ahead that time has passed is not stored, but asked again", async () => {
  await using kept = await KeptWorld.open(sleepers);
  const memory: FollowingMemory = {};
  await kept.people("A", "B");
  await kept.follow();
  await kept.orders(order("A", "2026-02-20", "1.00"));
  await kept.orders(order("B", "2026-02-20", "2.00"));
  await batch(kept, memory);

  kept.clock.set(new Date("2026-04-01T00:00:00Z"));
  // Whoever catches up goes on until that is done, too.
  await followClient(kept.client, { clock: kept.clock, memory, size });

  expect(await kept.stored()).toEqual(await kept.onDemand());
  expect(await kept.told()).not.toContain("-sleepers B");
});

test("where looking ahead fails, the batch is evaluated in its turn, and who fails alone is parked", async () => {
  await using kept = await KeptWorld.open({ segment: "rich", criteria: "customer.balance > 1.0" });
  const memory: FollowingMemory = {};
  await kept.people("A", ["POISON", { city: "Berlin" }], "C");
  await kept.poison("POISON");
  await batch(kept, memory);
  expect(memory.ahead).toBeUndefined();

  expect(await batch(kept, memory)).toMatchObject({ kind: "followed", parked: 1 });
});
