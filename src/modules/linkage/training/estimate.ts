/** What the pairs of a table of outcomes say: shares of outcomes, and weights from these. */
import { must } from "../../../kernel/index.ts";
import { outcomesIn } from "./outcome-table.ts";
import type { OutcomeTable } from "./outcome-table.ts";

/** Probabilities of the outcomes of each member; those of outcome 0, missing, have no meaning. */
export interface Shares {
  /** P(outcome | same). */
  readonly m: readonly Float64Array[];
  /** P(outcome | different). */
  readonly u: readonly Float64Array[];
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
}

export interface Observed {
  /** What the pairs add to. */
  readonly start: Shares;
  /** Pairs by combination: expected to be the same, and to be different. */
  readonly same: ReadonlyMap<number, number>;
  readonly different: ReadonlyMap<number, number>;
  /** As how many pairs the start counts, on either side. */
  readonly pseudoPairs: number;
}

/**
 * Shares with the start as a Dirichlet prior: of `n` pairs, `k` of which have an outcome that began with
 * `s`, the share is `(k + a s) / (n + a)`, where `a` are the pseudo pairs. No share is ever 0, and no
 * weight infinite. Combinations begin with what their members would have independently.
 */
export function estimate(table: OutcomeTable, observed: Observed): Estimate {
  const { start, same, different, pseudoPairs } = observed;
  const m = sharesOf(table, { pairs: same, start: start.m, pseudoPairs });
  const u = sharesOf(table, { pairs: different, start: start.u, pseudoPairs });
  const cells = new Map<number, Cell>();
  if (table.members.length > 1) {
    const mOf = cellShares(table, { pairs: same, start: m, pseudoPairs });
    const uOf = cellShares(table, { pairs: different, start: u, pseudoPairs });
    for (const combination of new Set([...same.keys(), ...different.keys()])) {
      if (presentIn(table, combination).length > 1) {
        cells.set(combination, { m: mOf(combination), u: uOf(combination) });
      }
    }
  }
  return { shares: { m, u }, cells };
}

/** log2(m/u) of each combination of a table; 0 where everything is missing. */
export function weightsOf(table: OutcomeTable, { shares, cells }: Estimate): Float64Array {
  return Float64Array.from({ length: table.size }, (_, combination) => {
    const cell = cells.get(combination);
    if (cell !== undefined) {
      return Math.log2(cell.m / cell.u);
    }
    return presentIn(table, combination).reduce(
      (weight, { member, outcome }) =>
        weight + Math.log2(share(shares.m, member, outcome) / share(shares.u, member, outcome)),
      0,
    );
  });
}

/** The largest difference between two shares of the members. */
export function largestChange(before: Estimate, after: Estimate): number {
  const change = (one: readonly Float64Array[], other: readonly Float64Array[]): number =>
    Math.max(
      ...one.flatMap((shares, member) =>
        [...shares].map((value, outcome) => Math.abs(value - share(other, member, outcome))),
      ),
    );
  return Math.max(change(before.shares.m, after.shares.m), change(before.shares.u, after.shares.u));
}

interface Counted {
  readonly pairs: ReadonlyMap<number, number>;
  readonly start: readonly Float64Array[];
  readonly pseudoPairs: number;
}

function sharesOf(
  table: OutcomeTable,
  { pairs, start, pseudoPairs }: Counted,
): readonly Float64Array[] {
  const counts = table.radices.map((radix) => new Float64Array(radix));
  for (const [combination, count] of pairs) {
    for (const { member, outcome } of presentIn(table, combination)) {
      const ofMember = must(counts[member], "members have counts");
      ofMember[outcome] = must(ofMember[outcome], "outcomes have counts") + count;
    }
  }
  return counts.map((ofMember, member) => {
    const total = ofMember.reduce((sum, count) => sum + count, 0) + pseudoPairs;
    return ofMember.map((count, outcome) =>
      outcome === 0 ? 0 : (count + pseudoPairs * share(start, member, outcome)) / total,
    );
  });
}

/** The share of a combination among the pairs that have the same members missing. */
function cellShares(
  table: OutcomeTable,
  { pairs, start, pseudoPairs }: Counted,
): (combination: number) => number {
  const totals = new Map<string, number>();
  for (const [combination, count] of pairs) {
    const present = presence(table, combination);
    totals.set(present, (totals.get(present) ?? 0) + count);
  }
  return (combination) => {
    const independent = presentIn(table, combination).reduce(
      (product, { member, outcome }) => product * share(start, member, outcome),
      1,
    );
    const total = totals.get(presence(table, combination)) ?? 0;
    return ((pairs.get(combination) ?? 0) + pseudoPairs * independent) / (total + pseudoPairs);
  };
}

/** The outcomes of a combination that say something. */
function presentIn(
  table: OutcomeTable,
  combination: number,
): readonly { readonly member: number; readonly outcome: number }[] {
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

function share(shares: readonly Float64Array[], member: number, outcome: number): number {
  return must(shares[member]?.[outcome], "every outcome of a member has a share");
}
