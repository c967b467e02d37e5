/** The model of a full run: the client's own file, the one in force, or one that suits the contract's fields. */
import { createHash } from "node:crypto";
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import type { EntityDataset } from "../../customers/index.ts";
import {
  autoBlocking,
  autoModel,
  chooseThreshold,
  countTerms,
  createCompared,
  findPairs,
  type KnownPairs,
  type Model,
  readScored,
  recountTerms,
  scorePairs,
  thresholdsAt,
  trainModel,
} from "../../linkage/index.ts";
import { readModelFile } from "../model/model-file.ts";
import { modelFields } from "../model/model-fields.ts";
import { type ModelOrigin, readModel } from "../store/register.ts";

/** A model that is to be completed, or one that is in force. */
export interface ChosenModel {
  readonly model: Model;
  /** Its number in the register; undefined where it is new. */
  readonly number: number | undefined;
  readonly origin: ModelOrigin;
  /** What the client's file is known by; undefined where it is not from a file. */
  readonly sha256: Buffer | undefined;
}

/** Chooses the model. */
export async function chooseModel(
  tx: Transaction,
  { dataset, catalogue }: { readonly dataset: EntityDataset; readonly catalogue: Catalogue },
  { inForce, retrain }: { readonly inForce: number | null; readonly retrain: boolean },
): Promise<ChosenModel> {
  const file = await readModelFile(tx, dataset);
  const present = inForce === null || retrain ? undefined : await readModel(tx, inForce);
  const sha256 = file?.sha256;
  const isOfFile = present?.origin === "file";
  const isPresent = file === undefined ? !isOfFile : present?.sha256.equals(file.sha256) === true;
  if (present !== undefined && isPresent && fits(present.model, dataset)) {
    return { model: present.model, number: inForce ?? undefined, origin: present.origin, sha256 };
  }
  return file === undefined
    ? {
        model: autoModel(modelFields(dataset, catalogue)),
        number: undefined,
        origin: "trained",
        sha256: undefined,
      }
    : { model: file.model, number: undefined, origin: "file", sha256 };
}

/** Whether the contract still has every field that the model reads. */
function fits({ fields }: Model, dataset: EntityDataset): boolean {
  const known = new Set(dataset.fields.map(({ name }) => name));
  return fields.every(({ columns }) => columns.every((column) => known.has(column)));
}

export interface CompletionOptions {
  readonly seed: number;
  readonly records: number;
  /** What persons judged, to learn from. */
  readonly known: KnownPairs | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Gives a model what it lacks: blocking rules, parameters, thresholds. Needs the table `records`; leaves
 * the tables `pairs`, `compared` and `terms_COLUMN`.
 */
export async function completeModel(
  duck: DuckDb,
  begun: Model,
  { seed, records, known, signal }: CompletionOptions,
): Promise<Model> {
  const blocking =
    begun.blocking.length > 0
      ? begun.blocking
      : await autoBlocking(duck, begun.fields, { records, signal });
  const blocked = { ...begun, blocking };
  await findPairs(duck, blocked, { signal });
  await countTerms(duck, blocked.comparisons, signal);
  await createCompared(duck, blocked.comparisons, signal);
  const model = await withParameters(duck, blocked, { seed, known, signal });
  if (model.thresholds !== undefined) {
    return model;
  }
  await scorePairs(duck, model, { minimumWeight: LEAST_LINK, signal });
  return {
    ...model,
    thresholds: thresholdsAt(chooseThreshold(model, await readScored(duck, signal))),
  };
}

/** No threshold is lower: lighter pairs are not needed to choose one. */
const LEAST_LINK = 0;

/**
 * Trains what is not trained. Also where it is, the same people are taken out of the counts of values, or
 * a value would seem common because one person's records repeat it.
 */
async function withParameters(
  duck: DuckDb,
  model: Model,
  { seed, known, signal }: Pick<CompletionOptions, "seed" | "known" | "signal">,
): Promise<Model> {
  if (!isTrained(model)) {
    return await trainModel(duck, model, { seed, known, signal });
  }
  await recountTerms(duck, model, { seed, signal });
  return model;
}

function isTrained({ prior, comparisons }: Model): boolean {
  return (
    prior !== undefined &&
    comparisons.every(({ levels }) =>
      levels.every(({ isMissing, m, u }) => isMissing || (m !== undefined && u !== undefined)),
    )
  );
}

/** What a trained model is known by. */
export function fingerprint(model: Model): Buffer {
  return createHash("sha256").update(JSON.stringify(model)).digest();
}
