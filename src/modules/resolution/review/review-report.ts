/** How the review goes: who agrees with whom, and how thresholds would do. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Client } from "../../contracts/index.ts";
import { probabilityOfWeight } from "../../linkage/index.ts";
import { pairKey } from "../judgement/judgement.ts";
import { requireSession } from "../linking/open-session.ts";
import { entityDataset } from "../run/entity-dataset.ts";
import { logOfPersons, standingOf } from "../store/judgements.ts";
import {
  type Agreement,
  agreements,
  labelsOf,
  proposeThreshold,
  type ThresholdProposal,
  type ThresholdQuality,
  thresholdQuality,
} from "./quality.ts";

export interface ReviewReport {
  /** Pairs on which a judgement of a person stands that says same or different, and the model has a weight. */
  readonly labelled: number;
  readonly agreements: readonly Agreement[];
  readonly thresholds: readonly ThresholdQuality[];
  /** The probability from which on the model links. */
  readonly link: number;
  /** A threshold that the judgements speak for; it is for a person to put into the model. */
  readonly proposal: ThresholdProposal | undefined;
}

const THRESHOLDS = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

/**
 * What the judgements so far say of reviewers and thresholds.
 * @throws ConflictError `never-resolved` before the first run
 */
export async function reviewReport(
  tx: Transaction,
  client: Client,
  { dataset: name }: { readonly dataset?: string | undefined } = {},
): Promise<ReviewReport> {
  const { dataset, linker } = await requireSession(tx, client, entityDataset(client, name));
  const log = await logOfPersons(tx, dataset.name);
  const records = [...new Set(log.map(({ left }) => left))];
  const weights = new Map(
    (await standingOf(tx, records)).flatMap((entry) =>
      entry.judge === "model" && entry.weight !== null
        ? [[pairKey(entry), entry.weight] as const]
        : [],
    ),
  );
  const labelled = labelsOf(log, (pair) => {
    const weight = weights.get(pair);
    return weight === undefined ? undefined : probabilityOfWeight(weight);
  });
  const link = probabilityOfWeight(linker.limits.link);
  return {
    labelled: labelled.length,
    agreements: agreements(log),
    thresholds: thresholdQuality(labelled, THRESHOLDS),
    link,
    proposal: proposeThreshold(labelled, { link, thresholds: THRESHOLDS }),
  };
}
