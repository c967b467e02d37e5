/** Who keeps two customers apart that would be one: a third, whom one of them fits as well. */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { type EntityDataset, recordsOfGolden } from "../../customers/index.ts";
import type { Standing } from "../judgement/judgement.ts";
import { goldenOf } from "../store/golden-ids.ts";
import { standingOf } from "../store/judgements.ts";

/** A customer that fits two others, who contradict each other: at most one of them is right. */
export interface Rivalry {
  readonly fits: bigint;
  readonly between: readonly [bigint, bigint];
}

/**
 * Whether one of two customers fits a third as well, and that one contradicts the other of the two, by what
 * the model has judged. Of several thirds, the one with the smallest id.
 */
export async function findRivalry(
  { tx, dataset }: { readonly tx: Transaction; readonly dataset: EntityDataset },
  [one, other]: readonly [bigint, bigint],
): Promise<Rivalry | undefined> {
  const members = await recordsOfGolden(tx, dataset, [one, other]);
  const standing = await standingOf(
    tx,
    members.map(({ record }) => record),
  );
  const byModel = standing.filter(({ judge }) => judge === "model");
  const ends = byModel.flatMap(({ left, right }) => [left, right]);
  const golden = await goldenOf(tx, dataset, [...new Set(ends)]);
  const others = (customer: bigint, isMeant: (entry: Standing) => boolean): Set<bigint> =>
    new Set(
      byModel.filter(isMeant).flatMap(({ left, right }) => {
        const [ofLeft, ofRight] = [golden.get(left), golden.get(right)];
        const beyond = ofLeft === customer ? ofRight : ofRight === customer ? ofLeft : undefined;
        return beyond === undefined || beyond === customer ? [] : [beyond];
      }),
    );
  for (const [fits, rival] of [
    [one, other],
    [other, one],
  ] as const) {
    const against = others(rival, contradicts);
    const [third] = [...others(fits, links)]
      .filter((each) => each !== rival && against.has(each))
      .toSorted((a, b) => (a < b ? -1 : 1));
    if (third !== undefined) {
      return { fits, between: [rival, third] };
    }
  }
  return undefined;
}

function links({ verdict }: Standing): boolean {
  return verdict === "same";
}

function contradicts({ verdict, reason }: Standing): boolean {
  return verdict !== "same" && reason === "contradiction";
}
