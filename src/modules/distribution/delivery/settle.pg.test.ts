/** Deliveries whose customers change without pause: they leave all the same, without who may not be sent any more. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { depsFor, makeClient, signer } from "../../../../tests/distribution/scene.ts";
import { testDatabase, testScope, type TestDatabase } from "../../../../tests/support/database.ts";
import { must } from "../../../kernel/index.ts";
import { SaltSequence } from "../../ledger/index.ts";
import { readPayload, payloadAt } from "../payload/read-payload.ts";
import { verifyWaybill } from "../waybill/verify.ts";
import { deliver, type DeliveryReport } from "./deliver.ts";
import type { DeliveryClient, DeliveryDeps } from "./deps.ts";
import { readDeliverySecret } from "./secret.ts";
import { selectCustomers } from "./select-customers.ts";

let database: TestDatabase;
let client: DeliveryClient;
let dataDir = "";

beforeAll(async () => {
  database = await testDatabase({ poolSize: 8 });
  client = await makeClient(database.db, await testScope(database.db));
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "waybill-settle-"));
  // With the three of the scene that the routes choose 2,003.
  await run(
    `delete from customers where _id > 1000;
     insert into customers (_id, customer_id, note, charges, tags)
     select 1000 + n, 'D-' || n, E'"a"\\tb\\\\, ' || n, 20.05, array['x', '"', 'a,b']
       from generate_series(1, 2000) as n`,
  );
});
afterEach(() => rm(dataDir, { recursive: true }));

async function run(sql: string): Promise<void> {
  await database.db.scoped(client.scope, (tx) => tx.run(sql));
}

/** A customer is chosen no more. */
async function drop(customer: number): Promise<void> {
  await database.db.scoped(client.scope, (tx) =>
    tx.run(
      `with changed as (update customers set charges = 1 where _id = $1),
            head as (update _change_head set last = last + 1 returning last)
       insert into _changes (change, at, kind, dataset, row_id, customer, fields, actor)
       select last, now(), 'customer-changed', 'customers', $1, $1, '{charges}', 'test' from head`,
      [customer],
    ),
  );
}

async function send(route: string, changes: Partial<DeliveryDeps>): Promise<DeliveryReport> {
  const deps = depsFor(database.db, dataDir, { select: selectCustomers, ...changes });
  return await deliver(deps, { client, route, actor: "job" });
}

/** The customers in a payload; its waybill describes it, and nothing else is left beside it. */
async function sentIn(report: DeliveryReport): Promise<ReadonlySet<string>> {
  const waybillFile = must(report.waybillFile, "delivered");
  const { waybillId, payload, fields } = must(report.waybill, "delivered");
  const file = path.join(path.dirname(waybillFile), payload.file);
  const secret = await readDeliverySecret(database.db, client.scope, waybillId);
  const { checks } = await verifyWaybill({
    waybillBytes: await readFile(waybillFile),
    payload: payloadAt(file),
    publicKey: signer.publicKey,
    salts: new SaltSequence(secret, "records"),
  });
  const open = checks.filter(({ outcome }) => outcome !== "passed").map(({ name }) => name);
  expect(open).toEqual(["receipt", "ledger"]);
  expect(await readdir(path.dirname(waybillFile))).toHaveLength(2);
  const sent = new Set<string>();
  for await (const [id] of readPayload({ path: file, format: payload.format, fields })) {
    sent.add(String(id));
  }
  return sent;
}

test.each(["csv", "jsonl", "parquet"])(
  "of a delivery as %s somebody is taken out at each look, and at the last before anybody else can change",
  async (format) => {
    const leavers = [1001, 1500, 2000];
    let isPlanned = false;
    const report = await send(`list-${format}`, {
      select: async (tx, request) => {
        const leaver = isPlanned && request.members === undefined ? leavers.shift() : undefined;
        if (leaver !== undefined) {
          await drop(leaver);
        }
        isPlanned = true;
        return await selectCustomers(tx, request);
      },
    });

    expect(leavers).toEqual([]);
    const sent = await sentIn(report);
    expect([sent.size, report.records]).toEqual([2000, 2000]);
    expect(["D-1", "D-500", "D-1000"].filter((id) => sent.has(id))).toEqual([]);
    expect(
      await database.db.scoped(client.scope, (tx) =>
        tx.row("select customers::int as customers from _disclosures where delivery = $1", [
          must(report.delivery, "delivered"),
        ]),
      ),
    ).toEqual({ customers: 2000 });
  },
);

test("nobody leaves whose change was committed before the signature, however many change meanwhile", async () => {
  const dropped: number[] = [];
  let atSignature = 0;
  const delivery = { isDone: false };
  const writing = (async () => {
    for (let customer = 1001; customer <= 3000 && !delivery.isDone; customer += 1) {
      await drop(customer);
      dropped.push(customer);
    }
  })();

  const report = await send("list-csv", {
    signer: {
      ...signer,
      get privateKey() {
        atSignature = dropped.length;
        return signer.privateKey;
      },
    },
  });
  delivery.isDone = true;
  await writing;

  const sent = await sentIn(report);
  const beforeIt = dropped.slice(0, atSignature).map((customer) => `D-${customer - 1000}`);
  expect(beforeIt.length).toBeGreaterThan(3);
  expect(beforeIt.filter((id) => sent.has(id))).toEqual([]);
  expect(sent.size).toBeGreaterThan(0);
});
