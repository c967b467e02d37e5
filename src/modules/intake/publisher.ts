/**
 * Publishes staged ranges while later ones are still being read. The transaction stays open until the
 * whole file is known, and only then is it decided whether it commits: nobody ever sees half a file,
 * and the work of merging is not done after the work of reading but beside it.
 */
import type { Database, Scope, Transaction } from "../../platform/postgres/index.ts";
import {
  addCounts,
  lockCustomers,
  type Merge,
  type MergeContext,
  type MergeCounts,
  NO_ROWS,
  openMerge,
} from "../customers/index.ts";
import type { Dataset } from "../contracts/index.ts";
import type { RangeQueue } from "./range-queue.ts";
import { stayingInTransaction } from "./claim.ts";
import type { Withholding } from "./suppression.ts";

export interface Publishing {
  readonly db: Database;
  readonly scope: Scope;
  readonly dataset: Dataset;
  /** Everything of the merge but its transaction. */
  readonly merge: Omit<MergeContext, "tx">;
  readonly ranges: RangeQueue;
  /** Takes out what is staged of people who were erased. */
  readonly withhold: Withholding;
  /** Called when another intake of the client is merging and this one has to wait. */
  readonly onWait: () => void;
  /**
   * Decides when everything is merged, and writes the end of the intake with `tx`, so that the data
   * and the word that it is published are one.
   * @returns false to roll everything back
   */
  readonly decide: (tx: Transaction, counts: MergeCounts) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** Rolls the transaction back without being an error. */
class Withheld extends Error {
  override readonly name = "Withheld";
  readonly merged: Merged;

  constructor(merged: Merged) {
    super("the intake is not published");
    this.merged = merged;
  }
}

interface Merged {
  readonly counts: MergeCounts;
  /** Rows about people who were erased: counted among the refused ones. */
  readonly withheld: number;
}

export interface PublishingEnd extends Merged {
  readonly published: boolean;
  readonly attached: number;
}

/** The caller has claimed the intake and holds the claim until this has ended. */
export async function publish(publishing: Publishing): Promise<PublishingEnd> {
  const { db, scope, signal } = publishing;
  try {
    return await db.scoped(
      scope,
      async (tx) => {
        await lockCustomers(tx, publishing.onWait);
        return mergeAll(publishing, tx);
      },
      { statementTimeoutMs: 0, lockTimeoutMs: 0, signal },
    );
  } catch (error) {
    if (error instanceof Withheld) {
      return { published: false, ...error.merged, attached: 0 };
    }
    throw error;
  }
}

async function mergeAll(publishing: Publishing, tx: Transaction): Promise<PublishingEnd> {
  const merge = await openMerge({ ...publishing.merge, tx }, publishing.dataset);
  const merged = await mergeRanges(publishing, tx, merge);
  const { attached } = await merge.finish();
  if (!(await publishing.decide(tx, merged.counts))) {
    throw new Withheld(merged);
  }
  return { published: true, ...merged, attached };
}

function mergeRanges(
  { ranges, withhold, dataset, merge: { intake, stage, at } }: Publishing,
  tx: Transaction,
  merge: Merge,
): Promise<Merged> {
  return stayingInTransaction(tx, async () => {
    let [counts, withheld] = [NO_ROWS, 0];
    for await (const range of ranges) {
      withheld += await withhold(tx, { ...range, dataset, intake, stage, at });
      counts = addCounts(counts, await merge.range(range));
    }
    return { counts, withheld };
  });
}
