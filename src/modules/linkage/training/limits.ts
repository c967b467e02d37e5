/** Holds what is learnt of the same within how often the same may differ. */
import { must } from "../../../kernel/index.ts";
import type { PairCounts } from "./estimate.ts";
import { outcomesIn, type OutcomeTable } from "./outcome-table.ts";

/** Limiting one member moves the others a little; few rounds settle it. */
const ROUNDS = 3;

/**
 * The same pairs, those that differ in a member, or in two at once, made fewer until no more differ than may:
 * iterative proportional fitting (Deming and Stephan, Annals of Mathematical Statistics 11, 1940) of what is
 * beyond its limit.
 */
export function withinLimits(table: OutcomeTable, pairs: PairCounts): PairCounts {
  const outcomes = new Map([...pairs.keys()].map((key) => [key, outcomesIn(table, key)]));
  const counts = new Map(pairs);
  const against = (member: number): ReadonlySet<number> =>
    must(table.differing[member], "a table knows what speaks against each member").outcomes;
  for (let round = 0; round < ROUNDS; round++) {
    for (const { members, most } of table.limits) {
      const states = (combination: number): boolean =>
        members.every((member) => outcomeOf(outcomes, combination, member) > 0);
      const differs = (combination: number): boolean =>
        members.every((member) => against(member).has(outcomeOf(outcomes, combination, member)));
      const agrees = (combination: number): boolean => states(combination) && !differs(combination);
      const share = sumOf(counts, differs);
      const allowed = (sumOf(counts, agrees) * most) / (1 - most);
      if (share > allowed) {
        scale(counts, differs, allowed / share);
      }
    }
  }
  return counts;
}

function outcomeOf(
  outcomes: ReadonlyMap<number, readonly number[]>,
  combination: number,
  member: number,
): number {
  return must(outcomes.get(combination)?.[member], "combinations have an outcome of each member");
}

function sumOf(counts: PairCounts, isMeant: (combination: number) => boolean): number {
  let total = 0;
  for (const [combination, count] of counts) {
    total += isMeant(combination) ? count : 0;
  }
  return total;
}

function scale(
  counts: Map<number, number>,
  isMeant: (combination: number) => boolean,
  factor: number,
): void {
  for (const [combination, count] of counts) {
    if (isMeant(combination)) {
      counts.set(combination, count * factor);
    }
  }
}
