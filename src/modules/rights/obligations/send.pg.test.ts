import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
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
import { ConflictError, must, NotFoundError, UnavailableError } from "../../../kernel/index.ts";
import type { Notice } from "../../../protocol/rights/index.ts";
import { customers } from "../../../../tests/support/catalogue.ts";
import type { SentNotice } from "../../distribution/index.ts";
import { requestStatus, type ShownObligation } from "../status.ts";
import { noteOverdue } from "./overdue.ts";
import { delayAfter, sendNotices, type Sent, type Tell } from "./send.ts";
import { settleObligation } from "./settle.ts";

let database: TestDatabase;
let scene: RightsScene;

beforeAll(async () => {
  database = await testDatabase({ poolSize: 6 });
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  scene = await openRights(database.db);
});

/** A recipient that takes every notice. */
function taker(): { readonly tell: Tell; readonly taken: SentNotice[] } {
  const taken: SentNotice[] = [];
  return {
    taken,
    tell: (notice) => {
      taken.push(notice);
      return Promise.resolve("folder");
    },
  };
}

const unavailable: Tell = () =>
  Promise.reject(new UnavailableError("webhook-unavailable", "it did not answer"));

const send = (tell: Tell): Promise<Sent> =>
  sendNotices(scene.deps, { client: scene.client, actor: "worker:rights", tell });

/** Lets milliseconds pass. */
function pass(ms: number): void {
  const { clock } = scene.deps;
  clock.set(new Date(clock.now().getTime() + ms));
}

const readNotice = ({ bytes }: SentNotice): Notice => JSON.parse(bytes.toString("utf8"));

async function obligationsOf(request: string, now = NOW): Promise<readonly ShownObligation[]> {
  const { world } = scene;
  const { obligations } = await world.db.scoped(world.scope, (tx) =>
    requestStatus(tx, { client: "acme", request, now }),
  );
  return obligations;
}

async function statesNoted(): Promise<string[]> {
  const rows = await scene.world.query<{ state: string }>(
    `select entry::jsonb -> 'obligation' ->> 'state' as state from _ledger_inbox
      where entry like '%obligation-changed%' order by noted`,
  );
  return rows.map(({ state }) => state);
}

async function eraseAda(): Promise<string> {
  const { customer } = await recordOf(scene.world, "AL-1815");
  return (await erase(scene, customer)).prepared.request;
}

describe("a notice", () => {
  test("names the customer by the identifiers that the recipient was sent, with their values of then", async () => {
    const { world } = scene;
    const { customer } = await recordOf(world, "AL-1815");
    await disclose(world, [customer], { forms: { email: "clear", name: "clear", city: "clear" } });
    const rows = [{ values: { customer_no: "AL-1815", email: "ada@new.example", name: "Ada" } }];
    await world.merge({ source: "billing", dataset: customers, rows });
    const waybill = await disclose(world, [customer], {
      recipient: "warehouse",
      forms: { email: "clear" },
    });
    await eraseAda();
    const { tell, taken } = taker();

    await send(tell);

    const [partner, warehouse] = taken
      .map(readNotice)
      .toSorted((a, b) => (a.recipient < b.recipient ? -1 : 1));
    expect(must(partner, "one").customer).toEqual({ clear: { email: ["ada@lovelace.example"] } });
    expect(must(partner, "one").fields).toEqual(["city", "email", "name"]);
    expect(must(warehouse, "two")).toMatchObject({
      kind: "erase",
      customer: { clear: { email: ["ada@new.example"] } },
      waybills: [waybill],
    });
  });

  test("to who was sent pseudonyms alone names the customer by those that policy made", async () => {
    const { customer } = await recordOf(scene.world, "AL-1815");
    await disclose(scene.world, [customer], { forms: { email: "pseudonym", city: "clear" } });
    await eraseAda();
    const { tell, taken } = taker();

    await send(tell);

    const { customer: named } = readNotice(must(taken[0], "one notice"));
    expect(named.clear).toBeUndefined();
    expect(named.pseudonym?.["email"]).toHaveLength(1);
    expect(JSON.stringify(named)).not.toMatch(/ada|lovelace/iu);
  });

  test("to who was sent nothing that identifies names the place of the record in the delivery", async () => {
    const { customer: before } = await recordOf(scene.world, "AL-1815");
    const { customer } = await recordOf(scene.world, "crm-7");
    const waybillId = await disclose(scene.world, [customer, customer + 5n, before], {
      forms: { city: "clear" },
    });
    await erase(scene, customer);
    const { tell, taken } = taker();

    await send(tell);

    expect(readNotice(must(taken[0], "one notice")).customer).toEqual({
      records: [{ waybillId, record: 1 }],
    });
  });

  test("rests sealed until it is settled, and is gone then", async () => {
    const { world, deps, client } = scene;
    await disclose(world, [(await recordOf(world, "AL-1815")).customer]);
    const request = await eraseAda();
    const stored = () => world.query<{ notice: Buffer | null }>("select notice from _obligations");
    expect((await stored())[0]?.notice?.toString("latin1")).not.toContain("lovelace");

    const [obligation] = await obligationsOf(request);
    await settleObligation(deps, {
      client,
      obligation: must(obligation, "one").obligation,
      state: "acknowledged",
      note: "by telephone",
      actor: "cli:tester",
    });

    expect(await stored()).toEqual([{ notice: null }]);
    expect((await obligationsOf(request))[0]).toMatchObject({
      state: "acknowledged",
      note: "by telephone",
    });
  });
});

describe("sending", () => {
  test("is tried again later and later until it is taken, and the ledger hears of each state once", async () => {
    await disclose(scene.world, [(await recordOf(scene.world, "AL-1815")).customer]);
    const request = await eraseAda();
    expect(await send(unavailable)).toEqual({ sent: 0, failed: 1 });
    expect((await obligationsOf(request))[0]).toMatchObject({
      state: "failed",
      failure: "it did not answer",
      nextAttemptAt: new Date(NOW.getTime() + delayAfter(1)),
    });
    expect(await send(unavailable)).toEqual({ sent: 0, failed: 0 });
    pass(delayAfter(1));
    expect(await send(unavailable)).toEqual({ sent: 0, failed: 1 });
    pass(delayAfter(2));
    const { tell, taken } = taker();
    expect(await send(tell)).toEqual({ sent: 1, failed: 0 });

    expect(taken).toHaveLength(1);
    expect(await statesNoted()).toEqual(["open", "failed", "sent"]);
    pass(365 * 86_400_000);
    expect(await send(tell)).toEqual({ sent: 0, failed: 0 });
  });

  test("by two at once sends each notice once", async () => {
    const { world } = scene;
    const { customer } = await recordOf(world, "AL-1815");
    for (const recipient of ["partner", "warehouse", "third", "fourth"]) {
      await disclose(world, [customer], { recipient });
    }
    await eraseAda();
    const { tell, taken } = taker();

    const both = await Promise.all([send(tell), send(tell)]);

    expect(both.reduce((sum, { sent }) => sum + sent, 0)).toBe(4);
    expect(new Set(taken.map(({ id }) => id)).size).toBe(4);
  });

  test("that died before it was written down is done again under the same number", async () => {
    await disclose(scene.world, [(await recordOf(scene.world, "AL-1815")).customer]);
    await eraseAda();
    const { tell, taken } = taker();
    const dying: Tell = async (notice, to) => {
      await tell(notice, to);
      await scene.world.query("update _obligations set obligation = obligation");
      return await new Promise(() => {});
    };
    void send(dying);
    await expect.poll(() => taken.length).toBe(1);

    expect(await send(tell)).toEqual({ sent: 0, failed: 0 });
    pass(16 * 60_000);
    expect(await send(tell)).toEqual({ sent: 1, failed: 0 });

    expect(taken[1]).toEqual(taken[0]);
  });

  test("where no destination leads to the recipient any more loses nothing: its contacts stay, and it is late one day", async () => {
    const { world, deps, client } = scene;
    await world.query(
      `update _definitions set body = jsonb_set(body, '{agreement,contacts}',
         '[{"for": "privacy", "name": "Ilse", "email": "ilse@partner.example"}]') where name = 'partner'`,
    );
    await disclose(world, [(await recordOf(world, "AL-1815")).customer]);
    await world.query(
      "insert into _definitions (kind, name, version, sha256, applied_at, applied_by) values ('recipient', 'partner', 2, '', now(), 'x')",
    );
    const request = await eraseAda();
    const nowhere: Tell = () =>
      Promise.reject(
        new NotFoundError("no-destination", "no destination leads to partner any more"),
      );

    expect(await send(nowhere)).toEqual({ sent: 0, failed: 1 });

    const [obligation] = await obligationsOf(request, new Date(NOW.getTime() + 40 * 86_400_000));
    pass(40 * 86_400_000);
    const lateNow = () => noteOverdue(deps, { client, actor: "worker:rights" });
    expect(await Promise.all([lateNow(), lateNow()])).toEqual(expect.arrayContaining([0, 1]));
    expect(await lateNow()).toBe(0);
    expect(await statesNoted()).toEqual(["open", "failed", "overdue"]);
    expect(obligation).toMatchObject({
      state: "overdue",
      contacts: [{ name: "Ilse", email: "ilse@partner.example" }],
    });
    const settle = () =>
      settleObligation(deps, {
        client,
        obligation: must(obligation, "one").obligation,
        state: "waived",
        note: "the firm was dissolved",
        actor: "cli:tester",
      });
    await settle();
    await expect(settle()).rejects.toThrow(ConflictError);
    expect(await world.query("select state from _rights_requests")).toEqual([{ state: "done" }]);
  });

  test("waits twice as long after each failure, and never more than six hours", () => {
    expect([1, 2, 3, 10, 1000].map((attempts) => delayAfter(attempts) / 60_000)).toEqual([
      1, 2, 4, 360, 360,
    ]);
  });
});

test("a customer that was merged is named to each recipient by what that one was sent of it", async () => {
  const { world } = scene;
  const former = (await recordOf(world, "crm-7")).customer;
  await disclose(world, [former], { recipient: "warehouse", forms: { email: "clear" } });
  await erase(scene, await unite(world, "AL-1815", "crm-7"));
  const { tell, taken } = taker();

  await send(tell);

  expect(readNotice(must(taken[0], "one")).customer.clear?.["email"]).toContain("ada@old.example");
});
