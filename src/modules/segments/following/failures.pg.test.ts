import { expect, test } from "vitest";
import { KeptWorld, order } from "../../../../tests/segments/kept-world.ts";
import { reconcile, segmentHealth } from "../index.ts";
import { followBatch } from "./batch.ts";

const berlin = { segment: "berlin", criteria: 'customer.city == "Berlin"' };
const rich = { segment: "rich", criteria: "customer.balance > 100.0" };
const buyers = { segment: "buyers", criteria: 'orders.within("30d").any()' };

test("a batch that is stopped before its end leaves nothing behind, and the next does all of it", async () => {
  await using kept = await KeptWorld.open(berlin);
  await kept.people(["A", { city: "Berlin" }]);
  const stop = new AbortController();
  const before = await kept.state();
  await kept.define("alter table _membership_moves add constraint broken check (false)");

  const { client, clock } = kept;
  const following = { client, clock, waits: true, memory: {}, signal: stop.signal };
  await expect(followBatch(following)).rejects.toThrow("broken");
  expect(await kept.state()).toEqual(before);

  await kept.define("alter table _membership_moves drop constraint broken");
  await kept.follow();
  expect(await kept.stored()).toEqual({ berlin: ["A"] });
  expect(await kept.told()).toEqual(["+berlin A"]);
});

test("any number that follow one client at once follow everything once", async () => {
  await using kept = await KeptWorld.open(berlin, buyers);
  await kept.people(
    ...["A", "B", "C"].map((no): [string, { city: string }] => [no, { city: "Berlin" }]),
  );
  await kept.orders(order("A", "2026-02-20", "1.00"), order("B", "2026-02-20", "1.00"));

  const done = await Promise.all([kept.follow(), kept.follow(), kept.follow()]);

  expect(done.reduce((sum, { entered }) => sum + entered, 0)).toBe(5);
  expect((await kept.told()).toSorted()).toEqual([
    "+berlin A",
    "+berlin B",
    "+berlin C",
    "+buyers A",
    "+buyers B",
  ]);
});

test("who does not wait leaves a client to the process that works on it", async () => {
  await using kept = await KeptWorld.open(berlin);
  const { client, clock } = kept;

  await client.db.scoped(client.scope, async (tx) => {
    await tx.run("select cursor from _following for update");
    const outcome = await followBatch({ client, clock, waits: false, memory: {} });
    expect(outcome).toEqual({ kind: "busy" });
  });
});

test("a member whose evaluation fails is parked alone, reported, and tried again by and by", async () => {
  await using kept = await KeptWorld.open(berlin, rich);
  const people = ["A", "POISON", "B", "C"];
  await kept.people(...people.map((no): [string, { city: string }] => [no, { city: "Berlin" }]));
  await kept.poison("POISON");

  await kept.follow();
  expect((await kept.stored())["berlin"]).toEqual(["A", "B", "C"]);
  const { parked } = await segmentHealth(kept.client);
  expect(parked).toEqual([{ failure: "22012", members: 1n }]);

  kept.clock.set(new Date(kept.clock.now().getTime() + 10_000));
  await kept.follow();
  expect(await kept.world.query("select tries from _parked_members")).toEqual([{ tries: 2 }]);

  await kept.cure();
  kept.clock.set(new Date(kept.clock.now().getTime() + 10_000));
  await kept.follow();
  expect((await segmentHealth(kept.client)).parked).toHaveLength(1);
  kept.clock.set(new Date(kept.clock.now().getTime() + 10_000));
  await kept.follow();
  expect((await segmentHealth(kept.client)).parked).toEqual([]);
  expect((await kept.stored())["berlin"]).toEqual(["A", "B", "C", "POISON"]);
});

test("stored members that are wrong are found by comparing, reported and put right", async () => {
  await using kept = await KeptWorld.open(berlin, buyers);
  await kept.people(["A", { city: "Berlin" }], ["B", { city: "Berlin" }], "C");
  await kept.follow();
  const { client, clock } = kept;
  const sample = { at: 0, size: 100 };
  expect(await reconcile(client, { clock, sample })).toMatchObject({ compared: 3n, different: 0n });

  await kept.run(
    "update _members set bits = '\\x0000000000000000' where member = (select min(_id) from customers)",
  );
  await kept.run(
    "insert into _members (member, subject, bits) values (999999, 1, '\\x0100000000000000')",
  );
  const found = await reconcile(client, { clock, sample });

  expect(found).toMatchObject({ different: 2n, details: { berlin: 2 } });
  expect(await kept.stored()).toEqual(await kept.onDemand());
  const health = await segmentHealth(client);
  expect(health.alarm).toMatchObject({ different: 2n });
  expect(await reconcile(client, { clock, sample })).toMatchObject({ different: 0n });
  expect((await kept.moves()).filter(({ cause }) => cause === "repair")).toHaveLength(2);
});

test("a version that is being filled is not compared, for it is not told of everybody yet", async () => {
  await using kept = await KeptWorld.open(berlin);
  await kept.people(["A", { city: "Berlin" }], "B");
  await kept.follow();
  await kept.register({ segment: "everybody", criteria: "true" });

  const compared = await reconcile(kept.client, { clock: kept.clock, sample: { at: 0, size: 10 } });

  expect(compared).toMatchObject({ kind: "compared", compared: 2n, different: 0n });
});

test("memberships that have changes to follow are not compared", async () => {
  await using kept = await KeptWorld.open(berlin);
  await kept.people(["A", { city: "Berlin" }]);

  const { client, clock } = kept;
  expect(await reconcile(client, { clock, sample: { at: 0, size: 10 } })).toEqual({ kind: "busy" });
});

test("everybody is evaluated anew when that is asked for, and only what differs is told", async () => {
  await using kept = await KeptWorld.open(berlin, buyers);
  await kept.people(["A", { city: "Berlin" }], ["B", { city: "Berlin" }]);
  await kept.orders(order("B", "2026-02-20", "1.00"));
  await kept.follow();
  await kept.run("delete from _members where member = (select min(_id) from customers)");
  await kept.run(
    "insert into _members (member, subject, bits) values (999999, 1, '\\x0300000000000000')",
  );
  await kept.run("update _following set rescan = 'repair'");

  const { entered, left } = await kept.follow();

  expect([entered, left]).toEqual([1, 2]);
  expect(await kept.stored()).toEqual(await kept.onDemand());
  expect((await segmentHealth(kept.client)).isRescanned).toBe(false);
});

test("a version that is filled beside changes loses none of those that are followed meanwhile", async () => {
  await using kept = await KeptWorld.open();
  await kept.crowd(7_500, "C1");
  await kept.people("A", "B");
  const slot = await kept.register({ segment: "elsewhere", criteria: 'customer.city != "Bonn"' });
  let following: Promise<unknown> | undefined;

  // The scan is over, and what it says of A is still to be stored, when A changes and is followed.
  await kept.fill(slot, async () => {
    if (following === undefined) {
      await kept.people(["A", { city: "Bonn" }]);
      following = kept.follow();
      await kept.untilSomebodyWaits();
    }
  });
  await following;

  const { elsewhere } = await kept.stored();
  expect(elsewhere).toHaveLength(7_501);
  expect(elsewhere).not.toContain("A");
});
