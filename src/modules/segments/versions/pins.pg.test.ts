import { expect, test } from "vitest";
import { testDatabase } from "../../../../tests/support/database.ts";
import { applySegment, readSegmentFile } from "./apply.ts";
import { listPins, pinMember, type Pinning, unpinMember } from "./pins.ts";
import { makeScene, people, START } from "../../../../tests/segments/settled-scene.ts";
import { plainSubjects } from "../../../../tests/ledger/plain-subjects.ts";

const LATER = new Date(START.getTime() + 3_600_000);
const by = { who: "ann", at: START, subjects: plainSubjects };

test("a pin puts a member in or keeps it out, also of segments that name the segment", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.define("vip-berlin", 'in_segment("berlin") && customer.vip');
  await scene.settle();

  await pinMember(scene.client, { segment: "berlin", member: 3n, direction: "in", ...by });
  await pinMember(scene.client, { segment: "berlin", member: 6n, direction: "out", ...by });
  await scene.follow();

  expect(await scene.stored()).toEqual({ berlin: [2, 3, 4], "vip-berlin": [3] });
  expect(await scene.stored()).toEqual(await scene.evaluated());
});

test("what is applied and pinned by itself is in the ledger, and so is its end", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  const { client } = scene;
  const text = `{segment: berlin, title: Some, kind: behavioural, owner: team, purpose: marketing, criteria: 'customer.city == "Berlin"'}`;
  const { file } = readSegmentFile(new TextEncoder().encode(text), "berlin.yaml");
  const catalogue = { ...client.catalogue, purposes: ["marketing"] };
  await applySegment({ ...client, catalogue }, file, { actor: "ann", at: START });
  await scene.settle();

  await pinMember(client, {
    segment: "berlin",
    member: 3n,
    direction: "in",
    expiresAt: LATER,
    ...by,
  });
  await unpinMember(client, { segment: "berlin", member: 3n, ...by });

  const noted = await client.db.scoped(client.scope, (tx) =>
    tx.rows<{ entry: string }>(
      `select entry from _ledger_inbox
        where entry like '%"segment"%' order by noted`,
    ),
  );
  const [about] = await plainSubjects.commitTo([3n]);
  expect(noted.map(({ entry }) => JSON.parse(entry))).toMatchObject([
    {
      kind: "definition-applied",
      about: "segment berlin",
      definition: { kind: "segment", name: "berlin", version: 1 },
    },
    {
      kind: "customer-pinned",
      about,
      actor: "ann",
      pin: { segment: "berlin", state: "in", until: LATER.toISOString() },
    },
    { kind: "customer-pinned", about, pin: { segment: "berlin", state: "none" } },
  ]);
});

test("with a pin's end the criteria count again: removed, replaced or expired", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.settle();
  const pin = { segment: "berlin", direction: "in", ...by } as const;
  await pinMember(scene.client, { ...pin, member: 1n });
  await pinMember(scene.client, { ...pin, member: 3n, expiresAt: LATER });
  await pinMember(scene.client, { ...pin, member: 4n, direction: "out" });
  await scene.follow();
  const pinned = await scene.stored();

  await unpinMember(scene.client, { segment: "berlin", member: 1n, ...by });
  await pinMember(scene.client, { ...pin, member: 4n });
  scene.clock.set(LATER);
  await scene.follow();

  expect(pinned).toEqual({ berlin: [1, 2, 3, 6] });
  expect(await scene.stored()).toEqual({ berlin: [2, 4, 6] });
  const pins = await listPins(scene.client, { segment: "berlin" });
  expect(pins.map(({ member, direction }) => [member, direction])).toEqual([
    [4n, "in"],
    [3n, "in"],
  ]);
});

test("the end of the last pin is followed, also in segments that name the segment", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.define("vip-berlin", 'in_segment("berlin") && customer.vip');
  await scene.settle();
  const pin = { segment: "berlin", member: 3n, ...by };
  await pinMember(scene.client, { ...pin, direction: "in" });
  await scene.follow();

  await unpinMember(scene.client, pin);
  await scene.follow();

  expect(await scene.stored()).toEqual({ berlin: [2, 4, 6], "vip-berlin": [6] });
});

test("a pin is no new version, and an edit keeps it", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(6));
  await scene.define("berlin", 'customer.city == "Berlin"');
  await scene.settle();
  await pinMember(scene.client, { segment: "berlin", member: 1n, direction: "in", ...by });

  const { switched } = await scene.settle();
  await scene.define("berlin", 'customer.city == "Bonn"');
  await scene.settle();

  expect(switched).toEqual([]);
  expect(await scene.stored()).toEqual({ berlin: [1] });
});

test("pins that cannot be are refused with what is wrong", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(2));
  await scene.define("berlin", 'customer.city == "Berlin"');
  const pin = { segment: "berlin", member: 1n, direction: "in", ...by } as const;

  const pinning = async (more: Partial<Pinning>): Promise<unknown> =>
    await pinMember(scene.client, { ...pin, ...more });

  await expect(pinning({ expiresAt: START })).rejects.toMatchObject({ code: "pin-expired" });
  await expect(pinning({ member: 99n })).rejects.toMatchObject({ code: "member-not-found" });
  await expect(pinning({ segment: "bonn" })).rejects.toMatchObject({ code: "segment-not-found" });
  await expect(unpinMember(scene.client, pin)).rejects.toMatchObject({ code: "pin-not-found" });
});

test("accounts and events are members of segments, and can be pinned, too", async () => {
  await using database = await testDatabase();
  const scene = await makeScene(database.db, people(2));
  await scene.alter(
    `insert into accounts (_id, account_no, industry, employees)
     values (101, '\\x0a', 'steel', 10), (102, '\\x0b', 'steel', 900), (103, '\\x0c', 'coal', 900)`,
  );
  await scene.alter(
    `insert into tickets (_id, _customer, _at, channel)
     values (201, 1, '2026-02-01', 'phone'), (202, null, '2026-02-01', 'mail')`,
  );
  await scene.define("large", "account.employees > 100", { subject: "accounts" });
  await scene.define("calls", 'event.channel == "phone"', { subject: "tickets" });
  await scene.settle();
  const before = await scene.stored();

  await pinMember(scene.client, { segment: "large", member: 101n, direction: "in", ...by });
  await pinMember(scene.client, { segment: "large", member: 102n, direction: "out", ...by });
  await pinMember(scene.client, { segment: "calls", member: 202n, direction: "in", ...by });
  await scene.follow();

  expect(before).toEqual({ large: [102, 103], calls: [201] });
  expect(await scene.stored()).toEqual({ large: [101, 103], calls: [201, 202] });
  expect(await scene.stored()).toEqual(await scene.evaluated());
});
