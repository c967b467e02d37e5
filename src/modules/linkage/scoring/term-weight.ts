/** How much more a rare value weighs than a usual one, and a common one less. */
import type {
  Comparison,
  Level,
  PreparedRecord,
  PreparedValue,
  TermFrequency,
} from "../model/model.ts";
import { meanTermShare } from "../model/term-frequency.ts";

/** The share of records, 0 to 1, that have a value in a column; undefined where it was never counted. */
export type TermShares = (column: string, value: PreparedValue) => number | undefined;

/** The term frequency of a level, made ready. */
export interface Term extends TermFrequency {
  /** The share of a usual value, for which the weight of the level stands. */
  readonly mean: number;
}

/** Undefined where the level counts no values. */
export function termOf(comparison: Comparison, level: Level): Term | undefined {
  const mean = level.isMissing ? undefined : meanTermShare(comparison, level);
  return mean === undefined || level.termFrequency === undefined
    ? undefined
    : { ...level.termFrequency, mean };
}

/** The share of the commoner of the two values, no lower than the model's minimum; undefined where neither was counted. */
export function shareOf(
  { column, minimum }: Term,
  { left, right }: { readonly left: PreparedRecord; readonly right: PreparedRecord },
  terms: TermShares,
): number | undefined {
  const a = left[column] ?? null;
  const b = right[column] ?? null;
  const ofLeft = a === null ? undefined : terms(column, a);
  const ofRight = b === null || b === a ? ofLeft : terms(column, b);
  return ofLeft === undefined && ofRight === undefined
    ? undefined
    : Math.max(minimum, ofLeft ?? 0, ofRight ?? 0);
}

/** In bits; above 0 for what is rarer than usual. */
export function termWeight({ weight, mean }: Term, share: number): number {
  return weight * (Math.log2(mean) - Math.log2(share));
}

/** The most that {@link termWeight} can be, whatever the values: they are as rare as counts, or unknown. */
export function bestTermWeight(comparison: Comparison, level: Level): number {
  const term = termOf(comparison, level);
  return term === undefined || term.weight === 0 ? 0 : Math.max(0, termWeight(term, term.minimum));
}
