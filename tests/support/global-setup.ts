/**
 * One PostgreSQL for a run of the tests, in a temporary folder, with a template database that each test
 * clones: it holds the control plane, and the tables that every client has, in a schema that nobody has yet.
 */
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import type { TestProject } from "vitest/node";
import { prepareJobs } from "../../src/platform/jobs/index.ts";
import {
  createScope,
  migrateControl,
  migrateScope,
  openDatabase,
  startEmbedded,
} from "../../src/platform/postgres/index.ts";
import { Users } from "../../src/platform/postgres/embedded/users.ts";
import { stop as stopServer } from "../../src/platform/postgres/embedded/cluster.ts";
import { SCRATCH_PARENTS, scratchParent } from "./scratch.ts";
import { readyKey, templateName } from "./template-name.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The login role's URL of the database that others are created from. */
    readonly postgresUrl: string;
  }
}

const prefix = "waybill-test-";

/** What a test need not wait for: its data may be lost with the machine. */
const volatileSettings = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  max_connections: "200",
  shared_buffers: "128MB",
  // It lies in memory, where there is nothing to be gained by keeping more of it.
  max_wal_size: "256MB",
};

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await Promise.all(SCRATCH_PARENTS.map(sweep));
  const dataDir = await mkdtemp(join(await scratchParent(), prefix));
  const options = { dataDir, settings: volatileSettings, createsDatabases: true };
  const embedded = await startEmbedded(options).catch(async (error: unknown) => {
    await remove(dataDir);
    throw error;
  });
  await makeTemplate(embedded.url);
  project.provide("postgresUrl", embedded.url);
  return async () => {
    await embedded.stop();
    await remove(dataDir);
  };
}

async function makeTemplate(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${templateName}`);
  await client.end();
  const templateUrl = new URL(url);
  templateUrl.pathname = templateName;
  await using db = await openDatabase({ url: templateUrl.href, poolSize: 1 });
  await migrateControl(db);
  await prepareJobs(templateUrl.href);
  await migrateScope(db, await createScope(db, readyKey));
  await db.control((tx) => tx.run("delete from scopes where key = $1", [readyKey]));
}

/** Ends and removes what runs left behind that were killed before their own end. */
async function sweep(parent: string): Promise<void> {
  const names = (await readdir(parent).catch(() => [])).filter((name) => name.startsWith(prefix));
  for (const name of names) {
    const dataDir = join(parent, name);
    if (existsSync(join(dataDir, "users")) && new Users(dataDir).isEmpty()) {
      await stopServer(dataDir);
      await remove(dataDir);
    }
  }
}

/** Two runs that sweep at once remove the same files: each tries again where the other was faster. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
