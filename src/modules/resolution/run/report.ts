/** What a run of resolution did, or would do. Plain data. */
import type { Clock } from "../../../kernel/index.ts";
import type { Regrouped } from "../../customers/index.ts";
import type { Standing } from "../judgement/judgement.ts";

export interface ResolutionReport {
  readonly dataset: string;
  /** The model's number in the client's register; null in a dry run that trained one, and where there is nothing to resolve. */
  readonly model: number | null;
  /** A full run looks at all records, an incremental one at what changed. */
  readonly scope: "all" | "changed";
  /** Judgements of persons that a model which was made in this run has learnt from; undefined where there are none. */
  readonly taught: { readonly same: number; readonly different: number } | undefined;
  /** Records that were new or changed, or all. */
  readonly records: number;
  /** Pairs that were weighed and kept: linked, to be asked about, and told apart within a component. */
  readonly pairs: { readonly same: number; readonly unsure: number; readonly different: number };
  /** Golden rows before and after, of the records that the run reached. */
  readonly customers: { readonly before: number; readonly after: number };
  /** Records in the largest customer that the run reached. */
  readonly largest: number;
  /** Judgements added to the log. */
  readonly judgements: number;
  /** Judgements of persons and rules that cannot hold beside stronger ones. */
  readonly overruled: readonly Standing[];
  /** Records that change their customer. */
  readonly moved: number;
  /** What the customers module did; undefined in a dry run. */
  readonly regrouped: Regrouped | undefined;
}

/** A run that found nothing to do. */
export function idleReport(
  dataset: string,
  { model, scope }: Pick<ResolutionReport, "model" | "scope">,
): ResolutionReport {
  return {
    dataset,
    model,
    scope,
    taught: undefined,
    records: 0,
    pairs: { same: 0, unsure: 0, different: 0 },
    customers: { before: 0, after: 0 },
    largest: 0,
    judgements: 0,
    overruled: [],
    moved: 0,
    regrouped: undefined,
  };
}

/** How far a run is, for whoever waits. */
export interface ResolutionProgress {
  readonly phase: "reading" | "blocking" | "training" | "weighing" | "grouping" | "writing";
  /** Done and to do, in whatever the phase counts; undefined where it cannot be said. */
  readonly done?: number | undefined;
  readonly total?: number | undefined;
}

/** What every run needs to know. */
export interface RunOptions {
  /** Who is behind it: written to every change. */
  readonly actor: string;
  readonly clock: Clock;
  /** The dataset to resolve. Default: the customers. */
  readonly dataset?: string | undefined;
  /** Says what would change and changes nothing. Default false. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ResolutionProgress) => void) | undefined;
}
