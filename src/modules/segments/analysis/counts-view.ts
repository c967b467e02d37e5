/**
 * What may be shown to people who may see counts but not customers. The invariant: no count from 1 to
 * m − 1, where m is the contract's minimum, can be calculated from an answer, whatever is added up or
 * subtracted in it.
 *
 * An answer is made of the sizes of parts that have nobody in common. Each is rounded down to a multiple
 * of m, so that a part of fewer than m is nobody, and every other number of the answer (sizes,
 * intersections, shares, lift) is calculated from the rounded ones. Why nothing leaks: of each part m
 * sizes are possible, whatever the others are, so of every sum or difference of parts at least m are too.
 * A number is therefore never above the truth, and below it by less than m for each part it is made of.
 *
 * The course of a segment over time is made of entries and exits step by step. There the running totals
 * are rounded down, and a step is shown as the difference of its two totals: small steps do not get lost
 * for ever, and sizes stay within m of the truth. Let C₁ ≤ C₂ ≤ … be the totals, each up to m − 1 above what is
 * shown, and j the end of any sum of steps. With all totals before j as low as they may be and all after it
 * as high, C_j alone can still take m values, and the sum takes m values with it.
 *
 * Between answers: the totals of a course count from the first member on, so that all questions about one
 * segment, wherever they begin, are one answer. Answers about different sets of segments are not one; a
 * group that is the difference of two of their numbers still has m possible sizes. Not kept: the secret
 * from those who ask freely. Whoever may choose criteria, or count at the moment he adds one person, finds
 * the step at which a number is rounded up, as with every rule that answers truly (Dinur and Nissim,
 * Revealing Information while Preserving Privacy, PODS 2003). People with this view are therefore refused
 * criteria of their own, and no rule here makes up for showing them a segment of one person they know.
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
 * The sizes of disjoint parts as they may be shown, in the same order: each rounded down to a multiple of
 * the minimum. Zero then says no more than that there are few.
 */
export function shownParts(parts: readonly number[], view: CountsView): number[] {
  return parts.map((part) => shownCount(part, view));
}

/** The sizes of steps of a course, from its beginning on, as they may be shown. */
export function shownSteps(steps: readonly number[], view: CountsView): number[] {
  let total = 0;
  return steps.map((step) => {
    const before = total;
    total += step;
    return shownCount(total, view) - shownCount(before, view);
  });
}

/** One count as it may be shown. */
export function shownCount(count: number, view: CountsView): number {
  if (view.kind === "everything") {
    return count;
  }
  assert(view.minimum >= 2, () => "a minimum of 1 would hide nothing");
  return count - (count % view.minimum);
}

/** A count in words, as it may be shown: `1,230`; what is too small is `<10`. */
export function countText(count: number, view: CountsView): string {
  const shown = shownCount(count, view);
  return view.kind === "counts" && shown === 0 ? `<${view.minimum}` : shown.toLocaleString("en");
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
