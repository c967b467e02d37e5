/** How right a grouping is, where it is known who everybody is. */

export interface PairRates {
  /** Of the pairs of records that are one customer, the share that are one person. */
  readonly precision: number;
  /** Of the pairs of records that are one person, the share that are one customer. */
  readonly recall: number;
}

/** Counted without looking at pairs: n records that are together are n (n − 1) / 2 of them. */
export function pairRates(
  places: readonly { readonly person: string; readonly customer: bigint }[],
): PairRates {
  const customers = Map.groupBy(places, ({ customer }) => customer);
  const persons = Map.groupBy(places, ({ person }) => person);
  const both = Map.groupBy(places, ({ person, customer }) => `${person} ${customer}`);
  const right = pairsWithin(both);
  const [made, known] = [pairsWithin(customers), pairsWithin(persons)];
  return { precision: made === 0 ? 1 : right / made, recall: known === 0 ? 1 : right / known };
}

function pairsWithin(groups: ReadonlyMap<unknown, readonly unknown[]>): number {
  return [...groups.values()].reduce((sum, { length }) => sum + (length * (length - 1)) / 2, 0);
}
