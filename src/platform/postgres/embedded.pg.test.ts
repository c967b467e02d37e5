import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkServer, openDatabase, startEmbedded } from "./index.ts";
import type { Way } from "./embedded/account.ts";
import { commandLine } from "./embedded/process-identity.ts";

const isRoot = process.getuid?.() === 0;
/** The machine does not fail in these tests, only processes do: what the system has is on disk. */
const settings = { shared_buffers: "128MB", fsync: "off" };

function dataFolder(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, "waybill-embedded-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A process that ended but was not yet asked for by its parent has no command line any more. */
function isAlive(pid: number): boolean {
  return commandLine(pid)?.includes("postgres") === true;
}

/** Another process that uses the database of a folder, says so, and then waits to be ended. */
async function otherUser(dataDir: string): Promise<{ child: ChildProcess; pid: number }> {
  const program = `
    import { startEmbedded } from ${JSON.stringify(new URL("./index.ts", import.meta.url).href)};
    const embedded = await startEmbedded({ dataDir: ${JSON.stringify(dataDir)} });
    process.on("SIGTERM", async () => { await embedded.stop(); process.exit(0); });
    process.on("SIGUSR2", () => process.exit(0));
    console.log(embedded.pid);
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [line]: unknown[] = await once(child.stdout, "data");
  return { child, pid: Number(String(line)) };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

async function untilEnded(pid: number): Promise<void> {
  for (let attempt = 0; attempt < 200 && isAlive(pid); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("the embedded server", () => {
  test("starts on an empty folder, keeps what it was given, and ends with its last user", async () => {
    const dataDir = dataFolder();
    const first = await startEmbedded({ dataDir, settings });
    const db = await openDatabase({ url: first.url });
    await checkServer(db);
    await db.control((tx) => tx.run("create table public.kept as select 42 as answer"));
    await db[Symbol.asyncDispose]();

    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    const second = await startEmbedded({ dataDir, settings });
    await using again = await openDatabase({ url: second.url });
    const row = await again.control((tx) => tx.row("select answer from public.kept"));
    await again[Symbol.asyncDispose]();
    await second.stop();

    expect(row).toEqual({ answer: 42 });
    expect(second.url).toBe(first.url);
  });

  test("makes a further database of the same login, and finds it again", async () => {
    const embedded = await startEmbedded({ dataDir: dataFolder(), settings });

    const urls = [await embedded.database("waybill_keys"), await embedded.database("waybill_keys")];

    const db = await openDatabase({ url: urls[0] ?? "" });
    const row = await db.control((tx) =>
      tx.row("select current_database()::text as name, current_user::text as login"),
    );
    await db[Symbol.asyncDispose]();
    await embedded.stop();
    expect(row).toEqual({ name: "waybill_keys", login: "waybill" });
    expect(new Set(urls).size).toBe(1);
  });

  test("keeps its passwords from others and puts none of them into its log", async () => {
    const dataDir = dataFolder();
    const embedded = await startEmbedded({ dataDir, settings });
    const password = new URL(embedded.url).password;

    await embedded.stop();

    const keys = join(dataDir, "keys");
    for (const name of readdirSync(keys)) {
      expect(statSync(join(keys, name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(keys).mode & 0o777).toBe(0o700);
    expect(await readFile(join(dataDir, "postgres.log"), "utf8")).not.toContain(password);
    expect(readdirSync(dataDir).sort()).toEqual([
      "cluster",
      "keys",
      "port",
      "postgres.log",
      "users",
    ]);
  });

  test("is shared: users at once start one server, and it runs until all have left", async () => {
    const dataDir = dataFolder();

    const users = await Promise.all([1, 2, 3].map(() => startEmbedded({ dataDir, settings })));
    const [first, second, third] = users;

    expect(new Set(users.map(({ pid }) => pid)).size).toBe(1);
    expect(users.filter(({ ownedByUs }) => ownedByUs)).toHaveLength(1);
    await first?.stop();
    await second?.stop();
    expect(isAlive(first?.pid ?? 0)).toBe(true);
    await third?.stop();
    expect(isAlive(first?.pid ?? 0)).toBe(false);
  });

  test("is left running by a user in another process while this one uses it", async () => {
    const dataDir = dataFolder();
    const other = await otherUser(dataDir);
    const own = await startEmbedded({ dataDir });

    await end(other.child, "SIGTERM");

    expect(own.ownedByUs).toBe(false);
    expect(isAlive(own.pid)).toBe(true);
    await own.stop();
    expect(isAlive(own.pid)).toBe(false);
  });

  test("ends with a process that exits without leaving", async () => {
    const dataDir = dataFolder();
    const other = await otherUser(dataDir);

    await end(other.child, "SIGUSR2");
    await untilEnded(other.pid);

    expect(isAlive(other.pid)).toBe(false);
  });

  test("survives kill -9 of its user and is used on by the next", async () => {
    const dataDir = dataFolder();
    const other = await otherUser(dataDir);
    await end(other.child, "SIGKILL");
    expect(isAlive(other.pid)).toBe(true);

    const next = await startEmbedded({ dataDir });

    expect(next.pid).toBe(other.pid);
    await next.stop();
    expect(isAlive(next.pid)).toBe(false);
  });

  test("recovers what was committed after kill -9 of the server itself", async () => {
    const dataDir = dataFolder();
    const first = await startEmbedded({ dataDir, settings });
    const db = await openDatabase({ url: first.url });
    await db.control((tx) => tx.run("create table public.kept as select generate_series(1, 1000)"));
    await db[Symbol.asyncDispose]();

    process.kill(first.pid, "SIGKILL");
    const second = await startEmbedded({ dataDir, settings });
    // Its port may be another one: that of a server just killed is not always free at once.
    const again = await openDatabase({ url: second.url });
    const row = await again.control((tx) => tx.row("select count(*)::int as n from public.kept"));

    expect(second.pid).not.toBe(first.pid);
    expect(row).toEqual({ n: 1000 });
    await again[Symbol.asyncDispose]();
    await first.stop();
    await second.stop();
  });

  test("waits for what a killed server left in the memory", async () => {
    const dataDir = dataFolder();
    const first = await startEmbedded({ dataDir, settings });
    const db = await openDatabase({ url: first.url, poolSize: 1 });
    const { pid } = await db.control((tx) =>
      tx.row<{ pid: number }>("select pg_backend_pid() as pid"),
    );

    process.kill(pid, "SIGSTOP");
    process.kill(first.pid, "SIGKILL");
    setTimeout(() => process.kill(pid, "SIGCONT"), 1_500);
    const second = await startEmbedded({ dataDir, settings });

    expect(isAlive(second.pid)).toBe(true);
    await db[Symbol.asyncDispose]();
    await first.stop();
    await second.stop();
  });

  test("starts although postmaster.pid names a process that is something else by now", async () => {
    const dataDir = dataFolder();
    const first = await startEmbedded({ dataDir, settings });
    await first.stop();
    const other = spawn("sleep", ["60"]);
    onTestFinished(() => void other.kill());
    const stale = `${other.pid}\n${dataDir}/cluster\n1700000000\n5432\n\n127.0.0.1\n`;
    writeFileSync(join(dataDir, "cluster", "postmaster.pid"), stale);

    const second = await startEmbedded({ dataDir, settings });

    expect(isAlive(second.pid)).toBe(true);
    await second.stop();
  });

  test("does not wait for a lock whose holder is gone", async () => {
    const dataDir = dataFolder();
    writeFileSync(join(dataDir, "lock"), `${process.pid}\nanother time\n`);

    const embedded = await startEmbedded({ dataDir, settings });

    await embedded.stop();
    expect(existsSync(join(dataDir, "lock"))).toBe(false);
  });

  test("says with the end of its log why it cannot start", async () => {
    const dataDir = dataFolder();

    const starting = startEmbedded({ dataDir, settings: { shared_buffers: "nonsense" } });

    await expect(starting).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining("shared_buffers"),
    });
  });
});

describe("as root", () => {
  const startAs = async (dataDir: string, ways: Way[]): Promise<void> => {
    const embedded = await startEmbedded({ dataDir, settings, ways });
    await using db = await openDatabase({ url: embedded.url });
    await checkServer(db);
    await db[Symbol.asyncDispose]();
    await embedded.stop();
  };

  test.skipIf(!isRoot)(
    "the server runs in a user namespace, also below a closed folder",
    async () => {
      const closed = dataFolder();
      const dataDir = join(closed, "data");
      await mkdir(dataDir, { mode: 0o700 });

      await startAs(dataDir, ["namespace"]);

      expect(statSync(join(dataDir, "cluster")).uid).toBe(0);
      expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    },
  );

  test.skipIf(!isRoot)(
    "the server runs as a system account, which owns its files alone",
    async () => {
      const dataDir = dataFolder();

      await startAs(dataDir, ["account"]);

      expect(statSync(join(dataDir, "cluster")).uid).not.toBe(0);
      expect(statSync(join(dataDir, "keys")).uid).toBe(0);
    },
  );

  test("files of a namespace are handed over to a system account", async ({ skip }) => {
    skip(!isRoot, "needs to be root");
    const dataDir = dataFolder();

    await startAs(dataDir, ["namespace"]);
    await startAs(dataDir, ["account"]);

    expect(statSync(join(dataDir, "cluster")).uid).not.toBe(0);
  });

  test("everything that was tried is named when nothing works", async ({ skip }) => {
    skip(!isRoot, "needs to be root");
    const closed = dataFolder();
    const dataDir = join(closed, "data");

    const starting = startEmbedded({ dataDir, ways: ["self", "account"] });

    await expect(starting).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringMatching(/self: this process is root; account: .* cannot reach/),
    });
  });

  test("needs no way around when this process is not root", async ({ skip }) => {
    skip(isRoot, "needs an ordinary user");
    const dataDir = dataFolder();

    await startAs(dataDir, ["self"]);

    expect(statSync(join(dataDir, "cluster")).uid).toBe(process.getuid?.());
  });
});
