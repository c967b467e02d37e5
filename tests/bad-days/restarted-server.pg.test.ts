/** A PostgreSQL that goes down at once, without a word to anybody, and comes back. */
import { expect, onTestFinished, test } from "vitest";
import {
  type Database,
  type Embedded,
  openDatabase,
  startEmbedded,
} from "../../src/platform/postgres/index.ts";
import { runWaybill, signalTo, startWaybill } from "../end-to-end/waybill-process.ts";
import {
  atPartner,
  customerIds,
  dataDirectory,
  journals,
  openShop,
  scopeOf,
  succeed,
} from "./shop.ts";

/** What was committed is with the kernel, which outlives the server: the machine does not go down here. */
const SETTINGS = { fsync: "off", full_page_writes: "off" };
/** What `pg_ctl stop -m immediate` sends: every process of the server ends where it stands. */
const IMMEDIATE = "SIGQUIT";

const start = (dataDir: string): Promise<Embedded> =>
  startEmbedded({ dataDir, settings: SETTINGS });

/** Locks the head of the change log: deliveries and erasures wait for it with everything else done. */
async function holdChanges(db: Database): Promise<AsyncDisposable> {
  const release = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holding = db
    .scoped(await scopeOf(db), async (tx) => {
      await tx.run("select from _change_head for update");
      held.resolve();
      await release.promise;
    })
    .catch((error: unknown) => held.reject(error));
  await held.promise;
  return {
    async [Symbol.asyncDispose]() {
      release.resolve();
      await holding;
    },
  };
}

/** Until so many wait for a lock. */
async function untilWaiting(db: Database, wanted: number): Promise<void> {
  const waiting = (): Promise<number> =>
    db.control(async (tx) => {
      const { count } = await tx.row<{ count: number }>(
        `select count(*)::int as count from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return count;
    });
  await expect.poll(waiting, { timeout: 40_000, interval: 50 }).toBe(wanted);
}

test(
  "a delivery that is staged and an erasure that is nearly done fail clearly when PostgreSQL is restarted, and are done when repeated",
  { timeout: 120_000 },
  async () => {
    await using data = await dataDirectory();
    await using stack = new AsyncDisposableStack();
    const options = { data: data.path };
    const server = await start(data.path);
    stack.defer(() => server.stop());
    await openShop(options);
    await succeed(["deliver", "shop", "letters"], options);
    const before = await openDatabase({ url: server.url, poolSize: 2 });
    stack.use(before);
    const [ada = ""] = await customerIds(before);
    const erase = ["rights", "erase", "shop", ada, "--reason", "asked by letter"];
    const deliver = ["deliver", "shop", "letters"];
    const hold = await holdChanges(before);
    stack.use(hold);
    // The erasure first: it waits for a lock as long as it takes, a delivery only for ten seconds.
    const children = [];
    for (const command of [erase, deliver]) {
      const child = startWaybill(command, options);
      onTestFinished(() => child.kill("SIGKILL"));
      children.push(child);
      await untilWaiting(before, children.length);
    }

    signalTo(server.pid, IMMEDIATE);

    for (const { code, stderr } of await Promise.all(children.map(({ ended }) => ended))) {
      expect(code).toBe(7);
      expect(stderr).toMatch(/the database (?:cannot go on at present|does not answer)/u);
    }
    const again = await start(data.path);
    stack.defer(() => again.stop());
    await using db = await openDatabase({ url: again.url, poolSize: 2 });
    expect(await atPartner(data.path)).toMatchObject({ payloads: 1, waybills: 1, notices: 0 });
    expect(await journals(db)).toMatchObject({ customers: 2, requests: null, waybills: 1 });
    await succeed(erase, options);
    await succeed(deliver, options);

    expect(await runWaybill(erase, options)).toMatchObject({ code: 4 });
    expect(await atPartner(data.path)).toEqual({ payloads: 2, waybills: 2, notices: 1, others: 0 });
    expect(await journals(db)).toMatchObject({
      customers: 1,
      deliveries: ["delivered", "failed", "delivered"],
      waybills: 2,
      disclosed: ["delivered", "delivered"],
      requests: ["informing"],
      obligations: ["sent"],
      erased: 1,
      noted: { "delivery-sealed": 2, "customer-erased": 1, "subject-keys-destroyed": 1 },
    });
  },
);
