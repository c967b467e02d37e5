/** Why two records are one, or are not. */
import { must, NotFoundError } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Client } from "../../contracts/index.ts";
import type { PairScore, PreparedRecord } from "../../linkage/index.ts";
import {
  type Judgement,
  orderedPair,
  type PairState,
  standingPairs,
} from "../judgement/judgement.ts";
import type { LinkSession } from "../linking/session.ts";
import { requireSession } from "../linking/open-session.ts";
import { entityDataset } from "../run/entity-dataset.ts";
import type { Pair } from "../settlement/closure.ts";
import { goldenOf } from "../store/golden-ids.ts";
import { logOfPair } from "../store/judgements.ts";

export interface PairExplanation extends Pair {
  /** Which customer each belongs to. */
  readonly customers: { readonly left: bigint; readonly right: bigint };
  /** What the model in force says of the two as they are now. */
  readonly score: PairScore;
  /** From which weight on a pair is linked, and from which a person is asked. */
  readonly limits: { readonly link: number; readonly review: number };
  /** The blocking rules that find the pair; none where only their neighbours do. */
  readonly rules: readonly string[];
  /** What stands on the pair; undefined when nobody judged it. */
  readonly state: PairState | undefined;
  /** Every judgement that was ever made of it, the newest first. */
  readonly log: readonly Judgement[];
}

/**
 * Explains a pair of source records. Reads only.
 * @throws NotFoundError `record-not-found`
 * @throws ConflictError `never-resolved` before the first run
 */
export async function explainPair(
  tx: Transaction,
  client: Client,
  pair: Pair & { readonly dataset?: string | undefined },
): Promise<PairExplanation> {
  const session = await requireSession(tx, client, entityDataset(client, pair.dataset));
  return await explainWithin(session, pair);
}

/** The same in an open session. */
export async function explainWithin(session: LinkSession, pair: Pair): Promise<PairExplanation> {
  const { tx, dataset, linker, shelf } = session;
  const { left, right } = orderedPair(pair.left, pair.right);
  await shelf.fetch([left, right]);
  const missing = [left, right].find((record) => !shelf.has(record));
  if (missing !== undefined) {
    throw new NotFoundError("record-not-found", `there is no source record ${missing}`, {
      hint: "waybill customer show lists the records of a customer",
    });
  }
  const records = [shelf.get(left), shelf.get(right)] as const;
  const compared = linker.scorer.compare({ left: records[0], right: records[1] });
  const score = linker.scorer.score(compared, await linker.readShares(tx, [compared]));
  const ids = await goldenOf(tx, dataset, [left, right]);
  const log = await logOfPair(tx, { left, right });
  return {
    left,
    right,
    customers: {
      left: must(ids.get(left), "records have golden rows"),
      right: must(ids.get(right), "records have golden rows"),
    },
    score,
    limits: linker.limits,
    rules: sharedRules(session, records),
    state: standingPairs(log)[0],
    log,
  };
}

function sharedRules(
  { linker }: LinkSession,
  records: readonly [PreparedRecord, PreparedRecord],
): string[] {
  const [ofLeft, ofRight] = records.map((record) => linker.keysOf(record).blocks);
  return linker.model.blocking
    .filter((_, index) => {
      const keys = new Set(ofLeft?.[index]);
      return ofRight?.[index]?.some((key) => keys.has(key)) === true;
    })
    .map(({ name }) => name);
}
