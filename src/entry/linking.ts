/** Linking what imports have brought: after it is published, and never at its cost. */
import type { Clock } from "../kernel/index.ts";
import { type Client, findDataset } from "../modules/contracts/index.ts";
import { type EntityDataset, readRecords } from "../modules/customers/index.ts";
import type { FieldKind, ModelField } from "../modules/linkage/index.ts";
import {
  modelFields,
  resolveAll,
  resolveChanged,
  type ResolutionProgress,
  type ResolutionReport,
} from "../modules/resolution/index.ts";
import type { Database } from "../platform/postgres/index.ts";

/** What became of the linking. It never throws: whatever happens, the import stands. */
export type Linking =
  | { readonly state: "linked"; readonly report: ResolutionReport; readonly seconds: number }
  /** There is no model yet, and too little to learn one from. */
  | { readonly state: "waiting"; readonly records: number; readonly enough: number }
  /** Not a thing that is linked: events, or records without any field to tell them by. */
  | { readonly state: "nothing-to-compare" }
  | { readonly state: "failed"; readonly error: unknown };

export interface LinkRequest {
  readonly client: Client;
  /** The dataset that was imported. */
  readonly dataset: string;
  readonly actor: string;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: ResolutionProgress) => void) | undefined;
}

/**
 * So many records that can be told apart make the first model: with fewer, what the same people's
 * records agree on could not be learnt from them.
 */
export const ENOUGH_RECORDS = 100;

/**
 * Matches the records that are new or changed since the last run against all others. The first time,
 * there is no model: then one is trained from all records, as soon as there are enough of them.
 */
export async function linkImported(
  deps: { readonly db: Database; readonly clock: Clock },
  request: LinkRequest,
): Promise<Linking> {
  const { client, actor, signal, onProgress } = request;
  const dataset = findDataset(client.catalogue, request.dataset);
  if (dataset === undefined || dataset.kind === "event") {
    return { state: "nothing-to-compare" };
  }
  const telling = modelFields(dataset, client.catalogue).filter(tellsPeopleApart);
  if (telling.length < LEAST_FIELDS) {
    return { state: "nothing-to-compare" };
  }
  const started = performance.now();
  const options = { actor, signal, onProgress, clock: deps.clock, dataset: dataset.name };
  try {
    const changed = await resolveChanged(deps.db, client, options);
    if (changed === undefined) {
      const records = await countTelling(deps.db, client, { dataset, telling });
      if (records < ENOUGH_RECORDS) {
        return { state: "waiting", records, enough: ENOUGH_RECORDS };
      }
    }
    const report = changed ?? (await resolveAll(deps.db, client, options));
    return { state: "linked", report, seconds: (performance.now() - started) / 1000 };
  } catch (error) {
    return { state: "failed", error };
  }
}

/** Of one field alone nobody is known again. */
const LEAST_FIELDS = 2;

/** Kinds with so few values that everybody shares his with many. */
const COMMON_KINDS: ReadonlySet<FieldKind> = new Set(["category", "country"]);

function tellsPeopleApart({ kind }: ModelField): boolean {
  return !COMMON_KINDS.has(kind);
}

/**
 * How many records say enough to be told from others, counted up to as many as are needed. A ledger that
 * holds numbers and a gender alone teaches a model nothing.
 */
async function countTelling(
  db: Database,
  { scope }: Client,
  {
    dataset,
    telling,
  }: { readonly dataset: EntityDataset; readonly telling: readonly ModelField[] },
): Promise<number> {
  return await db.scoped(
    scope,
    async (tx) => {
      let count = 0;
      for await (const { records, values } of readRecords(tx, dataset, { records: "all" })) {
        const said = (column: string, place: number): boolean =>
          (values.get(column)?.[place] ?? null) !== null;
        count += records.filter((_, place) => {
          const fields = telling.filter(({ columns }) => columns.some((name) => said(name, place)));
          return fields.length >= LEAST_FIELDS;
        }).length;
        if (count >= ENOUGH_RECORDS) {
          break;
        }
      }
      return count;
    },
    { readOnly: true, statementTimeoutMs: 0 },
  );
}
