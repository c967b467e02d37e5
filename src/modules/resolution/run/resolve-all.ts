/**
 * The full run: every record against every other, with the model in force, the client's own, or one that
 * is trained now. One transaction: whoever kills it finds everything as it was, and runs it again. Imports
 * wait meanwhile; readers do not.
 */
import { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Database, Transaction } from "../../../platform/postgres/index.ts";
import type { Client } from "../../contracts/index.ts";
import { type EntityDataset, lastChange } from "../../customers/index.ts";
import { createCompared, findPairs } from "../../linkage/index.ts";
import { type ChosenModel, chooseModel, completeModel, fingerprint } from "../full/choose-model.ts";
import { type LoadedRecords, loadRecords } from "../full/load-records.ts";
import { type Weighing, weighBlocked, weighEqual, weighNear } from "../full/weigh-all.ts";
import { taughtPairs } from "../full/taught-pairs.ts";
import { readShareTables, writeShares } from "../full/term-shares.ts";
import { writeKeys } from "../full/write-keys.ts";
import { neighbourPairs } from "../settlement/closure.ts";
import { type Evidence, limitsOf } from "../settlement/evidence.ts";
import { openFrame } from "../settlement/frame.ts";
import { settle } from "../settlement/settle.ts";
import { sharedIdentifiers } from "../settlement/shared-identifiers.ts";
import { deleteAllKeys } from "../store/blocks.ts";
import { allHomes, mergedAway } from "../store/golden-ids.ts";
import { allStanding, logOfPersons } from "../store/judgements.ts";
import { insertModel, openProgress, saveProgress } from "../store/register.ts";
import { applySettlement } from "./apply.ts";
import { entityDataset } from "./entity-dataset.ts";
import { idleReport, type ResolutionReport, type RunOptions } from "./report.ts";
import { type Outcome, reportOf } from "./tally.ts";
import { inRun } from "./transaction.ts";

export interface FullRunOptions extends RunOptions {
  /** For training: the same seed and records give the same model. Default 1. */
  readonly seed?: number | undefined;
  /** Trains a new model even where one is in force. Default false. */
  readonly retrain?: boolean | undefined;
  /** What DuckDB may use, in MB; what does not fit goes to the disk. Default 1,024. */
  readonly memoryMb?: number | undefined;
}

/**
 * Resolves all records of a dataset.
 * @throws NotFoundError `dataset-not-resolvable`
 * @throws CancelledError when the signal is aborted: nothing is changed
 * @throws UnavailableError `analysis-memory` when neither memory nor disk suffice
 */
export async function resolveAll(
  db: Database,
  client: Client,
  options: FullRunOptions,
): Promise<ResolutionReport> {
  const dataset = entityDataset(client, options.dataset);
  return await inRun({ db, client }, options, async (tx) => {
    const { catalogue } = client;
    const { clock, actor } = options;
    const at = clock.now();
    const decided = await decideAll({ tx, client, dataset, options, at });
    if (decided === undefined) {
      const { model } = await openProgress(tx, dataset.name);
      return idleReport(dataset.name, { model, scope: "all" });
    }
    const { settlement, current } = decided.outcome;
    const cause = { scope: "all", model: decided.about.model } as const;
    const application = { tx, catalogue, dataset, actor, at, reason: "resolution", cause };
    const regrouped = await applySettlement(application, settlement, current);
    await saveProgress(tx, dataset.name, {
      cursor: await lastChange(tx),
      model: decided.about.model,
      at,
    });
    return reportOf(decided.about, { ...decided.outcome, regrouped });
  });
}

interface FullRun {
  readonly tx: Transaction;
  readonly duck: DuckDb;
  readonly client: Client;
  readonly dataset: EntityDataset;
  readonly options: FullRunOptions;
  readonly at: Date;
}

/** Who is whose, and what the report says of the run. */
interface Decided {
  readonly about: Parameters<typeof reportOf>[0] & { readonly model: number };
  readonly outcome: Omit<Outcome, "regrouped">;
}

/**
 * Decides about all records, and writes what single ones are matched by. DuckDB's memory is free again
 * before anybody is moved, which takes some itself. Undefined where there is nothing to compare.
 */
async function decideAll(about: Omit<FullRun, "duck">): Promise<Decided | undefined> {
  await using duck = await DuckDb.open({ memoryMb: about.options.memoryMb });
  const run = { ...about, duck };
  const { tx, client, dataset, options } = run;
  const { catalogue } = client;
  const { retrain = false, onProgress, signal } = options;
  const progress = await openProgress(tx, dataset.name);
  const chosen = await chooseModel(
    tx,
    { dataset, catalogue },
    { inForce: progress.model, retrain },
  );
  const { secret } = progress;
  const wanted = { model: chosen.model, secret };
  const loaded = await loadRecords({ tx, duck, dataset }, wanted, (done) =>
    onProgress?.({ phase: "reading", done }),
  );
  if (loaded.records.length === 0 || chosen.model.comparisons.length === 0) {
    return undefined;
  }
  const { number, model } = await putInForce(run, { chosen, secret, loaded });
  const taught = chosen.number === undefined ? model.training?.known : undefined;
  const limits = limitsOf(model);
  onProgress?.({ phase: "weighing" });
  const weighing: Weighing = {
    duck,
    model,
    limits,
    loaded,
    signal,
    onProgress: (done, total) => onProgress?.({ phase: "weighing", done, total }),
  };
  const found = [...(await weighBlocked(weighing)), ...(await weighEqual(weighing))];
  onProgress?.({ phase: "grouping" });
  const settled = await settleAll(run, { weighing, found, model: number });
  onProgress?.({ phase: "writing" });
  if (number !== progress.model) {
    await deleteAllKeys(tx, dataset);
  }
  await writeKeys(tx, duck, { model, secret, loaded });
  const records = loaded.records.length;
  return {
    about: { dataset: dataset.name, model: number, scope: "all", records, taught },
    outcome: settled,
  };
}

/**
 * Completes a new model and registers it with its shares; of the one in force, the shares are read. Leaves
 * the pairs that blocking finds, and what is compared of the records.
 */
async function putInForce(
  { tx, duck, dataset, options, at }: FullRun,
  {
    chosen,
    secret,
    loaded,
  }: {
    readonly chosen: ChosenModel;
    readonly secret: Buffer;
    readonly loaded: LoadedRecords;
  },
): Promise<{ readonly number: number; readonly model: ChosenModel["model"] }> {
  const { seed = 1, signal, actor, onProgress } = options;
  if (chosen.number !== undefined) {
    const { number, model } = chosen;
    onProgress?.({ phase: "blocking" });
    await readShareTables(tx, duck, { number, model, secret });
    await findPairs(duck, model, { signal });
    await createCompared(duck, model.comparisons, signal);
    return { number, model };
  }
  onProgress?.({ phase: "training" });
  const records = loaded.representatives.length;
  const known = taughtPairs(await logOfPersons(tx, dataset.name), loaded);
  const model = await completeModel(duck, chosen.model, { seed, records, known, signal });
  const sha256 = chosen.sha256 ?? fingerprint(model);
  const { origin } = chosen;
  const entry = { dataset: dataset.name, model, sha256, origin, at, by: actor };
  const number = await insertModel(tx, entry);
  await writeShares(tx, duck, { number, model, secret });
  return { number, model };
}

async function settleAll(
  { tx, dataset }: FullRun,
  about: {
    readonly weighing: Weighing;
    readonly found: readonly Evidence[];
    readonly model: number;
  },
): Promise<Omit<Outcome, "regrouped">> {
  const { weighing, found, model } = about;
  const { limits, loaded } = weighing;
  const { records, current } = loaded;
  const standing = await allStanding(tx, dataset.name);
  const shared = await sharedIdentifiers(tx, dataset, "all");
  const frame = openFrame({ records, found, standing, shared, limits });
  const near = await weighNear(weighing, neighbourPairs(frame, found));
  const evidence = [...found, ...near];
  const homes = await allHomes(tx, dataset);
  const free = await mergedAway(tx, dataset.name, [...new Set(homes.values())]);
  const settlement = settle({
    records,
    frame,
    evidence,
    standing,
    shared,
    current,
    homes,
    free,
    limits,
    model,
  });
  return { settlement, evidence, current, limits };
}
