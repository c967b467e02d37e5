/**
 * Follows the change log: what is new or changed is matched against everything, and only the customers
 * that it reaches are decided anew. Ends where a full run with the same model would.
 */
import type { Database, Transaction } from "../../../platform/postgres/index.ts";
import type { Client } from "../../contracts/index.ts";
import { changedRecords, type EntityDataset, lastChange } from "../../customers/index.ts";
import { gatherEvidence } from "../incremental/gather.ts";
import { rekey } from "../incremental/rekey.ts";
import { settleAround } from "../incremental/settle-around.ts";
import { openSession } from "../linking/open-session.ts";
import { saveProgress } from "../store/register.ts";
import { applySettlement } from "./apply.ts";
import { entityDataset } from "./entity-dataset.ts";
import { idleReport, type ResolutionReport, type RunOptions } from "./report.ts";
import { reportOf } from "./tally.ts";
import { inRun } from "./transaction.ts";

/** Pairs are weighed here one at a time; of more records than this, DuckDB weighs all there are as quickly. */
const MOST_CHANGED = 50_000;

/** How many entries of the change log are looked at in one statement. */
const ENTRIES = 50_000;

/**
 * Matches the records that are new or changed since the last run.
 * @returns undefined when it takes a full run: the dataset was never resolved, or too much is new
 * @throws CancelledError when the signal is aborted: nothing is changed
 */
export async function resolveChanged(
  db: Database,
  client: Client,
  options: RunOptions,
): Promise<ResolutionReport | undefined> {
  const dataset = entityDataset(client, options.dataset);
  return await inRun({ db, client }, options, (tx) =>
    resolveWithin(tx, client, { ...options, entities: dataset }),
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
  if (records.length > MOST_CHANGED) {
    return undefined;
  }
  onProgress?.({ phase: "weighing", done: 0, total: records.length });
  const rekeyed = await rekey(session, records);
  const { number: model } = session.linker;
  const at = clock.now();
  if (rekeyed.records.length === 0) {
    await saveProgress(tx, dataset.name, { cursor, model, at });
    return idleReport(dataset.name, { model, scope: "changed" });
  }
  const evidence = await gatherEvidence(session, rekeyed);
  onProgress?.({ phase: "grouping" });
  const around = await settleAround(session, { records: rekeyed.records, evidence });
  onProgress?.({ phase: "writing" });
  const cause = { scope: "changed", model } as const;
  const application = {
    tx,
    catalogue: client.catalogue,
    dataset,
    actor,
    at,
    reason: "resolution",
    cause,
  };
  const regrouped = await applySettlement(application, around.settlement, around.current);
  await saveProgress(tx, dataset.name, { cursor: await lastChange(tx), model, at });
  const { length: count } = rekeyed.records;
  const about = { dataset: dataset.name, model, scope: "changed", records: count } as const;
  return reportOf(about, { ...around, limits: session.linker.limits, regrouped });
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
    cursor = changes.last;
  }
}
