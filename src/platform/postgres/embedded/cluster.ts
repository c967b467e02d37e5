import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Client, DatabaseError as ServerError } from "pg";
import { assert, must, UnavailableError } from "../../../kernel/index.ts";
import { isIdent, quoteIdent } from "../ident.ts";
import type { Account } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { commandLine } from "./process-identity.ts";
import { serverSettings } from "./settings.ts";

/** Everything about one cluster that does not change while it runs. */
export interface Cluster {
  readonly dataDir: string;
  readonly binaries: Binaries;
  readonly account: Account;
  /** Settings that go before {@link serverSettings}' own. */
  readonly settings: Readonly<Record<string, string>>;
  /** Lets the login role create databases: for tests, which make one each. */
  readonly createsDatabases: boolean;
}

/** A server that runs on the cluster. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

const pollMs = 50;
/** A server that says nothing at all this long after its start, or when found, is not waited for. */
const startSilenceMs = 60_000;
const foundSilenceMs = 10_000;
const connectTimeoutMs = 5_000;
/** SQLSTATE of a server that starts up or recovers. */
const cannotConnectNow = "57P03";
/** After the death of a postmaster its children take a moment to notice and to leave the shared memory. */
const leftoverMemory = "pre-existing shared memory block";
const leftoverRetryMs = 500;
const leftoverRetries = 20;
const smartStopMs = 2_000;
const fastStopMs = 60_000;
const logTailBytes = 2_000;

/** The login role and its database have the project's name. */
export const loginName = "waybill";
const superuserName = "postgres";

export function clusterFolder(dataDir: string): string {
  return join(dataDir, "cluster");
}

/** The URL of the login role on a running server. */
export async function loginUrl(dataDir: string, port: number): Promise<string> {
  const secret = await password(dataDir, loginName);
  return urlOf({ user: loginName, password: secret, port, database: loginName });
}

/**
 * Makes the cluster's files unless they exist. They are made aside and renamed when whole, so an
 * interruption leaves nothing that looks like a cluster.
 */
export async function initialise(cluster: Cluster): Promise<void> {
  const folder = clusterFolder(cluster.dataDir);
  if (existsSync(join(folder, "PG_VERSION"))) {
    await cluster.account.own(folder);
    return;
  }
  const aside = `${folder}.new`;
  const passwordFile = `${folder}.password`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { mode: 0o700 });
  await writeFile(passwordFile, await password(cluster.dataDir, superuserName), { mode: 0o600 });
  await cluster.account.own(aside);
  await cluster.account.own(passwordFile);
  const [program, args] = cluster.account.command(cluster.binaries.initdb, [
    `--pgdata=${aside}`,
    `--username=${superuserName}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    ...(cluster.settings["fsync"] === "off" ? ["--no-sync"] : []),
  ]);
  const made = spawnSync(program, [...args], { ...cluster.account.identity, encoding: "utf8" });
  await rm(passwordFile, { force: true });
  if (made.status !== 0) {
    throw new UnavailableError(
      "embedded-initdb",
      `initdb failed: ${made.stderr.slice(-logTailBytes)}`,
      {
        hint: "check space and permissions of the data directory, or set DATABASE_URL",
      },
    );
  }
  await rename(aside, folder);
}

/**
 * The server that already runs on the cluster, if it answers to our password. One that runs but
 * never answers is ended; a `postmaster.pid` without its process is removed.
 */
export async function findRunning(dataDir: string): Promise<Postmaster | undefined> {
  const noted = await notedPostmaster(dataDir);
  if (noted === undefined) {
    return undefined;
  }
  if (!isOurs(noted.pid, dataDir)) {
    await forgetUnlessPostgres(noted.pid, dataDir);
    return undefined;
  }
  try {
    const isAlive = (): boolean => isOurs(noted.pid, dataDir);
    await untilReady(dataDir, noted, { isAlive, silenceMs: foundSilenceMs });
    return noted;
  } catch {
    await stop(dataDir);
    return undefined;
  }
}

/**
 * PostgreSQL refuses to start while any process has the number in `postmaster.pid`, also one that
 * only came to have it later. A PostgreSQL under another path stays its own judge.
 */
async function forgetUnlessPostgres(pid: number, dataDir: string): Promise<void> {
  if (commandLine(pid)?.includes("postgres") !== true) {
    await rm(join(clusterFolder(dataDir), "postmaster.pid"), { force: true });
  }
}

/**
 * Starts the server. It does not end with this process by itself: whoever leaves last stops it, and
 * one left behind by a killed process is found again.
 * @throws UnavailableError with the end of the server's log when it does not come up
 */
export async function start(cluster: Cluster): Promise<Postmaster> {
  for (let retries = 0; ; retries += 1) {
    const logStart = (await logText(cluster.dataDir)).length;
    try {
      return await startOnce(cluster);
    } catch (error) {
      const said = (await logText(cluster.dataDir)).slice(logStart);
      if (!said.includes(leftoverMemory) || retries === leftoverRetries) {
        throw error;
      }
      await setTimeout(leftoverRetryMs);
    }
  }
}

async function startOnce(cluster: Cluster): Promise<Postmaster> {
  const port = await choosePort(cluster.dataDir);
  const settings = { ...serverSettings(port), ...cluster.settings };
  const [program, args] = cluster.account.command(cluster.binaries.postgres, [
    "-D",
    clusterFolder(cluster.dataDir),
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ]);
  const log = await open(logFile(cluster.dataDir), "a", 0o600);
  const child = spawn(program, [...args], {
    ...cluster.account.identity,
    cwd: clusterFolder(cluster.dataDir),
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  let ended = false;
  child.once("error", () => (ended = true));
  child.once("exit", () => (ended = true));
  child.unref();
  await log.close();
  const postmaster = { pid: child.pid ?? 0, port };
  await untilReady(cluster.dataDir, postmaster, {
    isAlive: () => !ended,
    silenceMs: startSilenceMs,
  });
  return postmaster;
}

/** Creates the login role and its database unless they exist: the superuser's only task. */
export async function bootstrap(cluster: Cluster, { port }: Postmaster): Promise<void> {
  const { dataDir } = cluster;
  const login = await loginUrl(dataDir, port);
  if (await withClient(login, () => Promise.resolve(true)).catch(() => false)) {
    return;
  }
  const secret = await password(dataDir, superuserName);
  const superuser = urlOf({ user: superuserName, password: secret, port, database: "postgres" });
  await withClient(superuser, async (client) => {
    const roles = await client.query("select from pg_roles where rolname = $1", [loginName]);
    const verb = roles.rowCount === 0 ? "create" : "alter";
    const databases = cluster.createsDatabases ? "createdb" : "nocreatedb";
    const loginSecret = client.escapeLiteral(await password(dataDir, loginName));
    await client.query(
      `${verb} role ${loginName} login nosuperuser createrole ${databases} noinherit nobypassrls
         password ${loginSecret}`,
    );
    await createDatabase(client, loginName);
  });
}

/**
 * Makes a further database of the login role's unless it exists, and returns its URL. The login itself
 * may not create any.
 * @param name a safe identifier
 */
export async function furtherDatabase(
  dataDir: string,
  port: number,
  name: string,
): Promise<string> {
  assert(isIdent(name), () => "a database's name is a safe identifier");
  const secret = await password(dataDir, superuserName);
  const superuser = urlOf({ user: superuserName, password: secret, port, database: "postgres" });
  await withClient(superuser, (client) => createDatabase(client, name));
  const url = new URL(await loginUrl(dataDir, port));
  url.pathname = name;
  return url.href;
}

async function createDatabase(client: Client, name: string): Promise<void> {
  const made = await client.query("select from pg_database where datname = $1", [name]);
  if (made.rowCount === 0) {
    await client.query(`create database ${quoteIdent(name)} owner ${loginName}`);
  }
}

/** Stops the server: first waits shortly for connections to close, then ends them. */
export async function stop(dataDir: string): Promise<void> {
  const noted = await notedPostmaster(dataDir);
  if (noted === undefined || !isOurs(noted.pid, dataDir)) {
    return;
  }
  const steps = [
    ["SIGTERM", smartStopMs],
    ["SIGINT", fastStopMs],
    ["SIGQUIT", fastStopMs],
  ] as const;
  for (const [signal, patienceMs] of steps) {
    signalTo(noted.pid, signal);
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += pollMs) {
      await setTimeout(pollMs);
      if (!isOurs(noted.pid, dataDir)) {
        return;
      }
    }
  }
  throw new UnavailableError("embedded-stop", `PostgreSQL (process ${noted.pid}) does not stop`, {
    hint: "look at postgres.log in the data directory",
  });
}

/** It may have ended since we looked, by its own or by another's doing: then there is nothing to signal. */
export function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && Reflect.get(error, "code") === "ESRCH")) {
      throw error;
    }
  }
}

/** Waits until the server takes logins; a server in recovery has all the time it needs. */
async function untilReady(
  dataDir: string,
  { port }: Postmaster,
  { isAlive, silenceMs }: { isAlive: () => boolean; silenceMs: number },
): Promise<void> {
  const url = await loginUrl(dataDir, port);
  for (let silentMs = 0; silentMs < silenceMs && isAlive();) {
    const state = await probe(url);
    if (state === "up") {
      return;
    }
    silentMs = state === "starting" ? 0 : silentMs + pollMs;
    await setTimeout(pollMs);
  }
  const tail = await logTail(dataDir);
  throw new UnavailableError("embedded-start", `PostgreSQL did not start. Its log ends:\n${tail}`, {
    hint: "mend what the log says, or set DATABASE_URL to a PostgreSQL of your own",
  });
}

/** A server that refuses the login is up all the same: before its bootstrap there is no login role. */
async function probe(url: string): Promise<"up" | "starting" | "silent"> {
  try {
    await withClient(url, (client) => client.query("select 1"));
    return "up";
  } catch (error) {
    if (!(error instanceof ServerError)) {
      return "silent";
    }
    return error.code === cannotConnectNow ? "starting" : "up";
  }
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs });
  // A connection that breaks later must not end the process; the next statement reports it.
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What `postmaster.pid` says: process, data folder, start time and port in its first four lines. */
async function notedPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const file = join(clusterFolder(dataDir), "postmaster.pid");
  const text = await readFile(file, "utf8").catch(() => "");
  const lines = text.split("\n");
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  return pid > 0 && port > 0 ? { pid, port } : undefined;
}

/** Whether the process is a PostgreSQL on this very folder, not a later process with its number. */
function isOurs(pid: number, dataDir: string): boolean {
  return commandLine(pid)?.includes(`-D ${clusterFolder(dataDir)} `) === true;
}

/** The port of last time if it is free, so that noted URLs stay true; else any free one. */
async function choosePort(dataDir: string): Promise<number> {
  const file = join(dataDir, "port");
  const last = Number(await readFile(file, "utf8").catch(() => "0"));
  const port = (await freePort(last)) ?? (await freePort(0));
  const chosen = must(port, "the system gives a free port");
  await writeFile(file, `${chosen}\n`, { mode: 0o600 });
  return chosen;
}

async function freePort(wanted: number): Promise<number | undefined> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(wanted, "127.0.0.1", () => {
      const address = server.address();
      assert(address !== null && typeof address === "object", () => "a TCP server has a port");
      server.close(() => resolve(address.port));
    });
  });
}

/** The random password of a role, made when it is first asked for. */
async function password(dataDir: string, role: string): Promise<string> {
  const file = join(dataDir, "keys", `postgres-${role}`);
  const known = await readFile(file, "utf8").catch(() => undefined);
  if (known !== undefined && known !== "") {
    return known.trim();
  }
  const made = randomBytes(24).toString("base64url");
  await writeFile(file, `${made}\n`, { mode: 0o600 });
  return made;
}

function urlOf(parts: { user: string; password: string; port: number; database: string }): string {
  return `postgres://${parts.user}:${parts.password}@127.0.0.1:${parts.port}/${parts.database}`;
}

function logFile(dataDir: string): string {
  return join(dataDir, "postgres.log");
}

async function logText(dataDir: string): Promise<string> {
  return await readFile(logFile(dataDir), "utf8").catch(() => "");
}

async function logTail(dataDir: string): Promise<string> {
  return (await logText(dataDir)).slice(-logTailBytes).trim();
}
