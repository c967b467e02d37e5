/**
 * Settlement: from what is judged and what the model weighs to who is whose. Pure: what must be written
 * down, and where each record goes, follow from the situation alone.
 */
import { assignIds, type Group } from "../identity/assign-ids.ts";
import { constraintsOf } from "../judgement/constraints.ts";
import { pairKey, type Standing, standingPairs } from "../judgement/judgement.ts";
import type { NewJudgement } from "../store/judgements.ts";
import { clusterRecords } from "./clusters.ts";
import { type Evidence, FOUND_BY_NEIGHBOURS, type Limits, verdictOf } from "./evidence.ts";

/** Two records that hold the same identifier of the contract. */
export interface SharedIdentifier {
  readonly left: bigint;
  readonly right: bigint;
  /** The identifier. */
  readonly field: string;
}

export interface Situation {
  /** Whole components with the whole customers of their records, in ascending order. */
  readonly records: readonly bigint[];
  /** Everything the model says of pairs of these records. */
  readonly evidence: readonly Evidence[];
  /** What the model said before and says no longer, or says otherwise: the standing it is compared with. */
  readonly standing: readonly Standing[];
  /** Every pair of the records that share an identifier, as far as it connects them. */
  readonly shared: readonly SharedIdentifier[];
  readonly current: ReadonlyMap<bigint, bigint>;
  readonly homes: ReadonlyMap<bigint, bigint>;
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
  const { records, evidence, standing, limits, current, homes, free } = situation;
  const ofModel = standing.filter(({ judge }) => judge === "model");
  const ofRules = standing.filter(({ judge }) => judge === "rule");
  const rules = ruleJudgements(situation.shared, ofRules);
  const persons = standing.filter(({ judge }) => judge === "person");
  const pairs = standingPairs([...persons, ...numbered(situation.shared)]);
  const constraints = constraintsOf(pairs);
  const groups = clusterRecords({
    records,
    evidence,
    constraints,
    spoken: new Set(pairs.map((pair) => pairKey(pair))),
    limits,
  });
  const ids = assignIds(groups, { current, homes, free });
  return {
    judgements: [...rules, ...modelJudgements(situation, ofModel)],
    groups: groups.map((group, index) => ({ records: group, golden: ids[index] })),
    overruled: constraints.overruled,
  };
}

/** The rules' demands as they will stand. Their numbers do not matter: see {@link constraintsOf}. */
function numbered(shared: readonly SharedIdentifier[]): Standing[] {
  return shared.map((pair) => ({
    ...ruleJudgement(pair),
    verdict: "same",
    judgement: 0n,
    at: new Date(0),
  }));
}

/** Weights that differ by less are the same weight, added up in another order. */
const SAME_WEIGHT = 1e-6;

/** What the model says now and did not say before; and what it takes back. */
function modelJudgements(
  { evidence, limits, model }: Situation,
  before: readonly Standing[],
): NewJudgement[] {
  const said = new Map(before.map((entry) => [pairKey(entry), entry]));
  const news: NewJudgement[] = [];
  const rest = { judge: "model", who: "model", reason: null } as const;
  for (const { left, right, weight, foundBy } of evidence) {
    const verdict = verdictOf(weight, limits);
    const key = pairKey({ left, right });
    const old = said.get(key);
    said.delete(key);
    const isSame =
      old?.verdict === verdict &&
      old.foundBy === foundBy &&
      Math.abs((old.weight ?? 0) - weight) < SAME_WEIGHT;
    if (!isSame) {
      news.push({ left, right, verdict, model, foundBy, weight, ...rest });
    }
  }
  for (const { left, right } of said.values()) {
    const nothing = { verdict: null, foundBy: null, weight: null };
    news.push({ left, right, model, ...nothing, ...rest });
  }
  return news;
}

function ruleJudgement({ left, right, field }: SharedIdentifier): NewJudgement {
  const nothing = { model: null, foundBy: null, weight: null, reason: null };
  return { left, right, verdict: "same", judge: "rule", who: field, ...nothing };
}

function ruleJudgements(
  shared: readonly SharedIdentifier[],
  before: readonly Standing[],
): NewJudgement[] {
  const keyOf = (pair: { left: bigint; right: bigint }, field: string): string =>
    `${pairKey(pair)} ${field}`;
  const said = new Map(before.map((entry) => [keyOf(entry, entry.who), entry]));
  const news: NewJudgement[] = [];
  for (const pair of shared) {
    const key = keyOf(pair, pair.field);
    if (!said.delete(key)) {
      news.push(ruleJudgement(pair));
    }
  }
  for (const { left, right, who } of said.values()) {
    news.push({ ...ruleJudgement({ left, right, field: who }), verdict: null });
  }
  return news;
}

/** Pairs that only their neighbours found: they are found anew whenever their component changes. */
export function isFoundByNeighbours(entry: Pick<Standing, "foundBy">): boolean {
  return entry.foundBy === FOUND_BY_NEIGHBOURS;
}
