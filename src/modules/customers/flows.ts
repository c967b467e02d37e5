/**
 * What moves mean for the golden rows they touch. Records that go from one row to another are a flow;
 * the change log tells each flow once.
 */
import { must } from "../../kernel/index.ts";

/** A source record that changes its golden row. */
export interface RecordMove {
  readonly record: bigint;
  readonly before: bigint;
  readonly after: bigint;
  /** The golden row it had before its first move. A record is native to that row. */
  readonly home: bigint;
}

/** Golden rows between which records move. */
export interface Flow {
  readonly before: bigint;
  readonly after: bigint;
  /** Ascending; at least one. */
  readonly records: readonly bigint[];
  /** Those of them that are native to the row they leave; ascending. */
  readonly natives: readonly bigint[];
}

/** The flows of moves, by the rows they leave and reach. */
export function flowsOf(moves: readonly RecordMove[]): Flow[] {
  const byRow = new Map<bigint, Map<bigint, RecordMove[]>>();
  for (const move of moves.toSorted((a, b) => ascending(a.record, b.record))) {
    const leaving = entryOf(byRow, move.before, () => new Map<bigint, RecordMove[]>());
    entryOf(leaving, move.after, () => []).push(move);
  }
  return [...byRow]
    .flatMap(([before, leaving]) =>
      [...leaving].map(([after, all]) => ({
        before,
        after,
        records: all.map(({ record }) => record),
        natives: all.filter(({ home }) => home === before).map(({ record }) => record),
      })),
    )
    .toSorted((a, b) => ascending(a.before, b.before) || ascending(a.after, b.after));
}

/**
 * Of each row that records leave, the flow that its id follows should the row be gone: the one with most
 * of its natives, then the largest, then the one to the oldest row.
 */
export function mainFlows(flows: readonly Flow[]): Flow[] {
  const main = new Map<bigint, Flow>();
  for (const flow of flows) {
    const best = main.get(flow.before);
    if (best === undefined || isLarger(flow, best)) {
      main.set(flow.before, flow);
    }
  }
  return [...main.values()];
}

function isLarger(flow: Flow, than: Flow): boolean {
  const natives = flow.natives.length - than.natives.length;
  return natives > 0 || (natives === 0 && flow.records.length > than.records.length);
}

/**
 * The record that what belonged to the row a flow leaves is to follow: a native, for natives go back to
 * the row when moves are undone, and guests do not.
 */
export function leaderOf({ natives, records }: Flow): bigint {
  return must(natives[0] ?? records[0], "a flow has a record");
}

/** A flow as the change log tells it: `row` is no more what it was, nor is `other`. */
export interface ToldFlow {
  readonly flow: Flow;
  readonly outcome: "merged" | "split" | "regrouped";
  readonly row: bigint;
  readonly other: bigint;
}

/**
 * A flow out of a row that is gone is a merge; into a row that is new or back, a split; else records
 * changed between two rows that both stay.
 */
export function tellFlow(
  flow: Flow,
  { gone, born }: { readonly gone: ReadonlySet<bigint>; readonly born: ReadonlySet<bigint> },
): ToldFlow {
  const { before, after } = flow;
  if (gone.has(before)) {
    return { flow, outcome: "merged", row: before, other: after };
  }
  return born.has(after)
    ? { flow, outcome: "split", row: after, other: before }
    : { flow, outcome: "regrouped", row: before, other: after };
}

function entryOf<T>(map: Map<bigint, T>, key: bigint, make: () => T): T {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}
