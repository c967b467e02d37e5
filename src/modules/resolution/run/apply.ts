/** Carries a settlement out, in the transaction that it was decided in. */
import { must } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import {
  type EntityDataset,
  type Move,
  newGoldenIds,
  type Regrouped,
  regroupRecords,
} from "../../customers/index.ts";
import type { Settled, Settlement } from "../settlement/settle.ts";
import { appendJudgements } from "../store/judgements.ts";
import { type Cause, tellRegrouped } from "./told.ts";

export interface Application {
  readonly tx: Transaction;
  readonly catalogue: Catalogue;
  readonly dataset: EntityDataset;
  readonly actor: string;
  readonly at: Date;
  /** Why, for the change log; never a value of a record. */
  readonly reason: string;
  /** Why, for the ledger. */
  readonly cause: Cause;
}

/** Records that change their golden row, with the place of their group. */
export function movesOf(
  groups: readonly Settled[],
  current: ReadonlyMap<bigint, bigint>,
): { readonly record: bigint; readonly group: number }[] {
  return groups.flatMap(({ records, golden }, group) =>
    records
      .filter((record) => golden === undefined || current.get(record) !== golden)
      .map((record) => ({ record, group })),
  );
}

/**
 * Writes the judgements, gives new groups their ids and moves the records. The last thing before the
 * transaction commits.
 */
export async function applySettlement(
  { tx, catalogue, dataset, actor, at, reason, cause }: Application,
  { judgements, groups }: Settlement,
  current: ReadonlyMap<bigint, bigint>,
): Promise<Regrouped | undefined> {
  await appendJudgements(tx, { dataset: dataset.name, at }, judgements);
  const moving = movesOf(groups, current);
  if (moving.length === 0) {
    return undefined;
  }
  const ids = await idsOf(tx, groups);
  const moves: Move[] = moving.map(({ record, group }) => ({
    record,
    id: must(ids[group], "every group has an id"),
  }));
  const regrouped = await regroupRecords(tx, { catalogue, dataset }, { moves, actor, at, reason });
  await tellRegrouped(tx, { dataset: dataset.name, at, actor }, { ...cause, regrouped });
  return regrouped;
}

/** The id of each group. New ids are made in the order of the groups. */
async function idsOf(tx: Transaction, groups: readonly Settled[]): Promise<bigint[]> {
  const fresh = await newGoldenIds(tx, groups.filter(({ golden }) => golden === undefined).length);
  let next = 0;
  return groups.map(({ golden }) => golden ?? must(fresh[next++], "one for each new group"));
}
