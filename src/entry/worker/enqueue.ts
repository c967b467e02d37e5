/** Puts work into the background, from whatever process somebody asks for it in. */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { InvalidInputError, type Issue, NotFoundError } from "../../kernel/index.ts";
import { findDataset, getClient } from "../../modules/contracts/index.ts";
import { enqueueJob, prepareJobs } from "../../platform/jobs/index.ts";
import type { Context } from "../context.ts";
import { deliveryDeps } from "../delivering.ts";
import { deliverJob } from "./deliver-job.ts";
import { importJob, type ImportJobInput } from "./import-job.ts";
import { readRoutes } from "./routes.ts";
import { routeKey } from "./schedule.ts";

export type { ImportJobInput } from "./import-job.ts";

/**
 * The absolute paths of files that a worker is to read.
 * @throws InvalidInputError with every name that is no file: a pattern, a folder and standard input
 * mean something only to the process that was given them
 */
export async function backgroundFiles(names: readonly string[]): Promise<string[]> {
  const issues: Issue[] = [];
  for (const name of names) {
    const status = await stat(name).catch(() => undefined);
    if (status?.isFile() !== true) {
      const hint = "name each file; in the background nothing else can be read";
      issues.push({ at: name, message: "is not a file", hint });
    }
  }
  if (issues.length > 0) {
    throw new InvalidInputError("no-such-file", "there is nothing to read", issues);
  }
  return names.map((name) => resolve(name));
}

/**
 * Asks for the import of each file, all or none. Returns the jobs' numbers.
 * @throws NotFoundError when there is no such client or dataset: better now than in the background
 */
export async function enqueueImports(
  context: Context,
  what: Omit<ImportJobInput, "path">,
  paths: readonly string[],
): Promise<bigint[]> {
  const { db, databaseUrl } = context;
  const { catalogue, key: client } = await getClient(db, what.client);
  if (findDataset(catalogue, what.dataset) === undefined) {
    throw new NotFoundError("dataset-unknown", `${client} has no dataset ${what.dataset}`, {
      hint: `there are ${catalogue.datasets.map(({ name }) => name).join(", ")}`,
    });
  }
  await prepareJobs(databaseUrl);
  const job = importJob(context);
  return await db.control(async (tx) => {
    const jobs: bigint[] = [];
    for (const path of paths) {
      jobs.push(await enqueueJob(tx, { job, client, input: { ...what, path } }));
    }
    return jobs;
  });
}

/**
 * Asks for a delivery of a route. Returns the job's number, or that of the one that waits already.
 * @throws NotFoundError when there is no such client or route
 */
export async function enqueueDelivery(
  context: Context,
  input: { readonly client: string; readonly route: string },
): Promise<bigint> {
  const { db, databaseUrl } = context;
  const client = await getClient(db, input.client);
  const routes = await db.scoped(client.scope, readRoutes, { readOnly: true });
  if (!routes.some(({ route }) => route === input.route)) {
    throw new NotFoundError("route-not-found", `${client.key} has no route ${input.route}`, {
      hint: `there are ${routes.map(({ route }) => route).join(", ")}`,
    });
  }
  await prepareJobs(databaseUrl);
  const job = deliverJob(await deliveryDeps(context));
  const key = routeKey(input);
  return await db.control((tx) => enqueueJob(tx, { job, input, client: client.key, key }));
}
