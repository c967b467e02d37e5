/**
 * What moves mean for the golden rows they touch. Records that go from one row to another are a flow;
 * the change log tells each flow once.
 */

/** A source record that changes its golden row. */
export interface RecordMove {
  readonly record: bigint;
  readonly before: bigint;
  readonly after: bigint;
}

/** Golden rows between which records move. */
export interface Flow {
  readonly before: bigint;
  readonly after: bigint;
  /** Ascending; at least one. */
  readonly records: readonly bigint[];
}

/** The flows of moves, by the rows they leave and reach. */
export function flowsOf(moves: readonly RecordMove[]): Flow[] {
  const byRow = new Map<bigint, Map<bigint, bigint[]>>();
  for (const { record, before, after } of moves) {
    const leaving = entryOf(byRow, before, () => new Map<bigint, bigint[]>());
    entryOf(leaving, after, () => []).push(record);
  }
  return [...byRow]
    .flatMap(([before, leaving]) =>
      [...leaving].map(([after, records]) => ({
        before,
        after,
        records: records.toSorted(ascending),
      })),
    )
    .toSorted((a, b) => ascending(a.before, b.before) || ascending(a.after, b.after));
}

/**
 * Of each row that records leave, the flow that its id follows should the row be gone: the largest, and
 * the one to the oldest row of equals.
 */
export function mainFlows(flows: readonly Flow[]): Flow[] {
  const main = new Map<bigint, Flow>();
  for (const flow of flows) {
    const best = main.get(flow.before);
    if (best === undefined || flow.records.length > best.records.length) {
      main.set(flow.before, flow);
    }
  }
  return [...main.values()];
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
