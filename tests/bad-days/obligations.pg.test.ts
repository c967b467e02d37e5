/** A recipient that refuses, takes, and then is late: what a server does about it by itself. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { expect, onTestFinished, test, vi } from "vitest";
import { openContext } from "../../src/entry/context.ts";
import { deliveryDeps } from "../../src/entry/delivering.ts";
import { openRights } from "../../src/entry/rights.ts";
import { startKeepingRights } from "../../src/entry/worker/rights.ts";
import { FixedClock } from "../../src/kernel/index.ts";
import { getClient } from "../../src/modules/contracts/index.ts";
import { deliver } from "../../src/modules/distribution/index.ts";
import { destroyKeys, eraseData, prepareErasure } from "../../src/modules/rights/index.ts";
import { Metrics } from "../../src/platform/http/index.ts";
import { createLog } from "../../src/platform/logging/index.ts";
import { HOOK_SECRET } from "../distribution/scene.ts";
import { testDatabase } from "../support/database.ts";
import { customerIds, dataDirectory, openShop, scopeOf } from "./shop.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

interface Hook extends AsyncDisposable {
  readonly url: string;
  /** What is answered from now on. */
  status: number;
  /** The ids of the notices that came, also of those that were refused. */
  readonly notices: string[];
}

async function openHook(): Promise<Hook> {
  const notices: string[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      if (typeof body === "object" && body !== null && "notice" in body) {
        notices.push(String(request.headers["webhook-id"]));
      }
      response.writeHead(hook.status, { connection: "close" }).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const hook: Hook = {
    url: `http://127.0.0.1:${port}/hook`,
    status: 200,
    notices,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
  return hook;
}

test(
  "a server sends an obligation to a webhook until it is taken, and notes in the ledger, once, that it is late",
  { timeout: 90_000 },
  async () => {
    await using database = await testDatabase({ poolSize: 2 });
    await using keys = await testDatabase({ poolSize: 1 });
    await using data = await dataDirectory();
    await using hook = await openHook();
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("WAYBILL_KEYS_URL", keys.url);
    vi.stubEnv("SHOP_SECRET", HOOK_SECRET);
    const at = { data: data.path, database: database.url };
    const webhook = { kind: "webhook", url: hook.url, secret: "env:SHOP_SECRET" };
    await openShop({ ...at, destination: { ...webhook, allowPrivate: true } });
    const clock = new FixedClock(new Date());
    const pass = (ms: number): void => clock.set(new Date(clock.now().getTime() + ms));
    await using context = await openContext({ ...at, clock });
    const client = await getClient(context.db, "shop");
    await deliver(await deliveryDeps(context), { client, route: "letters", actor: "test" });
    const { deps } = await openRights(context, client);
    const [ada = ""] = await customerIds(database.db);
    const input = { client, customer: BigInt(ada), reason: "asked by letter", actor: "test" };
    const prepared = await prepareErasure(deps, input);
    await eraseData(deps, input, prepared);
    await destroyKeys(deps, { client, request: prepared.request, actor: "test" });
    const scope = await scopeOf(database.db);
    const noted = async (): Promise<string[]> => {
      const rows = await database.db.scoped(scope, (tx) =>
        tx.rows<{ state: string }>(
          `select entry::jsonb #>> '{obligation,state}' as state from _ledger_inbox
            where entry::jsonb ->> 'kind' = 'obligation-changed' order by noted`,
        ),
      );
      return rows.map(({ state }) => state);
    };
    const lines: string[] = [];
    const log = createLog({ to: { write: (line) => void lines.push(line) } });
    /** A server that runs until the ledger has heard of so many states. @returns its figures */
    const serve = async (states: readonly string[]): Promise<string> => {
      const metrics = new Metrics();
      await using _keeping = startKeepingRights({ context, log, metrics });
      await expect.poll(noted, { timeout: 10_000 }).toEqual(states);
      const figures = async (): Promise<string> => (await metrics.text()).body;
      await expect.poll(figures, { timeout: 10_000 }).toContain('state="overdue"');
      return await figures();
    };

    hook.status = 400;
    await serve(["open", "failed"]);
    expect(hook.notices).toHaveLength(1);
    hook.status = 200;
    await serve(["open", "failed"]);
    expect(hook.notices).toHaveLength(1);
    pass(2 * MINUTE_MS);
    await serve(["open", "failed", "sent"]);
    expect(hook.notices).toHaveLength(2);
    expect(new Set(hook.notices).size).toBe(1);
    expect(lines).toEqual([]);

    pass(31 * DAY_MS);
    const states = ["open", "failed", "sent", "overdue"];
    expect(await serve(states)).toContain('waybill_obligations{client="shop",state="overdue"} 1');
    await serve(states);
    expect(hook.notices).toHaveLength(2);
    expect(lines.join("\n")).toContain("obligations-overdue");
  },
);
