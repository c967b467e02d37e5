/**
 * What may be shown to people who may see counts but not customers. The invariant: no count below the
 * contract's minimum can be calculated from an answer, whatever is added up or subtracted.
 *
 * An answer is made of the sizes of parts that have nobody in common; everything else in it (sizes,
 * intersections, shares, lift) is calculated from these. Of the parts, the running totals are rounded
 * down to multiples of the minimum m, and a part is shown as the difference of its two totals: totals
 * stay within m of the truth, however many parts there are, and all numbers of an answer fit together.
 *
 * Why nothing leaks: the running totals C₁ ≤ C₂ ≤ … are all that was told, each up to m − 1. Take any parts
 * and let j be where one of them ends. Totals before j at the lowest of what they may be, those after it at
 * the highest: then C_j alone can still take m values, and the sum of the parts takes m values with it. So
 * no sum of parts, and no difference of such sums that is a part or more, is ever known to the last person.
 *
 * Between answers: the course of a segment over time is one such row of running totals from its first
 * member on, wherever a question begins, so all answers about it count as one. Answers about different
 * sets of segments are not one; what two or a few of their numbers tell of a group is still m values wide.
 * Not kept: the secret from those who ask freely. Whoever may choose criteria, or count at the moment he
 * adds one person, finds the step at which a total is rounded up, as with every rule that answers truly
 * (Dinur and Nissim, Revealing Information while Preserving Privacy, PODS 2003). Criteria of their own
 * are therefore refused to people with this view.
 */
import { assert, ForbiddenError } from "../../../kernel/index.ts";
import type { Catalogue } from "../../contracts/index.ts";

/** Whether whoever asks may see customers, or counts alone. */
export type CountsView =
  | { readonly kind: "everything" }
  | { readonly kind: "counts"; readonly minimum: number };

/** The view of people who may see customers too. */
export const EVERYTHING: CountsView = { kind: "everything" };

/** The view of people who may see counts but not customers, with the contract's minimum. */
export function countsOnly({ minimumCount }: Catalogue): CountsView {
  return { kind: "counts", minimum: minimumCount };
}

/**
 * The sizes of disjoint parts as they may be shown, in the same order: whole numbers that are not
 * negative, in multiples of the minimum. Zero then says no more than that there are few.
 */
export function shownParts(parts: readonly number[], view: CountsView): number[] {
  if (view.kind === "everything") {
    return [...parts];
  }
  assert(view.minimum >= 2, () => "a minimum of 1 would hide nothing");
  let [total, shown] = [0, 0];
  return parts.map((part) => {
    total += part;
    const before = shown;
    shown = total - (total % view.minimum);
    return shown - before;
  });
}

/** One count that stands alone in its answer. */
export function shownCount(count: number, view: CountsView): number {
  return shownParts([count], view)[0] ?? 0;
}

/** A count of an answer in words: `1,230`; what is too small to be shown is `<10`. */
export function countText(count: number, view: CountsView): string {
  return view.kind === "counts" && count < view.minimum
    ? `<${view.minimum}`
    : count.toLocaleString("en");
}

/**
 * Refuses what would show single members, or let people choose whom to count.
 * @throws ForbiddenError `counts-only`
 */
export function requireEverything(view: CountsView, what: string): void {
  if (view.kind === "counts") {
    throw new ForbiddenError("counts-only", `who may see counts only may not have ${what}`, {
      hint: "ask for the size, the overlap, the trend or the profile of a segment",
    });
  }
}
