/** The preparation that a model asks for. */
import { keyCandidates } from "../auto/key-candidates.ts";
import { comparedColumns } from "../model/columns.ts";
import type { Model } from "../model/model.ts";
import { openPreparation, type Preparation } from "../prepare/preparation.ts";

/**
 * Opens the preparation of records for a model, with the columns that it wants. Records that agree on all
 * these columns are equal to the model, so this is also what twins are found by, in a run over all
 * records as for one that arrives alone.
 */
export function openModelPreparation(model: ComparedModel): Preparation {
  return openPreparation(model.fields, { only: wantedColumns(model) });
}

/**
 * The prepared columns that a model compares or blocks by and those that blocking rules are chosen from; the
 * others would be written for nobody.
 */
export function wantedColumns(model: ComparedModel): ReadonlySet<string> {
  const candidates = keyCandidates(model.fields).flatMap(({ keys }) =>
    keys.map(({ column }) => column),
  );
  return new Set([...modelColumns(model), ...candidates]);
}

type ComparedModel = Pick<Model, "fields" | "comparisons" | "blocking">;

/** The columns of the prepared records that a model compares, counts or blocks by, each once. */
export function modelColumns({ comparisons, blocking }: ComparedModel): readonly string[] {
  const compared = comparisons.flatMap(comparedColumns);
  const counted = comparisons.flatMap(({ levels }) =>
    levels.flatMap(({ termFrequency }) => termFrequency?.column ?? []),
  );
  const blocked = blocking.flatMap(({ parts }) => parts.map(({ column }) => column));
  return [...new Set([...compared, ...counted, ...blocked])];
}
