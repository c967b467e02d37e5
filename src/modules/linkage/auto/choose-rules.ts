/**
 * Blocking rules without configuration: of every field alone, and of every two fields together, the
 * coarsest key that brings no more pairs than can be compared. Two records of one person that differ in
 * all but two fields are found by the rule of those two.
 */
import { MOST_RULES } from "../blocking/find-pairs.ts";
import type { BlockingRule, KeyPart } from "../model/model.ts";
import type { KeyCandidates } from "./key-candidates.ts";

/** How many pairs of records agree on all parts. */
export type PairCost = (parts: readonly KeyPart[]) => Promise<number>;

export interface RuleBudget {
  readonly records: number;
  /** Pairs that may be compared for each record. */
  readonly pairsPerRecord: number;
}

interface Choice extends BlockingRule {
  readonly cost: number;
}

/** What all rules together may cost, by the budget: they find many of the same pairs. */
const OVERLAP = 1.5;

/** With few fields each rule gets no more than this share of twice the budget. */
const FEWEST_RULES = 6;

/** Asks `cost` for every combination that it weighs; the rules come cheapest first. */
export async function chooseRules(
  candidates: readonly KeyCandidates[],
  budget: RuleBudget,
  cost: PairCost,
): Promise<readonly BlockingRule[]> {
  const whole = budget.records * budget.pairsPerRecord;
  const combinations = (candidates.length * (candidates.length + 1)) / 2;
  const limit = (2 * whole) / Math.max(FEWEST_RULES, combinations);
  const single = await chosen(candidates, ({ keys }) =>
    coarsest(
      keys.map((key) => [key]),
      { limit, cost },
    ),
  );
  const alone = new Set(single.flatMap(({ parts }) => parts));
  const pairs = candidates.flatMap((left, place) =>
    candidates.slice(place + 1).map((right) => [left, right] as const),
  );
  const double = await chosen(pairs, ([left, right]) => {
    const together = left.keys.flatMap((a) => right.keys.map((b) => [a, b]));
    const useful = together.filter((parts) => !parts.some((part) => alone.has(part)));
    return costliest(useful, { limit, cost });
  });
  return withinBudget([...single, ...double], whole * OVERLAP);
}

/**
 * What is chosen of each, in their order. All are asked for at once: each count is so small that it keeps one core
 * busy. Of a million records that takes 0.5 s instead of 0.8.
 */
async function chosen<Of>(
  all: readonly Of[],
  choose: (one: Of) => Promise<Choice | undefined>,
): Promise<readonly Choice[]> {
  const asked = all.map(choose);
  // Where one fails, none of the others is at work any more when that is told.
  await Promise.allSettled(asked);
  const choices = await Promise.all(asked);
  return choices.filter((choice) => choice !== undefined);
}

interface Costs {
  readonly limit: number;
  readonly cost: PairCost;
}

/** The first that keeps the limit: finer keys of the same field find less. */
async function coarsest(
  combinations: readonly (readonly KeyPart[])[],
  { limit, cost }: Costs,
): Promise<Choice | undefined> {
  for (const parts of combinations) {
    const pairs = await cost(parts);
    if (pairs <= limit) {
      return { name: ruleName(parts), parts, cost: pairs };
    }
  }
  return undefined;
}

/** Of those that keep the limit, the one that finds most. */
async function costliest(
  combinations: readonly (readonly KeyPart[])[],
  { limit, cost }: Costs,
): Promise<Choice | undefined> {
  let best: Choice | undefined;
  for (const parts of combinations) {
    const pairs = await cost(parts);
    if (pairs <= limit && pairs > (best?.cost ?? 0)) {
      best = { name: ruleName(parts), parts, cost: pairs };
    }
  }
  return best;
}

function withinBudget(choices: readonly Choice[], budget: number): readonly BlockingRule[] {
  const rules: BlockingRule[] = [];
  let total = 0;
  for (const { name, parts, cost } of choices.toSorted((a, b) => a.cost - b.cost)) {
    total += cost;
    if (total > budget || rules.length === MOST_RULES) {
      break;
    }
    rules.push({ name, parts });
  }
  return rules;
}

/** `surname and the first 4 of postcode`, as people say it. */
export function ruleName(parts: readonly KeyPart[]): string {
  return parts.map(partName).join(" and ");
}

function partName({ column, length, at }: KeyPart): string {
  const spoken = column.replace("__", " ").replaceAll("_", " ");
  return length === undefined
    ? spoken
    : `the ${at === "end" ? "last" : "first"} ${length} of ${spoken}`;
}
