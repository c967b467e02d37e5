import type { Regrouped } from "../../customers/index.ts";
import { type Evidence, type Limits, verdictOf } from "../settlement/evidence.ts";
import type { Settlement } from "../settlement/settle.ts";
import { movesOf } from "./apply.ts";
import type { ResolutionReport } from "./report.ts";

/** What a run came to. */
export interface Outcome {
  readonly settlement: Settlement;
  readonly evidence: readonly Evidence[];
  readonly current: ReadonlyMap<bigint, bigint>;
  readonly limits: Limits;
  readonly regrouped: Regrouped | undefined;
}

/** Counts an outcome. */
export function reportOf(
  about: Pick<ResolutionReport, "dataset" | "model" | "scope" | "records"> & {
    readonly taught?: ResolutionReport["taught"];
  },
  { settlement, evidence, current, limits, regrouped }: Outcome,
): ResolutionReport {
  const pairs = { same: 0, unsure: 0, different: 0 };
  for (const { weight } of evidence) {
    pairs[verdictOf(weight, limits)] += 1;
  }
  const { groups, judgements, overruled } = settlement;
  return {
    ...about,
    taught: about.taught,
    pairs,
    customers: { before: new Set(current.values()).size, after: groups.length },
    largest: groups.reduce((most, { records }) => Math.max(most, records.length), 0),
    judgements: judgements.length,
    overruled,
    moved: movesOf(groups, current).length,
    regrouped,
  };
}
