import { must } from "../../../kernel/index.ts";
import type { Comparison, Level } from "../model/model.ts";
import type { Shares } from "./estimate.ts";
import { informativeLevels } from "./informative-levels.ts";

/**
 * Where learning begins for some comparisons: what their levels say of it; else the m and u that they
 * have, from an earlier training; else what most comparisons are like.
 */
export function startOf(comparisons: readonly Comparison[]): Shares {
  const starts = comparisons.map((comparison) => {
    const levels = informativeLevels(comparison);
    return levels.map((level, place) => startOfLevel(level, { place, levels: levels.length }));
  });
  const m = starts.map((levels) => shares(levels.map((level) => level.m)));
  const u = starts.map((levels) => shares(levels.map((level) => level.u)));
  // Relatives are like strangers in what is personal, where nothing else is known, and like one and the
  // same in all else.
  const related = comparisons.map((comparison, index) => {
    const levels = informativeLevels(comparison);
    const chance = must(u[index], "every comparison has shares");
    return comparison.isPersonal === true
      ? chance.map((share, outcome) => Math.max(share, levels[outcome - 1]?.start?.related ?? 0))
      : must(m[index], "every comparison has shares");
  });
  return { m, u, related };
}

interface MAndU {
  readonly m: number;
  readonly u: number;
}

/** Nine in ten of the same pairs agree wholly; the share of each further level is a third of the one before. */
const BEST = { m: 0.9, weight: 10 };
const NEXT_SHARE = 1 / 3;
/** Weights of the second level and of the last, between which the others are evenly spaced. */
const [SECOND_WEIGHT, LAST_WEIGHT] = [4, -4];

function startOfLevel(
  { start, m, u }: Level,
  { place, levels }: { readonly place: number; readonly levels: number },
): MAndU {
  if (start !== undefined) {
    return { m: start.m, u: start.m / 2 ** start.weight };
  }
  if (m !== undefined && u !== undefined) {
    return { m, u };
  }
  const isLast = place === levels - 1;
  const step = (SECOND_WEIGHT - LAST_WEIGHT) / Math.max(1, levels - 2);
  const weight = isLast ? LAST_WEIGHT : SECOND_WEIGHT - step * (place - 1);
  const share = BEST.m * NEXT_SHARE ** place;
  return { m: share, u: share / 2 ** (place === 0 ? BEST.weight : weight) };
}

/** Shares of outcomes that add up to 1, after that of outcome 0. */
function shares(values: readonly number[]): Float64Array {
  const total = values.reduce((sum, value) => sum + value, 0);
  return Float64Array.of(0, ...values.map((value) => value / total));
}
