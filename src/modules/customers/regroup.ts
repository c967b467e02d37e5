/**
 * Regrouping: which source records are one customer, decided elsewhere and carried out here. Everything
 * that hangs on a golden row follows its records, so that moving them back restores it: values, id, time
 * of creation, events and what old ids lead to.
 */
import { assert, ConflictError } from "../../kernel/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import type { Catalogue, EventDataset } from "../contracts/index.ts";
import { flushChanges, openChangeBuffer } from "./store/change-log.ts";
import { followRecords } from "./store/event-follow.ts";
import type { EntityDataset } from "./store/merge-context.ts";
import { moveRecords, openMoves, takeMoves } from "./store/regrouping.ts";

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
 * Once in a transaction, whose caller holds {@link lockCustomers} and commits next: the head of the change
 * log is locked from here to the end. Nothing is visible to others before.
 * @throws ConflictError `record-not-found` when a move names a record that does not exist
 */
export async function regroupRecords(
  tx: Transaction,
  { catalogue, dataset }: { readonly catalogue: Catalogue; readonly dataset: EntityDataset },
  { moves, ...origin }: Regrouping,
): Promise<Regrouped> {
  const records = moves.map((move) => move.record);
  assert(new Set(records).size === records.length, () => "a record is moved to one golden row");
  await openMoves(tx);
  const ids = moves.map((move) => move.id);
  const { moved, missing } = await takeMoves(tx, dataset, { records, ids });
  if (missing > 0) {
    throw new ConflictError(
      "record-not-found",
      `${missing} of the records of ${dataset.name} to be regrouped do not exist`,
      { hint: "they were removed meanwhile; resolve again" },
    );
  }
  if (moved === 0) {
    return NOTHING;
  }
  await openChangeBuffer(tx);
  const { gone, born } = await moveRecords(tx, dataset, origin.at);
  let events = 0;
  for (const each of eventsOf(catalogue, dataset)) {
    events += await followRecords(tx, catalogue, each);
  }
  const { count } = await flushChanges(tx, { ...origin, intake: null });
  return { records: moved, merged: gone, split: born, events, changes: count };
}

/** Events concern customers; accounts have none. */
function eventsOf(catalogue: Catalogue, dataset: EntityDataset): EventDataset[] {
  return dataset.kind === "customer"
    ? catalogue.datasets.filter((each) => each.kind === "event")
    : [];
}
