import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { textsOfSchema } from "../../../../tests/protection/texts-of-schema.ts";
import {
  disclose,
  erase,
  NOW,
  openRights,
  recordOf,
  type RightsScene,
  unite,
} from "../../../../tests/rights/scene.ts";
import { testDatabase, type TestDatabase } from "../../../../tests/support/database.ts";
import { ConflictError, must, NotFoundError } from "../../../kernel/index.ts";
import { readChanges } from "../../customers/index.ts";
import { tablesOf } from "../../contracts/index.ts";
import { PLACES } from "../places.ts";
import { requestStatus } from "../status.ts";
import { eraseData, prepareErasure } from "./erase.ts";
import { resumeErasures } from "./finish.ts";

let database: TestDatabase;
let scene: RightsScene;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  scene = await openRights(database.db);
});

/** Everything by which Ada is known, and what only she has. */
const OF_ADA = ["AL-1815", "crm-7", "lovelace", "ada@", "+4922812345"];

async function tracesOfAda(): Promise<string[]> {
  const texts = await textsOfSchema(scene.world.db, scene.world.scope);
  return texts.filter((text) =>
    OF_ADA.some((trace) => text.toLowerCase().includes(trace.toLowerCase())),
  );
}

const status = (request: string) =>
  scene.world.db.scoped(scene.world.scope, (tx) =>
    requestStatus(tx, { client: "acme", request, now: NOW }),
  );

describe("an erasure", () => {
  test("leaves nothing of the customer in any table, whatever was merged, changed, judged or refused", async () => {
    const { world } = scene;
    const ada = await unite(world, "AL-1815", "crm-7");
    await world.merge({
      source: "billing",
      dataset: must(world.catalogue.datasets[1], "customers"),
      rows: [{ values: { customer_no: "AL-1815", email: "ada@new.example", name: "Ada King" } }],
    });
    const { record } = await recordOf(world, "AL-1815");
    const { record: other } = await recordOf(world, "B-1");
    await world.query(
      `insert into _quarantine (intake, line, original, issues, at)
       values (1, 7, 'AL-1815;Ada Lovelace;not a date', '[]', now()), (1, 8, '{"tel": "0228 12345", "x": "crm-7"}', '[]', now()),
              (2, 9, 'x;"crm-7";y', '[]', now()), (1, 10, 'B-1;Bea;no', '[]', now())`,
    );
    await world.query("insert into _record_keys (record, keys) values ($1, '{5,9}')", [record]);
    await world.query("insert into _blocks (key, record) values (5, $1), (9, $1), (9, $2)", [
      record,
      other,
    ]);
    await world.query(
      `insert into _judgements (dataset, left_record, right_record, verdict, judge, who, reason, at)
       values ('customers', least($1, $2::bigint), greatest($1, $2), 'different', 'person', 'rev', 'Ada Lovelace is not Bea', now())`,
      [record, other],
    );
    await world.query(
      "insert into _pins (segment, member, direction, reason, pinned_at, pinned_by) values ('s', $1, 'in', 'Ada asked', now(), 'x')",
      [ada],
    );
    expect((await tracesOfAda()).length).toBeGreaterThan(10);

    const { erased } = await erase(scene, ada);

    expect(await tracesOfAda()).toEqual([]);
    expect(erased.rows).toMatchObject({
      customers: 1,
      customers__records: 2,
      orders: 3,
      _blocks: 2,
      _judgements: 1,
      _pins: 1,
      _quarantine: 3,
      _record_keys: 1,
      _redirects: 1,
    });
    expect(await world.query("select key from _blocks")).toEqual([{ key: 9n }]);
    expect(await world.query("select line from _quarantine where original <> ''")).toEqual([
      { line: 10n },
    ]);
  });

  test("leaves everybody else's rows as they were", async () => {
    const { world } = scene;
    const bea = "select * from customers where customer_no = 'B-1'";
    const before = await world.query(bea);

    await erase(scene, await unite(world, "AL-1815", "crm-7"));

    expect(await world.query(bea)).toEqual(before);
    expect(await world.query("select customer from orders")).toEqual([{ customer: "B-1" }]);
  });

  test("removes what another customer's history took from the records of one who was split off", async () => {
    const { world } = scene;
    const bea = await unite(world, "B-1", "AL-1815");
    const { record } = await recordOf(world, "AL-1815");
    const [fresh] = await world.query<{ id: bigint }>("select nextval('_ids') as id");
    const ada = must(fresh, "an id").id;
    await world.regroup([{ record, id: ada }]);
    expect((await world.golden())["B-1"]).toMatchObject({ name: "Bea Bell" });

    await erase(scene, ada);
    await erase(scene, (await recordOf(world, "crm-7")).customer);

    expect(await tracesOfAda()).toEqual([]);
    expect((await world.golden())["B-1"]).toMatchObject({ name: "Bea Bell" });
    expect(await world.query("select _id as id from customers")).toEqual([{ id: bea }]);
  });

  test("tells the change log last, and the ledger without saying who it was", async () => {
    const { world } = scene;
    const { customer } = await recordOf(world, "AL-1815");
    const { prepared } = await erase(scene, customer);

    const changes = await world.db.scoped(world.scope, (tx) => readChanges(tx, 0n, 1000));
    expect(changes.at(-1)).toMatchObject({ kind: "customer-erased", rowId: customer, customer });
    const noted = await world.query<{ entry: string }>("select entry from _ledger_inbox");
    expect(new Set(noted.map(({ entry }) => JSON.parse(entry).kind))).toEqual(
      new Set(["right-requested", "customer-erased", "subject-keys-destroyed"]),
    );
    expect(JSON.stringify(noted)).not.toContain(`"${customer}"`);
    expect((await status(prepared.request)).request).toMatchObject({ state: "done" });
  });

  test("finds the customer by an id that was merged into it", async () => {
    const { world } = scene;
    const { customer: former } = await recordOf(world, "crm-7");
    await unite(world, "AL-1815", "crm-7");

    await erase(scene, former);

    expect(await tracesOfAda()).toEqual([]);
  });

  test("of somebody who was erased says by which request", async () => {
    const { customer } = await recordOf(scene.world, "AL-1815");
    const { prepared } = await erase(scene, customer);

    const again = prepareErasure(scene.deps, { client: scene.client, customer });

    await expect(again).rejects.toThrow(NotFoundError);
    await expect(again).rejects.toMatchObject({
      hint: expect.stringContaining(prepared.request),
    });
  });

  test("is refused when the customer has changed since it was prepared, and does nothing", async () => {
    const { world, deps, client } = scene;
    const { customer } = await recordOf(world, "AL-1815");
    const input = { client, customer, reason: "asked", actor: "cli:tester" };
    const prepared = await prepareErasure(deps, input);
    await unite(world, "AL-1815", "crm-7");

    await expect(eraseData(deps, input, prepared)).rejects.toThrow(ConflictError);
    expect(await world.query("select request from _rights_requests")).toEqual([]);
  });

  test("of one customer by two at once is done once", async () => {
    const { world, deps, client } = scene;
    const { customer } = await recordOf(world, "AL-1815");
    const input = { client, customer, reason: "asked", actor: "cli:tester" };
    const [one, two] = [await prepareErasure(deps, input), await prepareErasure(deps, input)];

    const ends = await Promise.allSettled([
      eraseData(deps, input, one),
      eraseData(deps, input, two),
    ]);

    expect(ends.map(({ status: end }) => end).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await world.query("select request from _rights_requests")).toHaveLength(1);
  });
});

describe("keys", () => {
  test("that were not destroyed, because the process died, are destroyed by the next who looks", async () => {
    const { world, deps, client } = scene;
    const { customer } = await recordOf(world, "AL-1815");
    const input = { client, customer, reason: "asked", actor: "cli:tester" };
    const handle = deps.protection.handleOf(["ledger", String(customer)]);
    const [secret] = await deps.protection.secretsOf([handle], "ledger subject");
    const prepared = await prepareErasure(deps, input);
    await eraseData(deps, input, prepared);
    expect((await status(prepared.request)).request.state).toBe("keys");

    await resumeErasures(deps, { client, actor: "job:rights" });

    expect(secret).toBeDefined();
    expect(await deps.protection.secretsOf([handle], "ledger subject")).toEqual([undefined]);
    const { request } = await status(prepared.request);
    expect(request).toMatchObject({ state: "done", keysDestroyed: BigInt(request.handles.length) });
    await resumeErasures(deps, { client, actor: "job:rights" });
    expect(
      await world.query("select entry from _ledger_inbox where entry like '%keys-destroyed%'"),
    ).toHaveLength(1);
  });
});

describe("what an erasure does to a table", () => {
  test("is written down for every table of a client", async () => {
    const { world } = scene;
    const datasets = new Set(tablesOf(world.catalogue).map(({ name }) => name));
    const tables = await world.query<{ name: string }>(
      `select c.relname as name from pg_catalog.pg_class c
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = current_schema() and c.relkind = 'r' and c.relname !~ '^_stage_'`,
    );
    const named = tables.map(({ name }) => name).filter((name) => !datasets.has(name));

    expect(named.filter((name) => !(name in PLACES) && !/migrations/u.test(name))).toEqual([]);
    expect(Object.keys(PLACES).filter((name) => !named.includes(name))).toEqual([]);
  });
});

describe("the index of disclosures", () => {
  test("lets an erasure owe one obligation to each recipient, for all that was ever merged into the customer", async () => {
    const { world } = scene;
    const [one, two] = [await recordOf(world, "AL-1815"), await recordOf(world, "crm-7")];
    await disclose(world, [one.customer]);
    await disclose(world, [two.customer], { recipient: "warehouse" });
    await disclose(world, [two.customer], { recipient: "care", channel: "shown" });
    const ada = await unite(world, "AL-1815", "crm-7");
    await disclose(world, [ada]);

    const { prepared } = await erase(scene, ada);

    const { request, obligations } = await status(prepared.request);
    expect(request.state).toBe("informing");
    expect(obligations.map(({ recipient, state }) => [recipient, state])).toEqual([
      ["partner", "open"],
      ["warehouse", "open"],
    ]);
    expect(await tracesOfAda()).toEqual([]);
  });

  test("lets an erasure reach who is sent the customer while it is under way", async () => {
    const { world, deps } = scene;
    const { customer } = await recordOf(world, "AL-1815");
    await disclose(world, [customer]);
    let isSent = false;
    const sealer: typeof deps.protection.sealer = async (handles) => {
      if (!isSent) {
        isSent = true;
        await disclose(world, [customer], { recipient: "warehouse" });
      }
      return await deps.protection.sealer(handles);
    };

    const { prepared } = await erase(
      { ...scene, deps: { ...deps, protection: { ...deps.protection, sealer } } },
      customer,
    );

    const { obligations } = await status(prepared.request);
    expect(obligations.map(({ recipient }) => recipient)).toEqual(["partner", "warehouse"]);
    expect(await world.query("select request from _rights_requests")).toHaveLength(1);
  });
});
