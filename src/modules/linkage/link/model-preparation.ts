/** The preparation that a model asks for. */
import { keyCandidates } from "../auto/key-candidates.ts";
import { comparedColumns } from "../model/columns.ts";
import type { Model } from "../model/model.ts";
import { openPreparation, type Preparation } from "../prepare/preparation.ts";

/**
 * Opens the preparation of records for a model, with the columns that it compares or blocks by and those
 * that blocking rules are chosen from; the others would be written for nobody. Records that agree on all
 * these columns are equal to the model, so this is also what twins are found by, in a run over all
 * records as for one that arrives alone.
 */
export function openModelPreparation(
  model: Pick<Model, "fields" | "comparisons" | "blocking">,
): Preparation {
  const compared = model.comparisons.flatMap(comparedColumns);
  const counted = model.comparisons.flatMap(({ levels }) =>
    levels.flatMap(({ termFrequency }) => termFrequency?.column ?? []),
  );
  const blocked = model.blocking.flatMap(({ parts }) => parts.map(({ column }) => column));
  const candidates = keyCandidates(model.fields).flatMap(({ keys }) =>
    keys.map(({ column }) => column),
  );
  return openPreparation(model.fields, {
    only: new Set([...compared, ...counted, ...blocked, ...candidates]),
  });
}
