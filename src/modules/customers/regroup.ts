/**
 * Regrouping: which source records are one customer, decided elsewhere and carried out here. Everything
 * that hangs on a golden row follows its records, so that moving them back restores it: values, id, time
 * of creation, events and what old ids lead to.
 */
import { assert, ConflictError } from "../../kernel/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import type { Catalogue, EventDataset } from "../contracts/index.ts";
import { flowsOf, leaderOf, mainFlows, tellFlow } from "./flows.ts";
import { straightToLog } from "./store/change-log.ts";
import { concernedDatasets, followRecords } from "./store/event-follow.ts";
import type { EntityDataset } from "./store/merge-context.ts";
import {
  countRecords,
  logFlows,
  moveRecords,
  moveRedirects,
  settleGolden,
} from "./store/regrouping.ts";

/** A source record, and the golden row it shall belong to. */
export interface Move {
  readonly record: bigint;
  /** A living row; one that was merged, which comes back; or an unused id from `newGoldenIds`. */
  readonly id: bigint;
}

export interface Regrouping {
  /** At most one for each record. Those that change nothing are allowed and cost little. */
  readonly moves: readonly Move[];
  readonly actor: string;
  readonly at: Date;
  /** Why, in the words of whoever did it. Kept with each change; never a value of a record. */
  readonly reason?: string | undefined;
}

/** What a regrouping did. */
export interface Regrouped {
  /** Records that changed their golden row. */
  readonly records: number;
  /** Golden rows that were merged into others. */
  readonly merged: number;
  /** Golden rows that are new, or came back. */
  readonly split: number;
  /** Events that changed their customer. */
  readonly events: number;
  /** Entries added to the change log. */
  readonly changes: bigint;
}

const NOTHING: Regrouped = { records: 0, merged: 0, split: 0, events: 0, changes: 0n };

/**
 * Moves source records to the golden rows they shall belong to. Golden rows are recomputed, created,
 * removed with a redirect, or brought back with the id and the time of creation they had; events follow;
 * the change log tells all of it.
 *
 * The caller holds `lockCustomers` and commits next: the head of the change log is locked from here to
 * the end. Nothing is visible to others before.
 * @throws ConflictError `record-not-found` when a move names a record that does not exist
 */
export async function regroupRecords(
  tx: Transaction,
  { catalogue, dataset }: { readonly catalogue: Catalogue; readonly dataset: EntityDataset },
  { moves, ...origin }: Regrouping,
): Promise<Regrouped> {
  const records = moves.map((move) => move.record);
  assert(new Set(records).size === records.length, () => "a record is moved to one golden row");
  const moved = await moveRecords(tx, dataset, { records, ids: moves.map((move) => move.id) });
  if (moved.length < records.length) {
    await refuseMissing(tx, dataset, records);
  }
  if (moved.length === 0) {
    return NOTHING;
  }
  const sink = straightToLog({ ...origin, intake: null });
  const flows = flowsOf(moved);
  const settled = await settleGolden(tx, dataset, { flows, sink, at: origin.at });
  await moveRedirects(tx, dataset, moved);
  const [gone, born] = [new Set(settled.gone), new Set(settled.born)];
  const told = flows.map((flow) => tellFlow(flow, { gone, born }));
  let changes = settled.logged + (await logFlows(tx, dataset, { told, sink }));
  let events = 0n;
  const touched = [...new Set(flows.flatMap(({ before, after }) => [before, after]))];
  const left = mainFlows(flows)
    .filter(({ before, natives }) => natives.length > 0 || gone.has(before))
    .map((flow) => ({ row: flow.before, leader: leaderOf(flow) }));
  const datasets = eventsOf(catalogue, dataset);
  const scope = { moves: moved, touched };
  for (const each of await concernedDatasets(tx, { catalogue, datasets }, scope)) {
    const place = { catalogue, dataset: each };
    const followed = { ...scope, left, sink };
    const attached = await followRecords(tx, place, followed);
    events += attached.moved;
    changes += attached.logged;
  }
  return {
    records: moved.length,
    merged: gone.size,
    split: born.size,
    events: Number(events),
    changes,
  };
}

async function refuseMissing(
  tx: Transaction,
  dataset: EntityDataset,
  records: readonly bigint[],
): Promise<void> {
  const missing = records.length - (await countRecords(tx, dataset, records));
  if (missing > 0) {
    throw new ConflictError(
      "record-not-found",
      `${missing} of the records of ${dataset.name} to be regrouped do not exist`,
      { hint: "they were removed meanwhile; resolve again" },
    );
  }
}

/** Events concern customers; accounts have none. */
function eventsOf(catalogue: Catalogue, dataset: EntityDataset): EventDataset[] {
  return dataset.kind === "customer"
    ? catalogue.datasets.filter((each) => each.kind === "event")
    : [];
}
