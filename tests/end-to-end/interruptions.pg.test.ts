/** Imports by `./waybill` that are stopped from outside: by Ctrl-C, by the database, by the disk. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client as PgClient } from "pg";
import type { Client } from "../../src/modules/contracts/index.ts";
import { openDatabase, startEmbedded } from "../../src/platform/postgres/index.ts";
import { testDatabase, type TestDatabase } from "../support/database.ts";
import { SOUND, soundness, value } from "./client-state.ts";
import { applyShop, shopFolder } from "./scene.ts";
import { runWaybill, type Started, startWaybill } from "./waybill-process.ts";

const PERSON = "Leonora Quistgaard";
const COUNT = "select count(*) as value from customers";
const HEADER = "number,name,balance\n";
const rows = (from: number, count: number): string =>
  Array.from({ length: count }, (_, index) => `${from + index},${PERSON},1.00\n`).join("");

let database: TestDatabase;
let client: Client;
let data: string;

beforeAll(async () => {
  database = await testDatabase();
  client = await applyShop(database.db);
  data = await mkdtemp(join(tmpdir(), "waybill-interrupted-"));
});

afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(data, { recursive: true, force: true });
});

/**
 * An import from standard input that has rows staged and waits for more: everything is open in it, for
 * as long as the test needs.
 */
async function importUnderWay(): Promise<Started> {
  const started = startWaybill(["import", "shop", "customers", "-"], {
    data,
    database: database.url,
    stdin: "open",
  });
  started.write(HEADER + rows(1, 60_000));
  await until(async () => (await receivingRows()) > 0);
  return started;
}

async function receivingRows(): Promise<number> {
  const { db } = database;
  const staged = `select coalesce((select c.relname from pg_catalog.pg_class c
    where c.relname like '\\_stage\\_%' and c.relkind = 'r' limit 1), '') as value`;
  const stage = await value(db, client, staged);
  return stage === ""
    ? 0
    : Number(await value(db, client, `select count(*) as value from ${stage}`));
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) {
    await setTimeout(20);
  }
}

describe("an import that is stopped in the middle publishes nothing and can be run again:", () => {
  test("Ctrl-C ends it with 130", async () => {
    const started = await importUnderWay();

    started.kill("SIGINT");

    const { code, stderr, stdout } = await started.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
    expect(stderr).toMatch(/^stopping; press Ctrl-C again to stop at once\nerror: /);
    expect(stderr).not.toContain(PERSON);
    expect(await value(database.db, client, COUNT)).toBe("0");
    expect(await soundness(database.db, "shop")).toMatchObject({
      ...SOUND,
      intakes: { cancelled: 1 },
    });
  });

  test("the database that ends every connection ends it with 7", async () => {
    const started = await importUnderWay();

    await terminateAll();

    started.write(rows(70_000, 60_000));
    started.end();
    const { code, stderr, stdout } = await started.ended;
    expect({ code, stdout }).toEqual({ code: 7, stdout: "" });
    expect(stderr).toMatch(/^error: the database/);
    expect(stderr).not.toContain(PERSON);
    expect(await value(database.db, client, COUNT)).toBe("0");
  });

  test("kill -9 ends it without a word", async () => {
    const started = await importUnderWay();

    started.kill("SIGKILL");

    expect(await started.ended).toEqual({ code: null, stdout: "", stderr: "" });
    expect(await value(database.db, client, COUNT)).toBe("0");
    expect((await soundness(database.db, "shop")).intakes).toMatchObject({ receiving: 1 });
  });

  test("and the next import clears what was left, and takes everything", async () => {
    const file = join(data, "customers.csv");
    await writeFile(file, HEADER + rows(1, 500));

    const { code, stderr } = await runWaybill(["import", "shop", "customers", file], {
      data,
      database: database.url,
    });

    // The server may still be at a statement of the dead process: then the import waits for its end.
    expect(stderr.replace("another intake of shop is publishing; waiting for it\n", "")).toBe(
      "intake 3 of shop was interrupted; nothing of it was published\n",
    );
    expect(code).toBe(0);
    expect(await value(database.db, client, COUNT)).toBe("500");
    const { intakes, ...sound } = await soundness(database.db, "shop");
    expect(sound).toEqual(SOUND);
    expect(intakes).toEqual({ cancelled: 1, failed: 2, published: 1 });
  });
});

async function terminateAll(): Promise<void> {
  const admin = new PgClient({ connectionString: database.url });
  await admin.connect();
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name = 'waybill'`,
  );
  await admin.end();
}

/** Room for a fresh cluster, its WAL and a small import. */
const SMALL_DISK_MB = 200;

const isRoot = process.getuid?.() === 0;

/** Mounts a small disk of its own, if this machine lets us. @returns why not */
function mountSmallDisk(folder: string): string | undefined {
  if (!isRoot) {
    return "only root can mount a small disk";
  }
  const size = `size=${SMALL_DISK_MB}m`;
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", size, "tmpfs", folder]);
  return mounted.status === 0 ? undefined : `mount says: ${mounted.stderr.toString("utf8").trim()}`;
}

test(
  "a disk that fills up ends an import with 7 and a hint; with space again it goes in whole",
  { timeout: 180_000 },
  async ({ skip }) => {
    await using cleanup = new AsyncDisposableStack();
    const disk = await mkdtemp(join(tmpdir(), "waybill-small-disk-"));
    cleanup.defer(() => rm(disk, { recursive: true, force: true }));
    const obstacle = mountSmallDisk(disk);
    skip(obstacle !== undefined, obstacle);
    cleanup.defer(() => void spawnSync("umount", ["--lazy", disk]));
    const settings = {
      fsync: "off",
      max_wal_size: "64MB",
      wal_recycle: "off",
      wal_init_zero: "off",
    };
    const server = await startEmbedded({ dataDir: disk, settings });
    cleanup.defer(() => server.stop());
    await using folder = await shopFolder();
    expect((await runWaybill(["apply", folder.path], { data: disk })).code).toBe(0);
    const ballast = join(disk, "ballast");
    const free = freeMegabytes(disk) - 20;
    spawnSync("dd", ["if=/dev/zero", `of=${ballast}`, "bs=1M", `count=${free}`]);
    const file = join(data, "many.csv");
    await writeFile(file, HEADER + rows(1, 150_000));

    const full = await runWaybill(["import", "shop", "customers", file], { data: disk });

    expect(full.stderr).not.toContain(PERSON);
    expect(full.stderr).toMatch(/disk|database/);
    expect({ code: full.code, stderr: full.stderr }).toMatchObject({ code: 7 });
    await rm(ballast);
    await writeFile(file, HEADER + rows(1, 5_000));
    const again = await runWaybill(["import", "shop", "customers", file], { data: disk });
    expect(again).toMatchObject({ code: 0 });
    // A full disk may have ended the first server; whichever runs now, this joins it.
    const present = await startEmbedded({ dataDir: disk });
    cleanup.defer(() => present.stop());
    await using db = await openDatabase({ url: present.url });
    expect(await soundness(db, "shop")).toMatchObject({ ...SOUND, intakes: { published: 1 } });
    expect(await readFile(join(disk, "postgres.log"), "utf8")).not.toContain(PERSON);
  },
);

function freeMegabytes(folder: string): number {
  const { stdout } = spawnSync("df", ["--output=avail", "-m", folder], { encoding: "utf8" });
  return Number(stdout.trim().split("\n")[1]);
}
