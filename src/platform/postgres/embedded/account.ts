/**
 * PostgreSQL refuses to run as root, and containers often run everything as root. The ways around
 * it, in order:
 *
 * 1. `self`: we are not root.
 * 2. `namespace`: a user namespace in which root is called nobody. Files stay root's outside, so a
 *    data folder in root's home works. Needs `unshare` and a kernel that lets us.
 * 3. `account`: as the system account `postgres` or `nobody`, to whom the cluster's files are given.
 *    Needs folders on the way to data and programs that everyone may pass through.
 */
import { spawnSync } from "node:child_process";
import { chmod, chown, lstat, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { UnavailableError } from "../../../kernel/index.ts";

export type Way = "self" | "namespace" | "account";

/** How to run a program of PostgreSQL. */
export interface Account {
  readonly way: Way;
  /** The program and arguments to spawn in place of the given ones. */
  command(program: string, args: readonly string[]): readonly [string, readonly string[]];
  /** What `spawn` needs beside them. */
  readonly identity: { readonly uid?: number; readonly gid?: number };
  /** Gives a file or folder, with all in it, to whom the programs run as. */
  own(path: string): Promise<void>;
}

interface Place {
  /** The cluster's folder, which may not exist yet. */
  readonly cluster: string;
  /** The folder that holds it. */
  readonly dataDir: string;
  readonly postgres: string;
}

/** `nobody` on Linux; inside the namespace only its being another number than 0 matters. */
const nobody = 65534;

/**
 * Chooses the first way that works here.
 * @throws UnavailableError with what was tried when none does
 */
export async function chooseAccount(place: Place, ways?: readonly Way[]): Promise<Account> {
  const tried: string[] = [];
  for (const way of ways ?? (["self", "namespace", "account"] as const)) {
    const found = await attempt(way, place);
    if (typeof found !== "string") {
      return found;
    }
    tried.push(`${way}: ${found}`);
  }
  throw new UnavailableError(
    "embedded-root",
    `PostgreSQL does not run as root, and no other way worked (${tried.join("; ")})`,
    {
      hint: "run Waybill as an ordinary user, move the data directory to where everyone may pass through, or set DATABASE_URL",
    },
  );
}

/** The account, or why it cannot be had. */
async function attempt(way: Way, place: Place): Promise<Account | string> {
  switch (way) {
    case "self":
      return process.getuid?.() === 0 ? "this process is root" : self;
    case "namespace":
      return await namespace(place);
    case "account":
      return await systemAccount(place);
  }
}

const self: Account = {
  way: "self",
  command: (program, args) => [program, args],
  identity: {},
  own: () => Promise.resolve(),
};

const unshareArguments = ["--user", `--map-user=${nobody}`, `--map-group=${nobody}`, "--"];

async function namespace(place: Place): Promise<Account | string> {
  const probe = spawnSync("unshare", [...unshareArguments, "id", "-u"], { encoding: "utf8" });
  if (probe.status !== 0 || probe.stdout.trim() !== String(nobody)) {
    return "user namespaces are not available";
  }
  const owner = await ownerOf(place.cluster);
  if (owner !== undefined && owner !== process.getuid?.()) {
    return "the cluster's files belong to another account";
  }
  return {
    way: "namespace",
    command: (program, args) => ["unshare", [...unshareArguments, program, ...args]],
    identity: {},
    own: () => Promise.resolve(),
  };
}

async function systemAccount(place: Place): Promise<Account | string> {
  if (process.getuid?.() !== 0) {
    return "only root can run programs as another account";
  }
  const identity = await findAccount();
  // The account must pass through; `keys/` stays closed to it.
  await chmod(place.dataDir, 0o711);
  const reachable = spawnSync(
    "/bin/sh",
    ["-c", 'test -x "$1" && test -x "$2"', "sh", place.postgres, place.dataDir],
    identity,
  );
  if (reachable.status !== 0) {
    return `account ${identity.uid} cannot reach the programs or the data directory`;
  }
  return {
    way: "account",
    command: (program, args) => [program, args],
    identity,
    own: (path) => give(path, identity),
  };
}

async function findAccount(): Promise<{ uid: number; gid: number }> {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  const [, , uid, gid] =
    lines.find(([name]) => name === "postgres") ?? lines.find(([name]) => name === "nobody") ?? [];
  return { uid: Number(uid ?? nobody), gid: Number(gid ?? nobody) };
}

async function ownerOf(path: string): Promise<number | undefined> {
  return await stat(path).then(
    ({ uid }) => uid,
    () => undefined,
  );
}

async function give(path: string, identity: { uid: number; gid: number }): Promise<void> {
  const stats = await lstat(path);
  if (stats.uid !== identity.uid) {
    await chown(path, identity.uid, identity.gid);
  }
  if (stats.isDirectory()) {
    for (const name of await readdir(path)) {
      await give(join(path, name), identity);
    }
  }
}
