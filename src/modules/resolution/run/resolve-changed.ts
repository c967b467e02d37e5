/**
 * Follows the change log: what is new or changed is matched against everything, and only the customers
 * that it reaches are decided anew. Ends where a full run with the same model would.
 */
import { ConflictError, must, NotFoundError } from "../../../kernel/index.ts";
import type { Database, Transaction } from "../../../platform/postgres/index.ts";
import { type Client, customerDataset, findDataset } from "../../contracts/index.ts";
import { changedRecords, type EntityDataset, lockCustomers } from "../../customers/index.ts";
import { gatherEvidence } from "../incremental/gather.ts";
import { rekey } from "../incremental/rekey.ts";
import { settleAround } from "../incremental/settle-around.ts";
import { openLinker } from "../linking/linker.ts";
import { RecordShelf } from "../linking/record-shelf.ts";
import type { LinkSession } from "../linking/session.ts";
import {
  openProgress,
  type Progress,
  readModel,
  readProgress,
  saveProgress,
} from "../store/register.ts";
import { applySettlement } from "./apply.ts";
import { idleReport, type ResolutionReport, type RunOptions } from "./report.ts";
import { reportOf } from "./tally.ts";

/** How many entries of the change log are looked at in one statement. */
const ENTRIES = 50_000;

/**
 * The dataset to resolve.
 * @throws NotFoundError `dataset-not-resolvable` when the contract has none of that name
 */
export function entityDataset(client: Client, name: string | undefined): EntityDataset {
  const { catalogue } = client;
  const dataset = name === undefined ? customerDataset(catalogue) : findDataset(catalogue, name);
  if (dataset === undefined || dataset.kind === "event") {
    const what =
      name === undefined ? "customers" : `dataset ${JSON.stringify(name)} of customers or accounts`;
    throw new NotFoundError(
      "dataset-not-resolvable",
      `the contract of ${client.key} has no ${what}`,
      {
        hint: "only records of customers and accounts are resolved",
      },
    );
  }
  return dataset;
}

/** Bulk work in a transaction: as long as it takes. */
export const BULK = { statementTimeoutMs: 0, lockTimeoutMs: 0 } as const;

/**
 * Matches the records that are new or changed since the last run.
 * @returns undefined when the dataset was never resolved: a full run has to come first
 * @throws CancelledError when the signal is aborted: nothing is changed
 */
export async function resolveChanged(
  db: Database,
  client: Client,
  options: RunOptions,
): Promise<ResolutionReport | undefined> {
  const dataset = entityDataset(client, options.dataset);
  return await db.scoped(
    client.scope,
    async (tx) => {
      await lockCustomers(tx);
      return await resolveWithin(tx, client, { ...options, entities: dataset });
    },
    { ...BULK, signal: options.signal },
  );
}

async function resolveWithin(
  tx: Transaction,
  client: Client,
  options: RunOptions & { readonly entities: EntityDataset },
): Promise<ResolutionReport | undefined> {
  const { entities: dataset, clock, actor, onProgress } = options;
  const session = await openSession(tx, client, dataset);
  if (session === undefined) {
    return undefined;
  }
  onProgress?.({ phase: "reading" });
  const { records, cursor } = await changesSince(tx, dataset, session.cursor);
  onProgress?.({ phase: "weighing", done: 0, total: records.length });
  const dirty = await rekey(session, records);
  const { number: model } = session.linker;
  const at = clock.now();
  if (dirty.length === 0) {
    await saveProgress(tx, dataset.name, { cursor, model, at });
    return idleReport(dataset.name, { model, scope: "changed" });
  }
  const evidence = await gatherEvidence(session, dirty);
  onProgress?.({ phase: "grouping" });
  const around = await settleAround(session, { records: dirty, evidence });
  onProgress?.({ phase: "writing" });
  await saveProgress(tx, dataset.name, { cursor, model, at });
  const application = { tx, catalogue: client.catalogue, dataset, actor, at, reason: "resolution" };
  const regrouped = await applySettlement(application, around.settlement, around.current);
  const about = { dataset: dataset.name, model, scope: "changed", records: dirty.length } as const;
  return reportOf(about, { ...around, limits: session.linker.limits, regrouped });
}

/** The session of the model in force, and how far the change log was followed; undefined before the first run. */
export async function openSession(
  tx: Transaction,
  client: Client,
  dataset: EntityDataset,
): Promise<(LinkSession & { readonly cursor: bigint }) | undefined> {
  const progress = await openProgress(tx, dataset.name);
  if (progress.model === null) {
    return undefined;
  }
  const session = await sessionOf(tx, client, { dataset, progress, model: progress.model });
  return { ...session, cursor: progress.cursor };
}

/**
 * The session of the model in force, for reading.
 * @throws ConflictError `never-resolved` before the first run
 */
export async function requireSession(
  tx: Transaction,
  client: Client,
  name: string | undefined,
): Promise<LinkSession> {
  const dataset = entityDataset(client, name);
  const progress = await readProgress(tx, dataset.name);
  if (progress === undefined || progress.model === null) {
    throw new ConflictError("never-resolved", `${dataset.name} was never resolved`, {
      hint: `waybill resolve ${client.key}`,
    });
  }
  return await sessionOf(tx, client, { dataset, progress, model: progress.model });
}

async function sessionOf(
  tx: Transaction,
  { catalogue }: Client,
  of: { readonly dataset: EntityDataset; readonly progress: Progress; readonly model: number },
): Promise<LinkSession> {
  const { model } = await readModel(tx, of.model);
  const linker = openLinker(of.model, model, of.progress.secret);
  const shelf = new RecordShelf(tx, of.dataset, linker);
  return { tx, catalogue, dataset: of.dataset, linker, shelf };
}

/** Every record that the change log names after the cursor. */
async function changesSince(
  tx: Transaction,
  dataset: EntityDataset,
  after: bigint,
): Promise<{ readonly records: readonly bigint[]; readonly cursor: bigint }> {
  const records = new Set<bigint>();
  let cursor = after;
  for (;;) {
    const changes = await changedRecords(tx, dataset, { after: cursor, limit: ENTRIES });
    if (changes.last === cursor) {
      return { records: [...records], cursor };
    }
    for (const record of changes.records) {
      records.add(record);
    }
    cursor = must(changes.last, "the log has an end");
  }
}
