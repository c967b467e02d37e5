import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { customers } from "../../../../tests/support/catalogue.ts";
import { person } from "../../../../tests/customers/world.ts";
import { testDatabase, type TestDatabase } from "../../../../tests/support/database.ts";
import {
  disclose,
  erase,
  NOW,
  openRights,
  recordOf,
  type RightsScene,
  unite,
} from "../../../../tests/rights/scene.ts";
import { must } from "../../../kernel/index.ts";
import { type Corrections, noteCorrection, registerCorrections } from "./of-intake.ts";

let database: TestDatabase;
let scene: RightsScene;
let ada = 0n;
let bea = 0n;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  scene = await openRights(database.db);
  ada = (await recordOf(scene.world, "AL-1815")).customer;
  bea = (await recordOf(scene.world, "B-1")).customer;
});

const NOTHING: Corrections = { customers: 0, obligations: 0 };

/** A source states something else of some records, and says that it is a correction. */
async function correct(
  rows: Parameters<RightsScene["world"]["merge"]>[0]["rows"],
  { source = "billing", state = "published" } = {},
): Promise<bigint> {
  const { world } = scene;
  await world.merge({ source, dataset: customers, rows });
  const [newest] = await world.query<{ intake: bigint }>(
    "update _intakes set state = $1 where intake = (select max(intake) from _intakes) returning intake",
    [state],
  );
  const { intake } = must(newest, "there was an intake");
  await world.db.scoped(world.scope, (tx) =>
    noteCorrection(tx, { intake, reason: "a typing error", notedAt: NOW, notedBy: "cli:tester" }),
  );
  return intake;
}

function register(): Promise<Corrections> {
  return registerCorrections(scene.deps, scene.client);
}

async function owed(): Promise<unknown[]> {
  return await scene.world.query(
    `select r.customer, r.fields, r.requested_by as by, o.recipient
       from _rights_requests r join _obligations o on o.request = r.request
      where r.kind = 'rectification' order by r.customer, o.recipient`,
  );
}

test("an intake of corrections is owed by whoever was sent a field of a customer that it changed", async () => {
  await disclose(scene.world, [ada, bea], { forms: { email: "clear" } });
  await disclose(scene.world, [ada], { recipient: "warehouse", forms: { city: "clear" } });
  await disclose(scene.world, [bea], { recipient: "care", channel: "shown" });
  await correct([
    person("AL-1815", { email: "right@new.example", name: "Ada Lovelace", city: "Bonn" }),
    person("B-1", { email: "bea@example", name: "Bea Ball", city: "Bonn", phone: "+49228555" }),
    person("NEW-1", { email: "new@new.example", name: "New", city: "Bonn" }),
  ]);

  expect(await register()).toEqual({ customers: 1, obligations: 1 });

  expect(await owed()).toEqual([
    { customer: ada, fields: ["email"], by: "cli:tester", recipient: "partner" },
  ]);
  expect(await register()).toEqual(NOTHING);
});

test("who was sent the customer under another id, which was merged since, hears of it too", async () => {
  const crm = (await recordOf(scene.world, "crm-7")).customer;
  await disclose(scene.world, [crm], { forms: { phone: "clear" } });
  await unite(scene.world, "AL-1815", "crm-7");
  await correct([person("crm-7", { phone: "+4922899999" })], { source: "crm" });

  expect(await register()).toEqual({ customers: 1, obligations: 1 });
  expect(await owed()).toMatchObject([{ customer: ada, recipient: "partner" }]);
});

test("of a held intake nothing is owed until it is published, and of customers erased since nothing at all", async () => {
  await disclose(scene.world, [ada, bea], { forms: { email: "clear" } });
  const rows = [
    person("AL-1815", { email: "ada@right.example" }),
    person("B-1", { email: "bea@right.example" }),
  ];
  const intake = await correct(rows, { state: "held" });

  expect(await register()).toEqual(NOTHING);
  await scene.world.query("update _intakes set state = 'published' where intake = $1", [intake]);
  await erase(scene, ada);

  expect(await register()).toEqual({ customers: 1, obligations: 1 });
  expect(await owed()).toMatchObject([{ customer: bea }]);
});

test("thousands of changed customers are looked through for the few that somebody holds", async () => {
  const many = Array.from({ length: 1100 }, (_, place) => `M-${place}`);
  const stated = (city: string) => many.map((key) => person(key, { name: key, city }));
  await scene.world.merge({ source: "billing", dataset: customers, rows: stated("Bonn") });
  const [first, last] = [await recordOf(scene.world, "M-0"), await recordOf(scene.world, "M-1099")];
  await disclose(scene.world, [first.customer, last.customer], { forms: { city: "clear" } });
  await correct(stated("Berlin"));

  expect(await register()).toEqual({ customers: 2, obligations: 2 });
  expect(await scene.world.query("select from _corrections where registered_at is null")).toEqual(
    [],
  );
});
