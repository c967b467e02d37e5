import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  NOW,
  agreement,
  applyDestination,
  applyRoute,
  depsFor,
  folder,
  makeClient,
  signer,
} from "../../../../tests/distribution/scene.ts";
import { testDatabase, testScope, type TestDatabase } from "../../../../tests/support/database.ts";
import {
  CancelledError,
  ConflictError,
  FixedClock,
  NotFoundError,
  RefusedError,
  must,
} from "../../../kernel/index.ts";
import { publicKeyPem, SaltSequence } from "../../ledger/index.ts";
import { deliver, type DeliverInput, type DeliveryReport } from "./deliver.ts";
import type { DeliveryClient, DeliveryDeps } from "./deps.ts";
import { idsOfDelivery } from "../disclosure/of-recipient.ts";
import { listDeliveries } from "./list-deliveries.ts";
import { readDeliverySecret } from "./secret.ts";
import { recoverDeliveries } from "./recover.ts";
import type { JournalEntry } from "../store/deliveries.ts";
import { selectCustomers } from "./select-customers.ts";
import { payloadAt } from "../payload/read-payload.ts";
import { receiptBytes } from "../waybill/document.ts";
import { verifyWaybill } from "../waybill/verify.ts";
import { showRecord } from "./show-record.ts";

let database: TestDatabase;
let client: DeliveryClient;
let dataDir = "";

beforeAll(async () => {
  database = await testDatabase({ poolSize: 8 });
  client = await makeClient(database.db, await testScope(database.db));
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), "waybill-deliver-"));
});
afterEach(async () => {
  await rm(dataDir, { recursive: true });
});

async function send(
  route: string,
  { deps, ...input }: Partial<DeliverInput> & { deps?: Partial<DeliveryDeps> } = {},
): Promise<DeliveryReport> {
  return await deliver(depsFor(database.db, dataDir, deps), {
    client,
    route,
    actor: "alice",
    ...input,
  });
}

/** Every file below the data directory, by its path. */
async function files(): Promise<string[]> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dataDir, path.join(entry.parentPath, entry.name)))
    .toSorted();
}

async function outbox(): Promise<string[]> {
  return (await files()).filter((file) => file.startsWith("outbox"));
}

async function lastEntry(): Promise<JournalEntry> {
  const [entry] = await listDeliveries(database.db, client.scope, { limit: 1 });
  return must(entry, "something was delivered");
}

function secretOf(waybillId: string): Promise<Buffer> {
  return readDeliverySecret(database.db, client.scope, waybillId);
}

function payloadOf(report: DeliveryReport): string {
  const { file } = must(report.waybill, "delivered").payload;
  return path.join(path.dirname(must(report.waybillFile, "delivered")), file);
}

describe("a delivery into a folder", () => {
  test("leaves the payload and a waybill that verifies with key, payload and secret", async () => {
    const report = await send("list-csv");

    const waybill = must(report.waybill, "delivered");
    const payload = payloadOf(report);
    const secret = await secretOf(waybill.waybillId);
    const waybillBytes = await readFile(must(report.waybillFile, "delivered"));
    const { publicKey } = signer;
    const verification = await verifyWaybill({
      waybillBytes,
      payload: payloadAt(payload),
      publicKey,
      salts: new SaltSequence(secret, "records"),
    });
    expect(
      verification.checks.filter(({ outcome }) => outcome !== "passed").map(({ name }) => name),
    ).toEqual(["receipt", "ledger"]);
    expect(await outbox()).toEqual([
      `outbox/partner/list-csv-20260301T060000Z-${report.delivery}.csv`,
      `outbox/partner/list-csv-20260301T060000Z-${report.delivery}.waybill.json`,
    ]);
    expect(report).toMatchObject({
      records: 3,
      totals: { charges: "100000039.85", tenure: "9007199254741004" },
    });
  });

  test("holds exactly the fields named, of exactly the customers chosen, in the order of their ids", async () => {
    const report = await send("list-csv");

    expect(await readFile(payloadOf(report), "utf8")).toBe(
      "customer_id,note,tenure,charges,active,born,seen,tags\r\n" +
        `C-10,"'=HYPERLINK(""http://evil.example"")",12,29.85,true,1980-02-29,2026-01-31T22:59:59.123456Z,"[""gold"",""a,b""]"\r\n` +
        'C-20,,-1,10.01,false,2001-12-31,2026-02-01T00:00:00.000000Z,"[]"\r\n' +
        'C-30,"",9007199254740993,99999999.99,,,,\r\n',
    );
    for (const file of await files()) {
      expect(await readFile(path.join(dataDir, file), "utf8")).not.toContain("private.example");
    }
  });

  test("as JSON Lines keeps types and digits", async () => {
    const [first] = (await readFile(payloadOf(await send("list-jsonl")), "utf8")).split("\n");

    expect(first).toBe(
      '{"customer_id":"C-10","note":"=HYPERLINK(\\"http://evil.example\\")","tenure":12,"charges":29.85,' +
        '"active":true,"born":"1980-02-29","seen":"2026-01-31T22:59:59.123456Z","tags":["gold","a,b"]}',
    );
  });

  test("as Parquet is read back by DuckDB with typed columns and passes the verifier", async () => {
    const report = await send("list-parquet");
    const payload = payloadOf(report);

    const instance = await DuckDBInstance.create(":memory:");
    const connection = await instance.connect();
    const read = async (sql: string) => (await connection.runAndReadAll(sql)).getRowsJson();
    expect(
      await read(`select column_name, column_type from (describe select * from '${payload}')`),
    ).toEqual([
      ["customer_id", "VARCHAR"],
      ["note", "VARCHAR"],
      ["tenure", "BIGINT"],
      ["charges", "DECIMAL(10,2)"],
      ["active", "BOOLEAN"],
      ["born", "DATE"],
      ["seen", "TIMESTAMP WITH TIME ZONE"],
      ["tags", "VARCHAR[]"],
    ]);
    expect(await read(`select sum(charges), sum(tenure), count(*) from '${payload}'`)).toEqual([
      ["100000039.85", "9007199254741004", "3"],
    ]);
    connection.closeSync();
    instance.closeSync();
    const waybillBytes = await readFile(must(report.waybillFile, "delivered"));
    const secret = await secretOf(must(report.waybill, "delivered").waybillId);
    const { checks } = await verifyWaybill({
      waybillBytes,
      payload: payloadAt(payload),
      salts: new SaltSequence(secret, "records"),
    });
    expect(checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(await readdir(path.join(dataDir, "spool", "acme"))).toEqual([]);
  });

  test("can be shown to others record by record, by the customer's number", async () => {
    const report = await send("list-jsonl");
    const { waybillId } = must(report.waybill, "delivered");
    const show = (customer: bigint, payload = payloadOf(report)) =>
      showRecord(database.db, client.scope, { waybillId, customer, payload });

    const receipt = await show(20n);

    expect(receipt).toMatchObject({ index: 1, record: { customer_id: "C-20", charges: "10.01" } });
    const { checks } = await verifyWaybill({
      waybillBytes: await readFile(must(report.waybillFile, "delivered")),
      receiptBytes: receiptBytes(receipt),
    });
    expect(checks.find(({ name }) => name === "receipt")).toMatchObject({ outcome: "passed" });
    await expect(show(40n)).rejects.toMatchObject({ code: "customer-not-delivered" });
    await expect(show(20n, must(report.waybillFile, "delivered"))).rejects.toMatchObject({
      code: "payload-not-of-waybill",
    });
    await expect(show(20n, "/nowhere.jsonl")).rejects.toMatchObject({ code: "payload-unreadable" });
  });

  test("can be verified by hand with the commands of docs/waybill.md", async (context) => {
    const missing = ["jq", "openssl", "sha256sum"].filter((tool) => {
      return spawnSync(tool, ["--version"]).error !== undefined;
    });
    context.skip(
      missing.length > 0,
      `needs ${missing.join(", ")} (apt-get install jq openssl coreutils)`,
    );
    const report = await send("list-csv");
    const waybillFile = must(report.waybillFile, "delivered");
    const folderPath = path.dirname(waybillFile);
    await copyFile(waybillFile, path.join(folderPath, "list.waybill.json"));
    await writeFile(path.join(folderPath, "operator.pem"), publicKeyPem(signer.publicKey));
    const [, commands = ""] =
      /```sh\n([\s\S]*?)```/u.exec(await readFile("docs/waybill.md", "utf8")) ?? [];
    const run = () =>
      spawnSync("bash", ["--norc", "-euo", "pipefail", "-c", commands], {
        cwd: folderPath,
        encoding: "utf8",
      });

    const good = run();
    expect(good.stderr).toBe("");
    expect(good.stdout).toContain("Signature Verified Successfully");
    expect(good.stdout).toContain(": OK");

    await appendFile(payloadOf(report), " ");
    expect(run().status).not.toBe(0);
  });

  test("is journalled with its waybill", async () => {
    const report = await send("list-csv");

    expect(await lastEntry()).toMatchObject({
      delivery: report.delivery,
      route: "list-csv",
      state: "delivered",
      records: 3n,
      actor: "alice",
      failure: null,
      waybill: report.waybill,
    });
  });

  test("keeps the payload from other accounts, and the secret behind the client's wall", async () => {
    const report = await send("list-csv");
    const mode = async (file: string) => (await stat(file)).mode & 0o777;

    expect(await mode(payloadOf(report))).toBe(0o640);
    const { waybillId } = must(report.waybill, "delivered");
    expect(await secretOf(waybillId)).toHaveLength(32);
    expect((await files()).filter((file) => file.includes("secret"))).toEqual([]);
  });

  test("chooses customers by the criteria of the route at the instant asked for", async () => {
    const asOf = new Date("2026-02-01T00:00:00Z");
    const report = await send("list-csv", { asOf, deps: { select: selectCustomers } });

    expect(report).toMatchObject({ records: 3, asOf });
    expect(report.waybill?.asOf).toBe("2026-02-01T00:00:00.000Z");
  });

  test("that is only tried writes nothing and is not journalled", async () => {
    const before = await lastEntry();

    const report = await send("list-csv", { dryRun: true });

    expect(report).toMatchObject({
      state: "dry-run",
      records: 3,
      totals: { charges: "100000039.85" },
    });
    expect(await files()).toEqual([]);
    expect(await lastEntry()).toEqual(before);
  });
});

describe("nothing is read and nothing leaves", () => {
  const unread: Partial<DeliveryDeps> = {
    select: () => Promise.reject(new Error("the customers were about to be chosen")),
  };

  test.each([
    [
      "after the agreement's last day where the client is",
      "2026-12-31T23:00:00Z",
      "ended on 2026-12-31",
    ],
    ["before its first", "2025-12-31T22:59:59Z", "begins on 2026-01-01"],
  ])("%s", async (_, now, message) => {
    const failure = send("list-csv", { deps: { ...unread, clock: new FixedClock(new Date(now)) } });
    await expect(failure).rejects.toThrow(RefusedError);
    await expect(failure).rejects.toThrow(message);
    expect(await files()).toEqual([]);
  });

  test.each([
    ["its purpose is not in the contract", { purpose: "advertising" }],
    ["a field is not in the contract", { fields: ["customer_id", "phone"], totals: [] }],
    ["a total is not among its fields", { fields: ["customer_id"], totals: ["charges"] }],
  ])("when %s", async (_, changes) => {
    await applyRoute(database.db, client.scope, {
      name: "misfit",
      destination: "to-csv",
      ...changes,
    });
    await expect(send("misfit", { deps: unread })).rejects.toMatchObject({
      kind: "refused",
      code: "route-misfit",
    });
  });

  test("when there is no such route, with what was probably meant", async () => {
    const failure = send("list-cvs", { deps: unread });
    await expect(failure).rejects.toThrow(NotFoundError);
    await expect(failure).rejects.toMatchObject({ hint: 'did you mean "list-csv"?' });
  });

  test("when the folder leads out of the outbox through a link", async () => {
    await mkdir(path.join(dataDir, "outbox"));
    await mkdir(path.join(dataDir, "elsewhere"));
    await symlink(path.join(dataDir, "elsewhere"), path.join(dataDir, "outbox", "partner"));

    await expect(send("list-csv")).rejects.toMatchObject({ code: "destination-outside" });

    expect(await files()).toEqual([]);
    expect(await lastEntry()).toMatchObject({ state: "failed", waybill: null });
  });
});

describe("a delivery that cannot be finished leaves nothing behind", () => {
  test("when it is cancelled while it reads", async () => {
    const sql = "select _id from customers where pg_sleep(20) is not null";
    const select = () => Promise.resolve({ sql, values: [] });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);

    await expect(send("list-csv", { signal: controller.signal, deps: { select } })).rejects.toThrow(
      CancelledError,
    );

    expect(await files()).toEqual([]);
    expect(await lastEntry()).toMatchObject({ state: "cancelled", waybill: null });
  });

  test.for(["csv", "parquet"])("when the disk is full (%s)", async (format, context) => {
    await using volume = await smallVolume();
    if (volume === undefined) {
      return context.skip("needs an account that may mount a file system, such as root");
    }
    await using _customers = await manyCustomers();
    await applyDestination(database.db, client.scope, folder("to-full", format, volume.path));
    await applyRoute(database.db, client.scope, { name: "full", destination: "to-full" });

    await expect(send("full")).rejects.toMatchObject({ kind: "unavailable" });

    expect(await readdir(volume.path)).toEqual([]);
    expect(await files()).toEqual([]);
    expect(await lastEntry()).toMatchObject({ state: "failed", waybill: null });
  });

  test("while another delivery of the route runs", async () => {
    const sql = "select _id from customers where pg_sleep(20) is not null";
    const controller = new AbortController();
    const first = send("list-jsonl", {
      signal: controller.signal,
      deps: { select: () => Promise.resolve({ sql, values: [] }) },
    });
    const ended = first.catch((error: unknown) => error);
    await running("list-jsonl");

    await expect(send("list-jsonl")).rejects.toThrow(ConflictError);
    expect(await recoverDeliveries(depsFor(database.db, dataDir), client)).toEqual([]);

    controller.abort();
    expect(await ended).toBeInstanceOf(CancelledError);
  });
});

describe("a delivery whose process was killed", () => {
  test("while it read is failed at the next start, and no file of it is left", async () => {
    const child = await startChild("list-csv");
    await running("list-csv");
    expect(await files()).toEqual([
      expect.stringMatching(/^outbox\/partner\/\.list-csv-.*\.csv\.partial$/u),
      expect.stringMatching(/^spool\/acme\/\d+\.hand-over$/u),
    ]);
    child.kill("SIGKILL");
    await once(child, "exit");
    await endSleepingStatements();

    const recovered = await untilRecovered();

    expect(recovered).toMatchObject([{ route: "list-csv", state: "failed" }]);
    expect(await files()).toEqual([]);
    expect(await lastEntry()).toMatchObject({
      state: "failed",
      failure: "interrupted: the process ended before the delivery did",
    });
    expect((await send("list-csv")).state).toBe("delivered");
  });

  test("between publishing and its last entry in the journal is delivered", async () => {
    const { delivery, waybill } = await send("list-csv");
    await forgetEnd(must(delivery, "journalled"));
    const published = await files();

    expect(await recoverDeliveries(depsFor(database.db, dataDir), client)).toMatchObject([
      { delivery, state: "delivered" },
    ]);

    expect(await files()).toEqual(published);
    expect(await lastEntry()).toMatchObject({ delivery, state: "delivered", waybill });
  });

  test("between moving the payload and moving the waybill is failed, and the payload is withdrawn", async () => {
    const report = await send("list-csv");
    await forgetEnd(must(report.delivery, "journalled"));
    await rm(must(report.waybillFile, "delivered"));
    const { waybillId } = must(report.waybill, "delivered");

    expect(await recoverDeliveries(depsFor(database.db, dataDir), client)).toMatchObject([
      { state: "failed" },
    ]);

    expect(await files()).toEqual([]);
    // Somebody who did not wait for the waybill may have taken it.
    const disclosed = await database.db.scoped(client.scope, (tx) => idsOfDelivery(tx, waybillId));
    expect(disclosed).toEqual([10n, 20n, 30n]);
  });

  test("is ended by the next delivery of its route, too", async () => {
    const first = await send("list-csv");
    await forgetEnd(must(first.delivery, "journalled"));
    await rm(must(first.waybillFile, "delivered"));

    await send("list-csv");

    const [, before] = await listDeliveries(database.db, client.scope, { limit: 2 });
    expect(before).toMatchObject({ delivery: first.delivery, state: "failed" });
  });
});

describe("a delivery to a webhook", () => {
  let server: Server;
  let bodies: string[] = [];
  let statuses: number[] = [];

  beforeEach(async () => {
    bodies = [];
    statuses = [];
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const status = statuses.shift() ?? 204;
        if (status < 300) {
          bodies.push(Buffer.concat(chunks).toString("utf8"));
        }
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const { port } = server.address() as AddressInfo;
    await applyDestination(database.db, client.scope, hook(`http://127.0.0.1:${port}/in`));
    await applyRoute(database.db, client.scope, { name: "hook", destination: "to-hook" });
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  function hook(url: string, changes: Record<string, unknown> = {}) {
    const secret = "env:HOOK_SECRET";
    return {
      destination: "to-hook",
      recipient: "partner",
      kind: "webhook",
      url,
      secret,
      allowPrivate: true,
      ...changes,
    };
  }

  test("posts the records, then the waybill, which verifies against the bodies in order", async () => {
    statuses = [500, 204, 503];

    const report = await send("hook");

    const [records = "", last = "", ...more] = bodies;
    expect(more).toEqual([]);
    expect(JSON.parse(records)).toMatchObject({
      batch: 1,
      records: [
        { customer_id: "C-10", charges: 29.85 },
        { customer_id: "C-20" },
        { customer_id: "C-30" },
      ],
    });
    expect(JSON.parse(last)).toEqual({
      waybillId: report.waybill?.waybillId,
      waybill: report.waybill,
    });
    const payload = path.join(dataDir, "bodies.jsonl");
    await writeFile(payload, records);
    const waybillBytes = await readFile(must(report.waybillFile, "kept"));
    const { checks } = await verifyWaybill({
      waybillBytes,
      payload: payloadAt(payload),
      publicKey: signer.publicKey,
    });
    expect(checks.filter(({ outcome }) => outcome === "failed")).toEqual([]);
    expect(checks.find(({ name }) => name === "totals")?.outcome).toBe("passed");
    expect(await readdir(path.join(dataDir, "spool", "acme"))).toEqual([]);
  });

  test("that the receiver refuses is failed and keeps neither payload nor secret", async () => {
    statuses = [410];

    await expect(send("hook")).rejects.toMatchObject({ code: "webhook-gone" });

    expect(await files()).toEqual([]);
    expect(await lastEntry()).toMatchObject({
      state: "failed",
      failure: "destination to-hook wants no more deliveries (410)",
    });
  });

  test("is refused before anything is read when its secret is not there", async () => {
    const before = await lastEntry();
    await expect(send("hook", { deps: { environment: () => undefined } })).rejects.toMatchObject({
      code: "webhook-secret-missing",
      hint: "set the environment variable HOOK_SECRET",
    });
    expect(await lastEntry()).toEqual(before);
  });

  test("does not enter a private network unless the destination says so", async () => {
    const { port } = server.address() as AddressInfo;
    await applyDestination(
      database.db,
      client.scope,
      hook(`http://localhost:${port}/in`, { allowPrivate: false }),
    );
    await expect(send("hook")).rejects.toMatchObject({ code: "webhook-private-address" });
    expect(bodies).toEqual([]);
  });
});

test("the agreement of the scene covers its present", () => {
  const today = NOW.toISOString().slice(0, 10);
  expect(agreement.from <= today && today <= agreement.until).toBe(true);
});

/** Takes the journal back to the moment before the end. */
async function forgetEnd(delivery: bigint): Promise<void> {
  await database.db.scoped(client.scope, (tx) =>
    tx.run("update _deliveries set state = 'running', finished_at = null where delivery = $1", [
      delivery,
    ]),
  );
}

/** Waits until a delivery of the route is running and has begun to write. */
async function running(route: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const [entry] = await listDeliveries(database.db, client.scope, { limit: 1 });
    if (entry?.route === route && entry.state === "running" && (await outbox()).length > 0) {
      return;
    }
    await sleep(25);
  }
  throw new Error(`no delivery of ${route} began`);
}

/** 60,000 further customers, until the end of the test. */
async function manyCustomers(): Promise<AsyncDisposable> {
  const run = (sql: string) => database.db.scoped(client.scope, (tx) => tx.run(sql));
  await run(
    `insert into customers (_id, customer_id, note, charges)
     select 1000 + n, 'many', md5(n::text) || md5((n * 7)::text), 20 from generate_series(1, 60000) as n`,
  );
  return {
    async [Symbol.asyncDispose]() {
      await run("delete from customers where customer_id = 'many'");
    },
  };
}

/** A killed client's statement goes on until it next sends a row; `pg_sleep` never does. */
async function endSleepingStatements(): Promise<void> {
  await database.db.control((tx) =>
    tx.rows(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name <> 'test'
          and pid <> pg_backend_pid()`,
    ),
  );
}

/** The server notices a dead client when it next writes to it, which may take a moment. */
async function untilRecovered() {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const recovered = await recoverDeliveries(depsFor(database.db, dataDir), client);
    if (recovered.length > 0) {
      return recovered;
    }
    await sleep(50);
  }
  throw new Error("the killed delivery was not recovered");
}

async function startChild(route: string) {
  const program = path.resolve("tests/distribution/interrupted-delivery.ts");
  const child = spawn(process.execPath, [program, database.url, dataDir, route], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

/** A file system of one megabyte; undefined where this account may not mount one. */
async function smallVolume(): Promise<({ path: string } & AsyncDisposable) | undefined> {
  const folderPath = await mkdtemp(path.join(tmpdir(), "waybill-volume-"));
  const run = async (...command: [string, ...string[]]) => {
    const [program, ...rest] = command;
    const [code] = await once(spawn(program, rest, { stdio: "ignore" }), "exit");
    return code === 0;
  };
  if (!(await run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folderPath))) {
    await rm(folderPath, { recursive: true });
    return undefined;
  }
  return {
    path: folderPath,
    async [Symbol.asyncDispose]() {
      await run("umount", folderPath);
      await rm(folderPath, { recursive: true });
    },
  };
}
