/**
 * Settlement: from what is judged and what the model weighs to who is whose. Pure: what must be written
 * down, and where each record goes, follow from the situation alone.
 */
import { assignIds, type Group } from "../identity/assign-ids.ts";
import { pairKey, type Standing } from "../judgement/judgement.ts";
import type { NewJudgement } from "../store/judgements.ts";
import { clusterRecords } from "./clusters.ts";
import { type Evidence, type Limits, verdictOf } from "./evidence.ts";
import type { Frame } from "./frame.ts";
import { ruleJudgements, type SharedIdentifier } from "./rule-judgements.ts";

export interface Situation {
  /** Whole components with the whole customers of their records, in ascending order. */
  readonly records: readonly bigint[];
  readonly frame: Frame;
  /** Everything the model says of pairs of these records. */
  readonly evidence: readonly Evidence[];
  /** Everything that stands between them, from before. */
  readonly standing: readonly Standing[];
  /** Every pair of them that shares an identifier, as far as it connects them. */
  readonly shared: readonly SharedIdentifier[];
  readonly current: ReadonlyMap<bigint, bigint>;
  readonly homes: ReadonlyMap<bigint, bigint>;
  /** Ids of golden rows that were merged into others. */
  readonly free: ReadonlySet<bigint>;
  readonly limits: Limits;
  readonly model: number;
}

/** A group of records with the golden row it gets; undefined for a new one. */
export interface Settled {
  readonly records: Group;
  readonly golden: bigint | undefined;
}

export interface Settlement {
  readonly judgements: readonly NewJudgement[];
  readonly groups: readonly Settled[];
  /** Judgements of persons and rules that cannot hold beside stronger ones. */
  readonly overruled: readonly Standing[];
}

/** Decides what is written and who goes where. */
export function settle(situation: Situation): Settlement {
  const { standing, shared, current, homes, free, frame } = situation;
  const groups = clusterRecords(situation);
  const ids = assignIds(groups, { current, homes, free });
  const ofRules = standing.filter(({ judge }) => judge === "rule");
  return {
    judgements: [...ruleJudgements(shared, ofRules), ...modelJudgements(situation)],
    groups: groups.map((records, index) => ({ records, golden: ids[index] })),
    overruled: frame.constraints.overruled,
  };
}

/** Weights that differ by less are the same weight, added up in another order. */
const SAME_WEIGHT = 1e-6;

/** What the model says now and did not say before; and what it takes back. */
function modelJudgements({ evidence, standing, limits, model }: Situation): NewJudgement[] {
  const before = standing.filter(({ judge }) => judge === "model");
  const said = new Map(before.map((entry) => [pairKey(entry), entry]));
  const rest = { judge: "model", who: "model", model } as const;
  const news: NewJudgement[] = [];
  for (const { left, right, weight, foundBy, telling } of evidence) {
    const verdict = verdictOf(weight, limits);
    const key = pairKey({ left, right });
    const old = said.get(key);
    said.delete(key);
    const isKnown =
      old?.verdict === verdict &&
      old.foundBy === foundBy &&
      old.reason === telling &&
      Math.abs((old.weight ?? 0) - weight) < SAME_WEIGHT;
    if (!isKnown) {
      news.push({ left, right, verdict, foundBy, weight, reason: telling, ...rest });
    }
  }
  for (const { left, right } of said.values()) {
    const nothing = { verdict: null, foundBy: null, weight: null, reason: null };
    news.push({ left, right, ...nothing, ...rest });
  }
  return news;
}
