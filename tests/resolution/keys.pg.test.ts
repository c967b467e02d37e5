import { expect, test } from "vitest";
import { resolveAll, resolveNew } from "../../src/modules/resolution/index.ts";
import { insertKeys, membersOf } from "../../src/modules/resolution/store/blocks.ts";
import { fixedModel, SmallWorld, type Statement } from "./small-world.ts";

const born = (key: string, name: string, birthday: string): Statement => {
  const [first = null, last = null] = name.split(" ");
  return { source: "crm", key, values: { first_name: first, last_name: last, born_on: birthday } };
};

/** Two of them say the same. */
const people = [
  born("1", "Ada Lovelace", "1815-12-10"),
  born("2", "Adah Lovelace", "1815-12-10"),
  born("3", "Grace Hopper", "1906-12-09"),
  born("4", "Grace Hopper", "1906-12-09"),
];

/** The first leaves the two, one moves house, one is new. */
const news = [
  born("3", "Linus Torvalds", "1969-12-28"),
  born("2", "Ada Byron", "1815-12-10"),
  born("5", "Grace Hopper", "1906-12-09"),
];

async function resolved(): Promise<SmallWorld> {
  const world = await SmallWorld.open();
  await world.useModel(fixedModel());
  await world.import(people);
  await resolveAll(world.db, world.client, world.run);
  return world;
}

interface Key {
  readonly record: bigint;
  readonly key: bigint;
}

const byKey = (world: SmallWorld): Promise<Key[]> =>
  world.world.query(
    "select record, key from _blocks union all select record, key from _late_blocks order by record, key",
  );

const byRecord = (world: SmallWorld): Promise<Key[]> =>
  world.world.query("select record, unnest(keys) as key from _record_keys order by record, key");

/** Everything a run may write, with the transaction that wrote it. */
async function written(world: SmallWorld): Promise<unknown[]> {
  return [
    await world.world.query("select xmin::text, record, key from _blocks order by record, key"),
    await world.world.query("select xmin::text, record, keys from _record_keys order by record"),
    await world.world.query("select xmin::text, judgement from _judgements order by judgement"),
    await world.world.query("select xmin::text, change from _changes order by change"),
    await world.world.query("select xmin::text, _id from customers order by _id"),
  ];
}

test("a full run over what is resolved already writes nothing", async () => {
  await using world = await resolved();
  const before = await written(world);

  await resolveAll(world.db, world.client, world.run);

  expect(await written(world)).toEqual(before);
});

test("a full run reports what it did, and nothing of whom", async () => {
  await using world = await resolved();

  const report = await resolveAll(world.db, world.client, world.run);

  expect(report).toEqual({
    dataset: "customers",
    model: expect.any(Number),
    scope: "all",
    records: 4,
    pairs: { same: expect.any(Number), unsure: expect.any(Number), different: expect.any(Number) },
    customers: { before: expect.any(Number), after: expect.any(Number) },
    largest: expect.any(Number),
    judgements: 0,
    overruled: [],
    moved: 0,
    regrouped: undefined,
  });
});

test("a run has followed its own changes when it is over", async () => {
  await using world = await resolved();
  const behind = (): Promise<unknown[]> =>
    world.world.query("select last - cursor as behind from _resolution cross join _change_head");
  expect(await behind()).toEqual([{ behind: 0n }]);

  await world.import(news);
  const report = await resolveNew(world.db, world.client, world.run);

  expect(report.moved).toBeGreaterThan(0);
  expect(await behind()).toEqual([{ behind: 0n }]);
});

test("a run over what is new leaves the keys of others as they are", async () => {
  await using world = await resolved();
  const other = await world.record("crm:1");
  const keys = (): Promise<unknown[]> =>
    world.world.query("select xmin::text, keys from _record_keys where record = $1", [other]);
  const before = await keys();

  await world.import(news);
  await resolveNew(world.db, world.client, world.run);

  expect(await keys()).toEqual(before);
});

test("what records have as keys is the same by record and by key, after every kind of run", async () => {
  await using world = await resolved();
  const first = await byKey(world);
  expect(first.length).toBeGreaterThan(people.length);
  expect(await byRecord(world)).toEqual(first);

  await world.import(news);
  await resolveNew(world.db, world.client, world.run);
  const second = await byKey(world);
  expect(await byRecord(world)).toEqual(second);

  await resolveAll(world.db, world.client, world.run);
  expect(await byKey(world)).toEqual(second);
  expect(await byRecord(world)).toEqual(second);
});

test("another model's keys replace those of the one before", async () => {
  await using world = await resolved();
  const [rule] = fixedModel().blocking;
  const before = await byKey(world);
  await world.useModel({ ...fixedModel(), blocking: rule === undefined ? [] : [rule] });

  await resolveAll(world.db, world.client, world.run);

  const after = await byKey(world);
  expect(after.length).toBeLessThan(before.length);
  expect(await byRecord(world)).toEqual(after);
});

test("blocks have the members by many keys at once that they have by each alone", async () => {
  await using world = await SmallWorld.open();
  const keys = Array.from({ length: 400 }, (_, place) => BigInt(place - 200) * 2n ** 40n);
  const [alone, early, both] = [keys.slice(0, 100), keys.slice(100, 200), keys.slice(200, 300)];
  const large = keys[250] ?? 0n;
  const rows = (of: readonly bigint[], record: bigint) => ({
    key: of,
    record: of.map(() => record),
  });

  const found = await world.db.scoped(world.client.scope, async (tx) => {
    await insertKeys(tx, "_blocks", [rows(early, 1n), rows(early, 2n), rows(both, 3n)]);
    const many = Array.from({ length: 9 }, (_, place) => BigInt(place + 10));
    const late = [rows(alone, 4n), rows(both, 5n), { key: many.map(() => large), record: many }];
    await insertKeys(tx, "_late_blocks", late);
    const atOnce = await membersOf(tx, keys, 4);
    const each = await Promise.all(keys.map((key) => membersOf(tx, [key], 4)));
    return { atOnce, one: new Map(each.flatMap((members) => [...members])) };
  });

  const sizes = [found.atOnce, found.one].map((members) => members.get(large)?.length ?? 0);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(4);
  expect(Math.max(...sizes)).toBeLessThan(11);
  for (const members of [found.atOnce, found.one]) {
    expect(members.size).toBe(300);
    for (const [of, records] of [
      [alone, [4n]],
      [early, [1n, 2n]],
      [both, [3n, 5n]],
    ] as const) {
      const least = of.filter((key) => key !== large).map((key) => members.get(key)?.toSorted());
      expect(least).toEqual(of.filter((key) => key !== large).map(() => records));
    }
  }
});
