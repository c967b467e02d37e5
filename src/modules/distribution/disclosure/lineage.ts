/**
 * Whom a customer was: the golden rows that held its source records, and between which changes. A merge
 * gives records to another row and a split takes them away, so what was disclosed of a row concerns
 * everybody whose records it held at that time: the customer who has its id today, and those who had
 * been merged into it.
 */
import { assert } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { CustomerDataset } from "../../contracts/index.ts";
import { livingIdOf, recordIdsOf, type RecordFlow, recordFlows } from "../store/lineage.ts";

/** A golden row that held some of the customer's records. */
export interface FormerSelf {
  readonly id: bigint;
  /** The change that brought the records; 0 where they were there from the beginning. */
  readonly from: bigint;
  /** The change that took them away; undefined where they are there still. */
  readonly until: bigint | undefined;
}

/**
 * The rows that held the records that the customer has now, itself among them.
 * @param id a living customer; one that was merged, who is asked for by the one it leads to; or one
 * that is gone, and then it is taken for itself alone
 */
export async function lineageOf(
  tx: Transaction,
  dataset: CustomerDataset,
  id: bigint,
): Promise<FormerSelf[]> {
  const customer = await livingIdOf(tx, dataset, id);
  const records = await recordIdsOf(tx, dataset, customer);
  const flows = await reachableFlows(tx, dataset, customer);
  return traceBack({ customer, records, flows });
}

/** The flows of the row, of the rows they came from, and so on. */
async function reachableFlows(
  tx: Transaction,
  dataset: CustomerDataset,
  customer: bigint,
): Promise<ReadonlyMap<bigint, readonly RecordFlow[]>> {
  const known = new Map<bigint, RecordFlow[]>();
  let wanted = [customer];
  while (wanted.length > 0) {
    wanted.forEach((row) => known.set(row, []));
    for (const flow of await recordFlows(tx, dataset, wanted)) {
      known.get(flow.row)?.push(flow);
    }
    const others = wanted.flatMap((row) => known.get(row)?.map(({ other }) => other) ?? []);
    wanted = [...new Set(others)].filter((row) => !known.has(row));
  }
  return known;
}

export interface Tracing {
  readonly customer: bigint;
  readonly records: readonly bigint[];
  /** By the row that records reached, newest first. */
  readonly flows: ReadonlyMap<bigint, readonly RecordFlow[]>;
}

interface Stay {
  readonly row: bigint;
  readonly records: ReadonlySet<bigint>;
  readonly until: bigint | undefined;
}

/** Follows records back through the rows that held them. Pure. */
export function traceBack({ customer, records, flows }: Tracing): FormerSelf[] {
  const selves: FormerSelf[] = [];
  const stays: Stay[] = [{ row: customer, records: new Set(records), until: undefined }];
  for (let stay = stays.pop(); stay !== undefined; stay = stays.pop()) {
    const { row, until } = stay;
    let rest = stay.records;
    for (const flow of flows.get(row) ?? []) {
      const came = flow.records.filter((record) => rest.has(record));
      if (came.length > 0 && (until === undefined || flow.change < until)) {
        selves.push({ id: row, from: flow.change, until });
        stays.push({ row: flow.other, records: new Set(came), until: flow.change });
        rest = new Set([...rest].filter((record) => !came.includes(record)));
      }
    }
    if (rest.size > 0 || stay.records.size === 0) {
      selves.push({ id: row, from: 0n, until });
    }
    assert(stays.length < 100_000, () => "records come from finitely many rows");
  }
  return selves;
}

/** Whether one of the selves was the row `id` when the log stood at `seen`. */
export function wasAt(selves: readonly FormerSelf[], id: bigint, seen: bigint): boolean {
  return selves.some(
    (self) =>
      self.id === id && self.from <= seen && (self.until === undefined || seen < self.until),
  );
}
