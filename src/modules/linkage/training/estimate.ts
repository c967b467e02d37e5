/** What the pairs of a table of outcomes say: shares of outcomes, and weights from these. */
import { must } from "../../../kernel/index.ts";
import { outcomesIn, withoutMembers } from "./outcome-table.ts";
import type { OutcomeTable } from "./outcome-table.ts";

/** Of each member, by outcome; the share of outcome 0, missing, has no meaning. */
export type MemberShares = readonly Float64Array[];

/** Probabilities of the outcomes of each member. */
export interface Shares {
  /** P(outcome | same). */
  readonly m: MemberShares;
  /** P(outcome | different). */
  readonly u: MemberShares;
  /** P(outcome | related): u of what is personal, where nothing else is known. */
  readonly related: MemberShares;
}

/** What is known of a table: its members one by one, and the combinations that were met. */
export interface Estimate {
  readonly shares: Shares;
  /** By combination of at least two outcomes that say something; given which members are missing. */
  readonly cells: ReadonlyMap<number, Cell>;
}

export interface Cell {
  readonly m: number;
  readonly u: number;
  readonly related: number;
}

/** Pairs by combination. */
export type PairCounts = ReadonlyMap<number, number>;

export interface Observed {
  /** What the pairs add to. */
  readonly start: Shares;
  /** Blocked pairs as far as they are the same, related, different. */
  readonly same: PairCounts;
  readonly related: PairCounts;
  readonly blocked: PairCounts;
  /** Random pairs as far as they are different. */
  readonly different: PairCounts;
  /** Of how many pairs one of the random pairs, and one of the blocked, is a sample. */
  readonly randomStandsFor: number;
  readonly blockedStandsFor: number;
  /** As how many pairs the start counts among the same and the related, and among the different. */
  readonly pseudoPairs: number;
  readonly chancePairs: number;
}

/**
 * Shares with the start as a Dirichlet prior: of `n` pairs, `k` of which have an outcome that began with
 * `s`, the share is `(k + a s) / (n + a)`, where `a` are the pseudo pairs. No share is ever 0, and no
 * weight infinite. Combinations begin with what their members would have independently.
 *
 * An outcome is no rarer among all different pairs than the different ones in the blocks show: what is
 * too rare for a random sample, as one e-mail or one street, is what blocking finds nearly all of. That
 * bound counts the start as well: where five records have a number, one doubtful pair of the ten would
 * make agreement on it look common.
 */
export function estimate(table: OutcomeTable, observed: Observed): Estimate {
  const { start, pseudoPairs, chancePairs } = observed;
  const m = memberShares(table, { pairs: observed.same, start: start.m, pseudoPairs });
  const sampled = memberShares(table, {
    pairs: observed.different,
    start: start.u,
    pseudoPairs: chancePairs,
  });
  const u = sampled.map((shares, member) =>
    atLeast(shares, floorOfMember(table, member, observed)),
  );
  const free = memberShares(table, { pairs: observed.related, start: start.related, pseudoPairs });
  const related = free.map((shares, member) =>
    table.personal.includes(member) ? personalShares(table, member, u) : shares,
  );
  const shares = { m, u, related };
  return { shares, cells: table.members.length > 1 ? cellsOf(table, shares, observed) : new Map() };
}

/** In what is personal, relatives are like strangers, or as is known of them: some are twins. */
function personalShares(table: OutcomeTable, member: number, u: MemberShares): Float64Array {
  const least = must(table.leastRelated[member], "members have a least share");
  const chance = must(u[member], "members have shares");
  return chance.map((value, outcome) => Math.max(value, least[outcome] ?? 0));
}

/** log2 of how much likelier each combination is on one side than among the different; 0 where all is missing. */
export function weightsOf(
  table: OutcomeTable,
  { shares, cells }: Estimate,
  side: "m" | "related",
): Float64Array {
  return Float64Array.from({ length: table.size }, (_, combination) => {
    const cell = cells.get(combination);
    if (cell !== undefined) {
      return Math.log2(cell[side] / cell.u);
    }
    return presentIn(table, combination).reduce(
      (weight, { member, outcome }) =>
        weight + Math.log2(share(shares[side], member, outcome) / share(shares.u, member, outcome)),
      0,
    );
  });
}

/** The largest difference between two shares of the members. */
export function largestChange(before: Estimate, after: Estimate): number {
  const change = (one: MemberShares, other: MemberShares): number =>
    Math.max(
      ...one.flatMap((shares, member) =>
        [...shares].map((value, outcome) => Math.abs(value - share(other, member, outcome))),
      ),
    );
  return Math.max(change(before.shares.m, after.shares.m), change(before.shares.u, after.shares.u));
}

interface Counted {
  readonly pairs: PairCounts;
  readonly start: MemberShares;
  readonly pseudoPairs: number;
}

function memberShares(table: OutcomeTable, { pairs, start, pseudoPairs }: Counted): MemberShares {
  return memberCounts(table, pairs).map((counts, member) => {
    const total = sum(counts) + pseudoPairs;
    return counts.map((count, outcome) =>
      outcome === 0 ? 0 : (count + pseudoPairs * share(start, member, outcome)) / total,
    );
  });
}

/** Pairs of each outcome that says something. */
function memberCounts(table: OutcomeTable, pairs: PairCounts): readonly Float64Array[] {
  const counts = table.radices.map((radix) => new Float64Array(radix));
  for (const [combination, count] of pairs) {
    for (const { member, outcome } of presentIn(table, combination)) {
      const ofMember = must(counts[member], "members have counts");
      ofMember[outcome] = must(ofMember[outcome], "outcomes have counts") + count;
    }
  }
  return counts;
}

/** The least share of each outcome of a member, by what the blocks show. */
function floorOfMember(table: OutcomeTable, member: number, observed: Observed): Float64Array {
  const { start, different, blocked, randomStandsFor, blockedStandsFor, chancePairs } = observed;
  const [random, found] = [different, blocked].map((pairs) =>
    must(memberCounts(table, pairs)[member], "members have counts"),
  );
  const all = sum(must(random, "counted")) * randomStandsFor + chancePairs;
  return must(found, "counted").map((count, outcome) => {
    const expected = outcome === 0 ? 0 : chancePairs * share(start.u, member, outcome);
    return (count * blockedStandsFor + expected) / all;
  });
}

function atLeast(shares: Float64Array, floors: Float64Array): Float64Array {
  const raised = shares.map((value, outcome) => Math.max(value, floors[outcome] ?? 0));
  const total = sum(raised);
  return raised.map((value) => value / total);
}

function cellsOf(
  table: OutcomeTable,
  shares: Shares,
  observed: Observed,
): ReadonlyMap<number, Cell> {
  const { same, related, blocked, different, pseudoPairs, chancePairs } = observed;
  const m = cellShares(table, { pairs: same, start: shares.m, pseudoPairs });
  const u = cellShares(table, { pairs: different, start: shares.u, pseudoPairs: chancePairs });
  const impersonal = (combination: number): number =>
    withoutMembers(table, combination, table.personal);
  const free = cellShares(table, {
    pairs: rekeyed(related, impersonal),
    start: shares.related,
    pseudoPairs,
  });
  const randomByPresence = totalsByPresence(table, different);
  const cells = new Map<number, Cell>();
  for (const combination of new Set([...same.keys(), ...different.keys()])) {
    const present = presentIn(table, combination);
    if (present.length < 2) {
      continue;
    }
    const random = randomByPresence.get(presence(table, combination)) ?? 0;
    const all = random * observed.randomStandsFor + chancePairs;
    const found = (blocked.get(combination) ?? 0) * observed.blockedStandsFor;
    const floor = (found + chancePairs * product(shares.u, present)) / all;
    const personal = present.filter(({ member }) => table.personal.includes(member));
    cells.set(combination, {
      m: m(combination),
      u: Math.min(1, Math.max(u(combination), floor)),
      related: product(shares.related, personal) * free(impersonal(combination)),
    });
  }
  return cells;
}

/** The share of a combination among the pairs that have the same members missing. */
function cellShares(
  table: OutcomeTable,
  { pairs, start, pseudoPairs }: Counted,
): (combination: number) => number {
  const totals = totalsByPresence(table, pairs);
  return (combination) => {
    const independent = product(start, presentIn(table, combination));
    const total = totals.get(presence(table, combination)) ?? 0;
    return ((pairs.get(combination) ?? 0) + pseudoPairs * independent) / (total + pseudoPairs);
  };
}

function totalsByPresence(table: OutcomeTable, pairs: PairCounts): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const [combination, count] of pairs) {
    const present = presence(table, combination);
    totals.set(present, (totals.get(present) ?? 0) + count);
  }
  return totals;
}

function rekeyed(pairs: PairCounts, keyOf: (combination: number) => number): PairCounts {
  const counts = new Map<number, number>();
  for (const [combination, count] of pairs) {
    const key = keyOf(combination);
    counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return counts;
}

interface Present {
  readonly member: number;
  readonly outcome: number;
}

/** The outcomes of a combination that say something. */
function presentIn(table: OutcomeTable, combination: number): readonly Present[] {
  return outcomesIn(table, combination)
    .map((outcome, member) => ({ member, outcome }))
    .filter(({ outcome }) => outcome > 0);
}

/** Which members say something, as text. */
function presence(table: OutcomeTable, combination: number): string {
  return presentIn(table, combination)
    .map(({ member }) => member)
    .join(" ");
}

function product(shares: MemberShares, present: readonly Present[]): number {
  return present.reduce((value, { member, outcome }) => value * share(shares, member, outcome), 1);
}

function share(shares: MemberShares, member: number, outcome: number): number {
  return must(shares[member]?.[outcome], "every outcome of a member has a share");
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
