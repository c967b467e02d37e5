/**
 * What is weighed together: one comparison alone, or those of a factor. Each has a table of all
 * combinations of its outcomes. Outcomes of a comparison are numbered: 0 is missing, the levels that say
 * something follow from 1 in their order. A combination is a number in mixed radix, first member last.
 */
import { assert, must } from "../../../kernel/index.ts";
import type { Comparison } from "../model/model.ts";
import type { Patterns } from "../store/patterns.ts";
import { type Differing, type DifferingLimit, differingOf, limitsOf } from "./differing.ts";
import { informativeLevels } from "./informative-levels.ts";

export interface OutcomeTable {
  /** Positions of the comparisons in the model. */
  readonly members: readonly number[];
  /** By member: the outcome of each of its levels. */
  readonly outcomes: readonly (readonly number[])[];
  /** By member: how many outcomes it has, missing included. */
  readonly radices: readonly number[];
  /** The members on which relatives agree no more often than strangers, by their place among the members. */
  readonly personal: readonly number[];
  /** By member: the least share of the related that have each outcome, as far as that is known. */
  readonly leastRelated: readonly Float64Array[];
  /** By member: which outcomes speak against the same, and how many of the same may have them. */
  readonly differing: readonly Differing[];
  /** How many of the same may differ in one member, or in two at once. */
  readonly limits: readonly DifferingLimit[];
  /** How many combinations there are. */
  readonly size: number;
}

/** More combinations than this cannot be learnt. */
const MOST_COMBINATIONS = 100_000;

/** The table of some comparisons, which stand at `members` in the model. */
export function outcomeTable(
  comparisons: readonly Comparison[],
  members: readonly number[],
): OutcomeTable {
  const compared = members.map((member) =>
    must(comparisons[member], "members are comparisons of the model"),
  );
  const outcomes = compared.map(outcomesOf);
  const personal = [...compared.keys()].filter((place) => compared[place]?.isPersonal === true);
  const radices = outcomes.map((numbers) => Math.max(...numbers) + 1);
  const size = radices.reduce((product, radix) => product * radix, 1);
  assert(size <= MOST_COMBINATIONS, () => `${size} combinations of outcomes are too many`);
  const leastRelated = compared.map((comparison) =>
    Float64Array.of(0, ...informativeLevels(comparison).map(({ start }) => start?.related ?? 0)),
  );
  const differing = compared.map(differingOf);
  const limits = limitsOf(differing, { isPersonal: personal.length > 0 });
  return { members, outcomes, radices, personal, leastRelated, differing, limits, size };
}

function outcomesOf({ levels }: Comparison): readonly number[] {
  let last = 0;
  return levels.map(({ isMissing }) => (isMissing ? 0 : (last += 1)));
}

/** The combination that each pattern has. */
export function combinationsOf(table: OutcomeTable, patterns: Patterns): Int32Array {
  const combinations = new Int32Array(patterns.counts.length);
  for (const [place, member] of table.members.entries()) {
    const levels = must(patterns.levels[member], "patterns have every comparison");
    const outcomes = must(table.outcomes[place], "every member has outcomes");
    const radix = must(table.radices[place], "every member has a radix");
    for (const [pattern, level] of levels.entries()) {
      const before = must(combinations[pattern], "patterns are equally long") * radix;
      combinations[pattern] = before + must(outcomes[level], "patterns have levels of the model");
    }
  }
  return combinations;
}

/** The outcomes of a combination, by member. */
export function outcomesIn({ radices }: OutcomeTable, combination: number): readonly number[] {
  let rest = combination;
  return radices
    .toReversed()
    .map((radix) => {
      const outcome = rest % radix;
      rest = Math.floor(rest / radix);
      return outcome;
    })
    .toReversed();
}

/** The combination in which some members are missing. */
export function withoutMembers(
  table: OutcomeTable,
  combination: number,
  members: readonly number[],
): number {
  return outcomesIn(table, combination).reduce(
    (number, outcome, member) =>
      number * must(table.radices[member], "every member has a radix") +
      (members.includes(member) ? 0 : outcome),
    0,
  );
}
