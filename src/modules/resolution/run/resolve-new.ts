import type { Database } from "../../../platform/postgres/index.ts";
import type { Client } from "../../contracts/index.ts";
import type { ResolutionReport } from "./report.ts";
import { type FullRunOptions, resolveAll } from "./resolve-all.ts";
import { resolveChanged } from "./resolve-changed.ts";

/**
 * Resolves what is new or changed since the last run: after an import. Where nothing was resolved yet, or
 * so much is new that looking at everything is quicker, it is a full run; the customers end the same.
 * @throws NotFoundError `dataset-not-resolvable`
 * @throws CancelledError when the signal is aborted: nothing is changed
 */
export async function resolveNew(
  db: Database,
  client: Client,
  options: FullRunOptions,
): Promise<ResolutionReport> {
  const report = await resolveChanged(db, client, options);
  return report ?? (await resolveAll(db, client, options));
}
