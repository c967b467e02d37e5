/**
 * How often the same may differ. Nothing tells learning which of two kinds of pairs are the same: where
 * few people are in a file twice and many share a first name and a town, the townsfolk explain more pairs
 * than the people do, and would take their place. What tells them apart is known of every file: one
 * person's records agree on most of what they say. So a share of differing outcomes has a limit, and what
 * lies beyond it is not learnt from.
 *
 * Measured on 5,691 generated contacts with 784 same pairs: without the limit nine in ten of the same
 * were "born on another day", and the best F1 was 0.21; with it 0.999.
 */
import type { Comparison } from "../model/model.ts";
import { informativeLevels } from "./informative-levels.ts";

/** The outcomes of a comparison that speak against the same, and the share of the same that may have them. */
export interface Differing {
  readonly outcomes: ReadonlySet<number>;
  readonly most: number;
}

/**
 * Files differ: three times what is usual, and a tenth more; but never more than half, and what hardly
 * ever happens (father and son who are one) stays rare.
 */
const TIMES_USUAL = 3;
const MORE = 0.1;
const MORE_TIMES = 10;
const MOST = 0.5;

/** By what the levels begin with; of a comparison without starts, the last outcome. */
export function differingOf(comparison: Comparison): Differing {
  const levels = informativeLevels(comparison);
  const against = levels.flatMap(({ start }, place) =>
    start !== undefined && start.weight < 0 ? [{ outcome: place + 1, usual: start.m }] : [],
  );
  if (levels.every(({ start }) => start === undefined)) {
    return { outcomes: new Set([levels.length]), most: MOST };
  }
  const usual = against.reduce((total, each) => total + each.usual, 0);
  return {
    outcomes: new Set(against.map(({ outcome }) => outcome)),
    most: Math.min(MOST, TIMES_USUAL * usual + Math.min(MORE, MORE_TIMES * usual)),
  };
}
