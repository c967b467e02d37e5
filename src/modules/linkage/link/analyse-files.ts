/** What linking files would compare, before anything is compared. */
import type { DuckDb } from "../../../platform/duckdb/index.ts";
import { autoBlocking } from "../auto/auto-blocking.ts";
import { strictRules } from "../auto/strict-rules.ts";
import { analyseRules, type BlockingAnalysis } from "../blocking/analyse-rules.ts";
import type { Model } from "../model/model.ts";
import { type LinkFilesOptions, type PreparedFiles, prepareFiles } from "./link-files.ts";

export interface FilesAnalysis extends PreparedFiles {
  /** With the blocking rules that were looked at. */
  readonly model: Model;
  readonly analysis: BlockingAnalysis;
}

/**
 * Says what the rules of the model, or those that would be chosen, bring together: pairs, the largest
 * blocks, and which share of pairs that are surely the same they find.
 * @throws InvalidInputError as `linkFiles` does
 * @throws CancelledError when the signal is aborted
 */
export async function analyseFiles(
  duck: DuckDb,
  options: LinkFilesOptions,
): Promise<FilesAnalysis> {
  const prepared = await prepareFiles(duck, options);
  const { signal } = options;
  const { model, input } = prepared;
  const blocking =
    model.blocking.length > 0
      ? model.blocking
      : await autoBlocking(duck, model.fields, { records: input.rows, signal });
  const analysis = await analyseRules(duck, blocking, {
    largestBlock: model.largestBlock,
    strict: strictRules(model.fields),
    signal,
  });
  return { ...prepared, model: { ...model, blocking }, analysis };
}
