import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { customers } from "../../../../tests/support/catalogue.ts";
import { testDatabase, type TestDatabase } from "../../../../tests/support/database.ts";
import {
  disclose,
  openRights,
  recordOf,
  type RightsScene,
  unite,
} from "../../../../tests/rights/scene.ts";
import { must } from "../../../kernel/index.ts";
import { occurrencesOf, summarise } from "./of-customer.ts";
import { recordDisclosure } from "./disclosure.ts";
import { holdingsOf, idsOfDelivery } from "./of-recipient.ts";
import { retractUnsent } from "./retract.ts";
import { DisclosureRoll } from "./roll.ts";

let database: TestDatabase;
let scene: RightsScene;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  scene = await openRights(database.db);
});

/** To whom a customer was disclosed, by waybill. */
async function waybillsOf(customer: bigint): Promise<readonly (string | null)[]> {
  const { world } = scene;
  const found = await world.db.scoped(world.scope, (tx) => occurrencesOf(tx, customers, customer));
  return found.map(({ waybillId }) => waybillId);
}

const idOf = async (key: string): Promise<bigint> => (await recordOf(scene.world, key)).customer;

/** Gives a record a golden row of its own. */
async function split(key: string): Promise<bigint> {
  const { world } = scene;
  const { record } = await recordOf(world, key);
  const [fresh] = await world.query<{ id: bigint }>("select nextval('_ids') as id");
  const { id } = must(fresh, "an id");
  await world.regroup([{ record, id }]);
  return id;
}

describe("the disclosures of a customer", () => {
  test("are those of the rows that its records were in, while they were in them", async () => {
    const { world } = scene;
    const [ada, crm, bea] = [await idOf("AL-1815"), await idOf("crm-7"), await idOf("B-1")];
    const adaAlone = await disclose(world, [ada]);
    const crmAlone = await disclose(world, [crm]);
    const beaAlone = await disclose(world, [bea]);
    await unite(world, "AL-1815", "crm-7");
    const both = await disclose(world, [ada]);
    const apart = await split("crm-7");
    const adaAfter = await disclose(world, [ada]);
    const crmAfter = await disclose(world, [apart]);

    expect(await waybillsOf(ada)).toEqual([adaAlone, both, adaAfter]);
    expect(await waybillsOf(apart)).toEqual([crmAlone, both, crmAfter]);
    expect(await waybillsOf(bea)).toEqual([beaAlone]);
  });

  test("follow a record through several customers, and are asked for by any id that leads there", async () => {
    const { world } = scene;
    const [ada, crm, bea] = [await idOf("AL-1815"), await idOf("crm-7"), await idOf("B-1")];
    const first = await disclose(world, [crm]);
    await unite(world, "B-1", "crm-7");
    const second = await disclose(world, [bea]);
    await unite(world, "AL-1815", "crm-7");
    const third = await disclose(world, [ada]);
    const afterwards = await disclose(world, [bea]);

    expect(await waybillsOf(ada)).toEqual([first, second, third]);
    expect(await waybillsOf(crm)).toEqual([first, second, third]);
    expect(await waybillsOf(bea)).toEqual([second, afterwards]);
  });

  test("hold of a delivery that failed the first records that may have left, in whichever forms", async () => {
    const { world } = scene;
    const delivery = { delivery: 7n, waybillId: crypto.randomUUID(), destination: "d" };
    const clear = Array.from({ length: 4000 }, (_, place) => BigInt(100_000 + place * 3));
    const blurred = clear.map((id) => id + 1n);
    await world.db.scoped(world.scope, async (tx) => {
      const roll = new DisclosureRoll();
      const [all, city] = [roll.forms({ email: "clear" }), roll.forms({ city: "bucket" })];
      clear.forEach((id) => roll.add(id, all));
      blurred.forEach((id) => roll.add(id, city));
      await recordDisclosure(
        tx,
        {
          at: new Date("2026-07-01T10:00:00Z"),
          channel: "delivery",
          recipient: "partner",
          recipientKind: "partner",
          purpose: "essential.service",
          actor: "tester",
          seen: 1n,
          delivery,
        },
        roll,
      );
    });
    const retract = (records: number) =>
      world.db.scoped(world.scope, async (tx) => {
        await retractUnsent(tx, 7n, records);
        return await idsOfDelivery(tx, delivery.waybillId);
      });

    const inOrder = clear.flatMap((id) => [id, id + 1n]);
    expect(await retract(8000)).toEqual(inOrder);
    expect(await retract(5001)).toEqual(inOrder.slice(0, 5001));
    expect(await retract(3)).toEqual(inOrder.slice(0, 3));
    expect(await world.query("select customers from _disclosures")).toEqual([{ customers: 3n }]);
    expect(await waybillsOf(107_498n)).toEqual([]);
    expect(await retract(0)).toEqual([]);
    expect(await world.query("select from _disclosures")).toEqual([]);
  });

  test("are told by recipient and purpose, with every form of every field, the first and the last time", async () => {
    const { world } = scene;
    const ada = await idOf("AL-1815");
    const [early, late] = [new Date("2026-01-01T00:00:00Z"), new Date("2026-02-01T00:00:00Z")];
    await disclose(world, [ada], { at: early, forms: { email: "partial" } });
    const last = await disclose(world, [ada], {
      at: late,
      forms: { email: "clear", city: "bucket" },
    });
    await disclose(world, [ada], { channel: "shown", recipient: "care", delivery: undefined });

    const told = summarise(
      await world.db.scoped(world.scope, (tx) => occurrencesOf(tx, customers, ada)),
    );

    expect(told).toMatchObject([
      { recipient: "care", channels: ["shown"], waybills: [] },
      {
        recipient: "partner",
        fields: { city: ["bucket"], email: ["clear", "partial"] },
        first: early,
        last: late,
        times: 2,
      },
    ]);
    expect(told[1]?.waybills[0]?.waybillId).toBe(last);
  });
});

describe("what a recipient holds", () => {
  test("is counted once a customer, by purpose and forms, and named page by page", async () => {
    const { world } = scene;
    const many = Array.from({ length: 4000 }, (_, place) => BigInt(100_000 + place * 3));
    await disclose(world, many);
    await disclose(world, many.slice(0, 10), { forms: { city: "clear" } });
    await disclose(world, [1n], { recipient: "warehouse" });

    const held = await world.db.scoped(world.scope, (tx) =>
      holdingsOf(tx, "partner", { after: 100_003n, limit: 2 }),
    );

    expect(held.customers).toBe(4000);
    expect(held.holdings.map(({ customers: count }) => count).toSorted((a, b) => a - b)).toEqual([
      10, 4000,
    ]);
    expect(held.page).toEqual([100_006n, 100_009n]);
  });

  test("of one delivery is every customer that left with it, whatever the forms, in the order of ids", async () => {
    const { world } = scene;
    const waybillId = await disclose(world, [9n, 3n, 200_000n, 7n]);

    const ids = await world.db.scoped(world.scope, (tx) => idsOfDelivery(tx, waybillId));

    expect(ids).toEqual([3n, 7n, 9n, 200_000n]);
  });
});
