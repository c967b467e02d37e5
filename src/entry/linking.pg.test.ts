import { expect, test } from "vitest";
import {
  fixedModel,
  people,
  SmallWorld,
  type Statement,
} from "../../tests/resolution/small-world.ts";
import { linkImported, type Linking } from "./linking.ts";

const FIRST = ["Ada", "Grace", "Linus", "Alan", "Edsger", "Barbara", "Donald"];
const LAST = ["Lovelace", "Hopper", "Torvalds", "Turing", "Dijkstra", "Liskov", "Knuth", "Hoare"];

/** So many people, everyone with names and a mailbox of his own. */
function persons(count: number): Statement[] {
  return Array.from({ length: count }, (_, index) => ({
    source: "crm",
    key: `${index}`,
    values: {
      first_name: FIRST[index % FIRST.length] ?? null,
      last_name: LAST[index % LAST.length] ?? null,
      email: `p${index}@mail.de`,
    },
  }));
}

function link(
  { db, clock, client }: SmallWorld,
  { dataset = people.name, signal = new AbortController().signal } = {},
): Promise<Linking> {
  return linkImported({ db, clock }, { client, dataset, actor: "tester", signal });
}

test("fewer records than a model is learnt from wait, and are counted", async () => {
  await using world = await SmallWorld.open();
  const silent = { source: "billing", key: "x", values: { city: "London" } };
  await world.import([...persons(99), silent]);

  expect(await link(world)).toEqual({ state: "waiting", records: 99, enough: 100 });
});

test("as soon as there are enough, the first linking learns a model, and the second uses it", async () => {
  await using world = await SmallWorld.open();
  await world.import(persons(100));

  const first = await link(world);
  const second = await link(world);

  expect(first).toMatchObject({ state: "linked", report: { scope: "all", model: 1 } });
  expect(second).toMatchObject({ state: "linked", report: { scope: "changed", model: 1 } });
});

test("what fails is told and not thrown, and changes nothing", async () => {
  await using world = await SmallWorld.open();
  await world.useModel(fixedModel());
  await world.import([
    ...persons(1),
    { ...persons(1)[0], source: "billing", key: "y" } as Statement,
  ]);
  const before = await world.outcome();

  const linking = await link(world, { signal: AbortSignal.abort() });

  expect(linking).toMatchObject({ state: "failed", error: { kind: "cancelled" } });
  expect(await world.outcome()).toEqual(before);
  expect(await link(world)).toMatchObject({ state: "linked", report: { records: 2, moved: 1 } });
});

test("events are not linked", async () => {
  await using world = await SmallWorld.open();

  expect(await link(world, { dataset: "orders" })).toEqual({ state: "nothing-to-compare" });
});
