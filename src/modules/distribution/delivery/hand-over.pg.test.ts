/** Deliveries by webhook that end in the middle: what may have left is disclosed, and nothing else. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import {
  applyDestination,
  applyRoute,
  depsFor,
  makeClient,
  select,
} from "../../../../tests/distribution/scene.ts";
import { cuttingProxy } from "../../../../tests/support/cutting-proxy.ts";
import { testDatabase, testScope, type TestDatabase } from "../../../../tests/support/database.ts";
import { type Database, openDatabase } from "../../../platform/postgres/index.ts";
import { deliver, type DeliveryReport } from "./deliver.ts";
import type { DeliveryClient } from "./deps.ts";
import { listDeliveries } from "./list-deliveries.ts";
import { recoverDeliveries, type Recovered } from "./recover.ts";

let stack: AsyncDisposableStack;
/** The deliveries of a test are those behind it. */
let before = 0n;
let database: TestDatabase;
let client: DeliveryClient;
let dataDir = "";
let receiver: Server;
let url = "";
/** How many posts have come. */
let posts = 0;
/** What the receiver does with a post before it is answered; answers its status. */
let answer: (post: number, body: string) => Promise<number>;

beforeAll(async () => {
  database = await testDatabase({ poolSize: 8 });
  client = await makeClient(database.db, await testScope(database.db));
  // With the three of the scene 1,203 customers: posts of 500, 500 and 203 records, then the waybill.
  await database.db.scoped(client.scope, (tx) =>
    tx.run(
      `insert into customers (_id, customer_id, charges)
       select 1000 + n, 'C-' || n, 20 from generate_series(1, 1200) as n`,
    ),
  );
  const route = { destination: "to-hook", fields: ["customer_id"], totals: [] };
  await applyRoute(database.db, client.scope, { name: "hook", ...route });
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  const [last] = await listDeliveries(database.db, client.scope, { limit: 1 });
  before = last?.delivery ?? 0n;
  dataDir = await mkdtemp(path.join(tmpdir(), "waybill-hand-over-"));
  stack.defer(() => rm(dataDir, { recursive: true }));
  [posts, answer] = [0, () => Promise.resolve(204)];
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      posts += 1;
      void answer(posts, Buffer.concat(chunks).toString("utf8")).then((status) => {
        response.writeHead(status).end();
      });
    });
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  stack.defer(() => {
    receiver.closeAllConnections();
    receiver.close();
  });
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/in`;
  await applyHook(url);
});
afterEach(() => stack.disposeAsync());

async function applyHook(address: string): Promise<void> {
  await applyDestination(database.db, client.scope, {
    destination: "to-hook",
    recipient: "partner",
    kind: "webhook",
    url: address,
    secret: "env:HOOK_SECRET",
    allowPrivate: true,
  } as { destination: string });
}

function send(db: Database = database.db): Promise<DeliveryReport> {
  return deliver(depsFor(db, dataDir), { client, route: "hook", actor: "alice" });
}

function recover(): Promise<Recovered[]> {
  return recoverDeliveries(depsFor(database.db, dataDir), client);
}

/** The server notices a connection that is gone when it next writes to it, which may take a moment. */
async function untilRecovered(): Promise<Recovered[]> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const recovered = await recover();
    if (recovered.length > 0) {
      return recovered;
    }
    await sleep(25);
  }
  throw new Error("the delivery was not recovered");
}

/** By delivery: its state, how many customers its disclosure counts, and how many its lists have. */
async function disclosed(): Promise<unknown[]> {
  return await database.db.scoped(client.scope, (tx) =>
    tx.rows(
      `select j.state, d.customers::int as customers, max(upper(c.span))::int - 1 as last
         from _deliveries j
         left join _disclosures d on d.delivery = j.delivery
         left join _disclosed_customers c on c.disclosure = d.disclosure
        where j.delivery > $1
        group by j.delivery, d.disclosure order by j.delivery`,
      [before],
    ),
  );
}

const NOBODY = { customers: null, last: null };
const EVERYBODY = { customers: 1203, last: 2200 };

async function spooled(): Promise<string[]> {
  return await readdir(path.join(dataDir, "spool", "acme"));
}

test("a reply that is lost when a delivery is sealed leaves no disclosure: nothing has left", async () => {
  await using proxy = await cuttingProxy(database.url, /update _deliveries\s+set waybill/u);
  await using cut = await openDatabase({ url: proxy.url, poolSize: 4 });

  await expect(send(cut)).rejects.toMatchObject({ kind: "unavailable" });

  expect(proxy.cuts).toBe(1);
  expect(posts).toBe(0);
  expect(await disclosed()).toEqual([{ state: "failed", ...NOBODY }]);
  expect((await send()).records).toBe(1203);
  expect(await disclosed()).toMatchObject([{}, { state: "delivered", ...EVERYBODY }]);
});

test("a reply that is lost when a delivery is journalled as delivered changes nothing", async () => {
  await using proxy = await cuttingProxy(database.url, /set state = \$2,\s+finished_at/u);
  await using cut = await openDatabase({ url: proxy.url, poolSize: 4 });

  expect(await send(cut)).toMatchObject({ state: "delivered", isJournalled: true });

  expect(proxy.cuts).toBe(1);
  expect(await disclosed()).toEqual([{ state: "delivered", ...EVERYBODY }]);
  expect(await spooled()).toEqual([]);
});

test("a database that goes away at the very end does not make what has arrived fail", async () => {
  await using proxy = await cuttingProxy(database.url, /no such statement/u);
  await using cut = await openDatabase({ url: proxy.url, poolSize: 4 });
  answer = async (_, body) => {
    if (body.includes('"waybill":')) {
      await proxy[Symbol.asyncDispose]();
    }
    return 204;
  };

  const report = await send(cut);

  expect(report).toMatchObject({ state: "delivered", records: 1203, isJournalled: false });
  expect(await disclosed()).toEqual([{ state: "running", ...EVERYBODY }]);
  expect(await recover()).toMatchObject([{ delivery: report.delivery, state: "delivered" }]);
  const [entry] = await listDeliveries(database.db, client.scope, { limit: 1 });
  expect(entry).toMatchObject({ state: "delivered", waybill: report.waybill });
  expect(await spooled()).toEqual([]);
});

test("the log of a delivery that was ended is removed at the next start", async () => {
  const { delivery } = await send();
  for (const name of [`${delivery}.hand-over`, `${delivery}.hand-over.taken`]) {
    await writeFile(path.join(dataDir, "spool", "acme", name), "0\n");
  }

  expect(await recover()).toEqual([]);

  expect(await spooled()).toEqual([]);
});

test("a log that cannot be removed says nothing of the journal, and holds no later delivery up", async () => {
  const log = path.join(dataDir, "spool", "acme", `${before + 1n}.hand-over`);
  answer = async (_, body) => {
    if (body.includes('"waybill":')) {
      await rm(log);
      await mkdir(log);
    }
    return 204;
  };

  expect(await send()).toMatchObject({ delivery: before + 1n, isJournalled: true });

  expect(await recover()).toEqual([]);
  expect(posts).toBe(4);
  answer = () => Promise.resolve(204);
  expect((await send()).records).toBe(1203);
  expect(await disclosed()).toEqual([
    { state: "delivered", ...EVERYBODY },
    { state: "delivered", ...EVERYBODY },
  ]);
});

test("who is taken out at the last look is in no post, and all others are in one", async () => {
  const posted: string[] = [];
  answer = (_, body) => {
    posted.push(...(body.match(/"C-\d+"/gu) ?? []));
    return Promise.resolve(204);
  };
  const charge = (charges: number) =>
    database.db.scoped(client.scope, (tx) =>
      tx.run(
        `with changed as (update customers set charges = $1 where _id = 1600),
              head as (update _change_head set last = last + 1 returning last)
         insert into _changes (change, at, kind, dataset, row_id, customer, fields, actor)
         select last, now(), 'customer-changed', 'customers', 1600, 1600, '{charges}', 'test' from head`,
        [charges],
      ),
    );
  let asked = 0;
  const deps = depsFor(database.db, dataDir, {
    select: async (tx, request) => {
      asked += 1;
      // The first asks for the plan, the second looks whom time has changed.
      await (asked === 2 ? charge(1) : undefined);
      return await select(tx, request);
    },
  });

  const report = await deliver(deps, { client, route: "hook", actor: "alice" });
  await charge(20);

  expect(report.records).toBe(1202);
  expect([posted.length, posted.includes('"C-600"')]).toEqual([1202, false]);
  expect(await disclosed()).toEqual([{ state: "delivered", ...EVERYBODY, customers: 1202 }]);
});

test("a receiver that refuses in the middle was sent what it took and what it refused, and no more", async () => {
  answer = (post) => Promise.resolve(post === 2 ? 410 : 204);

  await expect(send()).rejects.toMatchObject({ code: "webhook-gone" });

  expect(await disclosed()).toEqual([{ state: "failed", customers: 1000, last: 1997 }]);
  expect(await spooled()).toEqual([]);
});

test("a receiver that was never reached was sent nothing", async () => {
  receiver.close();
  await once(receiver, "close");

  await expect(send()).rejects.toMatchObject({ code: "webhook-unavailable" });

  expect(await disclosed()).toEqual([{ state: "failed", ...NOBODY }]);
});

test("a process that is killed in the middle has sent what it had begun to post", async () => {
  const program = path.resolve("tests/distribution/interrupted-delivery.ts");
  const child = spawn(process.execPath, [program, database.url, dataDir, "hook"]);
  answer = (post) => {
    if (post === 2) {
      child.kill("SIGKILL");
    }
    return Promise.resolve(204);
  };
  await once(child, "exit");

  expect(await untilRecovered()).toMatchObject([{ state: "failed" }]);

  expect(await disclosed()).toEqual([{ state: "failed", customers: 1000, last: 1997 }]);
  expect(await spooled()).toEqual([]);
});

test("a delivery that is alive and was taken for dead, since its lock was lost, sends nothing more", async () => {
  answer = async (post) => {
    if (post === 1) {
      await database.db.control((tx) =>
        tx.rows(
          `select pg_terminate_backend(pid) from pg_locks
            where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
        ),
      );
      await untilRecovered();
    }
    return 204;
  };

  await expect(send()).rejects.toMatchObject({ code: "delivery-ended" });

  expect(posts).toBe(1);
  expect(await disclosed()).toEqual([{ state: "failed", customers: 500, last: 1497 }]);
  expect(await spooled()).toEqual([]);
});
