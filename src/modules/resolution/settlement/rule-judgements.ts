/** What the contract's identifiers say: equal values mean the same customer. */
import { pairKey, type Standing } from "../judgement/judgement.ts";
import type { NewJudgement } from "../store/judgements.ts";

/** Two records that hold the same identifier of the contract. */
export interface SharedIdentifier {
  readonly left: bigint;
  readonly right: bigint;
  /** The identifier. */
  readonly field: string;
}

/**
 * A rule's demand as it stands when the run is over. It has no place in the log yet, and needs none: among
 * rules the order of the log decides nothing.
 */
export function ruleStanding(pair: SharedIdentifier): Standing {
  return { ...ruleJudgement(pair), verdict: "same", judgement: 0n, at: new Date(0) };
}

/** What rules say now and did not say before; and what they take back. */
export function ruleJudgements(
  shared: readonly SharedIdentifier[],
  before: readonly Standing[],
): NewJudgement[] {
  const keyOf = (pair: { left: bigint; right: bigint }, field: string): string =>
    `${pairKey(pair)} ${field}`;
  const said = new Map(before.map((entry) => [keyOf(entry, entry.who), entry]));
  const news = shared
    .filter((pair) => !said.delete(keyOf(pair, pair.field)))
    .map((pair) => ruleJudgement(pair));
  const taken = [...said.values()].map(({ left, right, who }) => ({
    ...ruleJudgement({ left, right, field: who }),
    verdict: null,
  }));
  return [...news, ...taken];
}

function ruleJudgement({ left, right, field }: SharedIdentifier): NewJudgement {
  const nothing = { model: null, foundBy: null, weight: null, reason: null };
  return { left, right, verdict: "same", judge: "rule", who: field, ...nothing };
}
