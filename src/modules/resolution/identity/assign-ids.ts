/**
 * Ids that last. Groups of records come and go with every new judgement; the ids of customers must not,
 * for others have written them down. Pure: which group gets which id depends on the groups, on the ids
 * the records have, and on where they came from.
 */

/** Records that were found to be one. */
export type Group = readonly bigint[];

export interface PresentIds {
  /** The golden row each record belongs to. Every record of the groups is in it. */
  readonly current: ReadonlyMap<bigint, bigint>;
  /** The golden row a record had before its first move; those that never moved are not in it. */
  readonly homes: ReadonlyMap<bigint, bigint>;
  /** Ids of golden rows that were merged into others: free to come back. */
  readonly free: ReadonlySet<bigint>;
}

/**
 * Gives each group an id, in the order of `groups`; undefined stands for a new one.
 *
 * 1. A group keeps the id with which it shares the most records. Where several groups share an id
 *    equally, it goes to the one with more records whose home it is; then the oldest id is given first,
 *    and to the group with the smallest record.
 * 2. A group that kept none gets back the id that most of its records had before they were merged, if
 *    nobody has it.
 *
 * No id is given twice. Groups that agree with the present ids change nothing; and groups that are
 * joined and then parted again, nothing else having happened, have their former ids.
 */
export function assignIds(groups: readonly Group[], present: PresentIds): (bigint | undefined)[] {
  const { current, homes, free } = present;
  const ids = groups.map((): bigint | undefined => undefined);
  const taken = new Set<bigint>();
  const give = (claims: readonly Claim[]): void => {
    for (const { id, group } of claims.toSorted(strongestFirst)) {
      if (ids[group] === undefined && !taken.has(id)) {
        ids[group] = id;
        taken.add(id);
      }
    }
  };
  const homeOf = (record: bigint): bigint | undefined => homes.get(record) ?? current.get(record);
  give(claimsOf(groups, (record) => current.get(record), homeOf));
  const touched = new Set(groups.flat().map((record) => current.get(record)));
  const bereft = groups.map((group, index) => (ids[index] === undefined ? group : []));
  const comeBack = (record: bigint): bigint | undefined => {
    const home = homes.get(record);
    return home !== undefined && (free.has(home) || touched.has(home)) ? home : undefined;
  };
  give(claimsOf(bereft, comeBack, homeOf));
  return ids;
}

/** What a group has to say for an id. */
interface Claim {
  readonly group: number;
  readonly id: bigint;
  /** How many of the group's records have the id. */
  records: number;
  /** How many of them were made with it. */
  natives: number;
  readonly smallest: bigint;
}

function claimsOf(
  groups: readonly Group[],
  idOf: (record: bigint) => bigint | undefined,
  homeOf: (record: bigint) => bigint | undefined,
): Claim[] {
  return groups.flatMap((records, group) => {
    const claims = new Map<bigint, Claim>();
    const smallest = records.reduce((least, one) => (one < least ? one : least), records[0] ?? 0n);
    for (const record of records) {
      const id = idOf(record);
      if (id !== undefined) {
        const claim = claims.get(id) ?? { group, id, records: 0, natives: 0, smallest };
        claim.records += 1;
        claim.natives += homeOf(record) === id ? 1 : 0;
        claims.set(id, claim);
      }
    }
    return [...claims.values()];
  });
}

function strongestFirst(a: Claim, b: Claim): number {
  return (
    b.records - a.records ||
    b.natives - a.natives ||
    Number(a.id - b.id) ||
    Number(a.smallest - b.smallest)
  );
}
