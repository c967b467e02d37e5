/**
 * Merging an intake into a client's data: open once per transaction, merge range after range, finish.
 * Until the transaction commits nobody else sees anything of it.
 */
import type { Dataset } from "../contracts/index.ts";
import { flushChanges, openChangeBuffer } from "./store/change-log.ts";
import { mergeEntities } from "./store/entity-merge.ts";
import { attachWaiting, mergeEvents } from "./store/event-merge.ts";
import { type IdentityScope, readIdentityScope } from "./store/identity.ts";
import type { LineRange, MergeContext, MergeCounts } from "./store/merge-context.ts";
import { openMatch } from "./store/stage-match.ts";

export interface MergeEnd {
  /** Events of earlier intakes whose customer this one brought. */
  readonly attached: number;
  /** Entries added to the change log. */
  readonly changes: bigint;
}

/** A merge that is under way in one transaction. */
export interface Merge {
  /** Merges staged lines `from`–`to`. Ranges must not overlap and come in line order. */
  range(range: LineRange): Promise<MergeCounts>;
  /** Attaches waiting events and writes the change log: the last thing before commit. */
  finish(): Promise<MergeEnd>;
}

/**
 * Opens a merge in the transaction of `context`. The caller makes sure that one merge at a time runs
 * on a client's data: two would each think that a key they both bring is new.
 */
export async function openMerge(context: MergeContext, dataset: Dataset): Promise<Merge> {
  await openMatch(context.tx);
  await openChangeBuffer(context.tx);
  const mergeRange = await rangeMerger(context, dataset);
  return {
    range: mergeRange,
    async finish() {
      const attached = dataset.kind === "account" ? 0 : await attachWaiting(context);
      const { count } = await flushChanges(context.tx, context);
      return { attached, changes: count };
    },
  };
}

async function rangeMerger(
  context: MergeContext,
  dataset: Dataset,
): Promise<(range: LineRange) => Promise<MergeCounts>> {
  if (dataset.kind === "event") {
    return (range) => mergeEvents(context, dataset, range);
  }
  const scope: IdentityScope = await readIdentityScope(context, dataset);
  return (range) => mergeEntities(context, dataset, { range, scope });
}
