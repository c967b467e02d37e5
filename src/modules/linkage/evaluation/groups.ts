/** How right a grouping of the records is, against the truth. */
import { harmonicMean, pairsAmong, type Rates, ratesOf } from "./rates.ts";
import { pairsTogether, sizesOf, type Truth, UNLABELLED } from "./truth.ts";

export interface GroupRates {
  /** Groups among all records, the unlabelled ones too. */
  readonly count: number;
  /** Records of the largest group. */
  readonly largest: number;
  /** Over the pairs that the groups put together. */
  readonly pairs: Rates;
  /** Over the records: how pure each one's group is, and how complete. */
  readonly bCubed: Rates;
}

/**
 * Compares groups with the truth, by pairs and by B-cubed (Bagga and Baldwin, "Entity-Based
 * Cross-Document Coreferencing Using the Vector Space Model", COLING 1998). Only labelled records count
 * in the rates.
 * @param groups group number by record, 0 or more
 */
export function evaluateGroups(truth: Truth, groups: Int32Array): GroupRates {
  const labelled = groups.map((group, record) =>
    truth[record] === UNLABELLED ? UNLABELLED : group,
  );
  const overlaps = overlapsOf(truth, labelled);
  let right = 0;
  for (const { size } of overlaps) {
    right += pairsAmong(size);
  }
  return {
    ...groupSizes(groups),
    pairs: ratesOf({ found: pairsTogether(labelled), right, true: pairsTogether(truth) }),
    bCubed: bCubedOf(overlaps, sizesOf(truth), sizesOf(labelled)),
  };
}

/** How many groups there are, and how many records the largest has. */
export function groupSizes(groups: Int32Array): Pick<GroupRates, "count" | "largest"> {
  const sizes = [...sizesOf(groups).values()];
  return { count: sizes.length, largest: sizes.reduce((most, size) => Math.max(most, size), 0) };
}

/** The records that one entity and one group have in common. */
interface Overlap {
  readonly entity: number;
  readonly group: number;
  size: number;
}

/** Keyed by both numbers in one: a map for each entity took as long as everything else together. */
function overlapsOf(truth: Truth, labelled: Int32Array): readonly Overlap[] {
  const stride = labelled.reduce((most, group) => Math.max(most, group), 0) + 1;
  const overlaps = new Map<number, Overlap>();
  for (const [record, group] of labelled.entries()) {
    const entity = truth[record] ?? UNLABELLED;
    if (entity === UNLABELLED) {
      continue;
    }
    const key = entity * stride + group;
    const overlap = overlaps.get(key);
    if (overlap === undefined) {
      overlaps.set(key, { entity, group, size: 1 });
    } else {
      overlap.size += 1;
    }
  }
  return [...overlaps.values()];
}

function bCubedOf(
  overlaps: readonly Overlap[],
  entities: ReadonlyMap<number, number>,
  groups: ReadonlyMap<number, number>,
): Rates {
  let records = 0;
  let pure = 0;
  let complete = 0;
  for (const { entity, group, size } of overlaps) {
    records += size;
    pure += (size * size) / (groups.get(group) ?? size);
    complete += (size * size) / (entities.get(entity) ?? size);
  }
  const precision = records === 0 ? 1 : pure / records;
  const recall = records === 0 ? 1 : complete / records;
  return { precision, recall, f1: harmonicMean(precision, recall) };
}
