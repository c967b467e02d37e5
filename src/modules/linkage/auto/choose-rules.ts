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
  const choices: Choice[] = [];
  const alone = new Set<KeyPart>();
  for (const { keys } of candidates) {
    const choice = await coarsest(
      keys.map((key) => [key]),
      limit,
      cost,
    );
    if (choice !== undefined) {
      choices.push(choice);
      choice.parts.forEach((part) => alone.add(part));
    }
  }
  for (const [place, left] of candidates.entries()) {
    for (const right of candidates.slice(place + 1)) {
      const together = left.keys.flatMap((a) => right.keys.map((b) => [a, b]));
      const useful = together.filter((parts) => !parts.some((part) => alone.has(part)));
      const choice = await costliest(useful, limit, cost);
      if (choice !== undefined) {
        choices.push(choice);
      }
    }
  }
  return withinBudget(choices, whole * OVERLAP);
}

/** The first that keeps the limit: finer keys of the same field find less. */
async function coarsest(
  combinations: readonly (readonly KeyPart[])[],
  limit: number,
  cost: PairCost,
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
  limit: number,
  cost: PairCost,
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
