/** What persons judged, as pairs that a model learns from. */
import type { KnownPairs } from "../../linkage/index.ts";
import { constraintsOf } from "../judgement/constraints.ts";
import { type Judgement, type Standing, standingPairs } from "../judgement/judgement.ts";
import type { LoadedRecords } from "./load-records.ts";

/**
 * The pairs that persons judged the same or different, by the numbers of their records; undefined where there
 * are none. Left out is what stronger judgements overrule, and what teaches nothing: two records that say the
 * same, and two contents that are judged both ways, of which others are the records.
 * @param log what persons said, in any order
 */
export function taughtPairs(
  log: readonly Judgement[],
  { current, numberOf }: Pick<LoadedRecords, "current" | "numberOf">,
): KnownPairs | undefined {
  const persons = standingPairs(log.filter(({ judge }) => judge === "person"));
  const { together, apart } = constraintsOf(persons);
  const numbered = (rulings: readonly Standing[]): Map<string, readonly [number, number]> =>
    new Map(
      rulings
        .filter(({ left, right }) => current.has(left) && current.has(right))
        .map(({ left, right }) => [numberOf(left), numberOf(right)] as const)
        .filter(([one, other]) => one !== other)
        .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const)
        .map((pair) => [pair.join(" "), pair]),
    );
  const [same, different] = [numbered(together), numbered(apart)];
  const only = (
    pairs: ReadonlyMap<string, readonly [number, number]>,
    others: ReadonlyMap<string, unknown>,
  ): (readonly [number, number])[] =>
    [...pairs].filter(([key]) => !others.has(key)).map(([, pair]) => pair);
  const known = { same: only(same, different), different: only(different, same) };
  return known.same.length + known.different.length === 0 ? undefined : known;
}
