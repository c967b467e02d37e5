/**
 * What a change reaches: the records that judgements connect with it, and with them all records of their
 * customers. Who is whose is decided for all of these at once, and for nobody else.
 */
import type { LinkSession } from "../linking/session.ts";
import type { Standing } from "../judgement/judgement.ts";
import { companionsOf } from "../store/golden-ids.ts";
import { standingOf } from "../store/judgements.ts";

export interface Reach {
  /** In ascending order. */
  readonly records: readonly bigint[];
  /** Everything that stands between two of them. */
  readonly standing: readonly Standing[];
  /** The golden row of each. */
  readonly current: ReadonlyMap<bigint, bigint>;
}

/**
 * Follows from the given records to those that are judged the same, until nothing new is found. Of
 * `renewed` records the others of every judgement are reached, for it may no longer stand.
 */
export async function reachOf(
  { tx, dataset }: Pick<LinkSession, "tx" | "dataset">,
  { seeds, renewed }: { readonly seeds: Iterable<bigint>; readonly renewed: ReadonlySet<bigint> },
): Promise<Reach> {
  const current = new Map<bigint, bigint>();
  const standing = new Map<bigint, Standing>();
  const reached = new Set(seeds);
  let frontier = [...reached];
  while (frontier.length > 0) {
    const next = new Set<bigint>();
    for (const { record, id } of await companionsOf(tx, dataset, frontier)) {
      current.set(record, id);
      next.add(record);
    }
    for (const entry of await standingOf(tx, frontier)) {
      standing.set(entry.judgement, entry);
      if (entry.verdict === "same" || renewed.has(entry.left) || renewed.has(entry.right)) {
        next.add(entry.left).add(entry.right);
      }
    }
    frontier = [...next].filter((record) => !reached.has(record));
    for (const record of frontier) {
      reached.add(record);
    }
  }
  return {
    records: [...reached].toSorted((a, b) => (a < b ? -1 : 1)),
    standing: [...standing.values()].filter(
      ({ left, right }) => reached.has(left) && reached.has(right),
    ),
    current,
  };
}
