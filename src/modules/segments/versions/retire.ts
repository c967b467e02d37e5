import { bitsOf, replaced } from "../membership/bits.ts";
import type { SegmentClient } from "../segments.ts";
import { selectHolders } from "../store/holders.ts";
import { writeMembers } from "../store/members.ts";
import { insertMoves } from "../store/switches.ts";
import {
  freeSlots,
  lockFollowing,
  noteRetired,
  raiseRevision,
  selectRetiring,
  selectSlot,
  type RetiringVersion,
} from "../store/versions.ts";

/** Clearing so many rows holds the followers up for some milliseconds. */
const ROWS_PER_SWEEP = 500;

/** How many a switch moved. */
export interface Moved {
  /** The segment. */
  readonly name: string;
  /** The version that came into force. */
  readonly version: number;
  readonly entered: number;
  readonly left: number;
}

export interface Retiring {
  readonly at: Date;
  readonly signal?: AbortSignal | undefined;
  /** Called again and again, between short transactions. */
  readonly onProgress: () => Promise<void>;
}

/**
 * Notes who entered and left by the switches that happened, clears the bits of the versions that
 * retired, and frees their slots. Stopped anywhere, it is taken up again: bits stand until the moves
 * are noted, and a slot is free only when nobody has its bit.
 */
export async function retireVersions(
  client: SegmentClient,
  options: Retiring,
): Promise<readonly Moved[]> {
  const { db, scope } = client;
  const { signal } = options;
  const retiring = await db.scoped(scope, selectRetiring, { readOnly: true, signal });
  const moved: Moved[] = [];
  for (const version of retiring) {
    moved.push(...(await noteMoves(client, version, options)));
    await options.onProgress();
  }
  if (retiring.length === 0) {
    return moved;
  }
  await sweep(client, retiring, options);
  await db.scoped(
    scope,
    async (tx) => {
      await lockFollowing(tx);
      await freeSlots(tx, retiring);
      await raiseRevision(tx);
    },
    { signal },
  );
  return moved;
}

async function noteMoves(
  { db, scope }: SegmentClient,
  { segment, name, version, slot, successor }: RetiringVersion,
  { at, signal }: Retiring,
): Promise<readonly Moved[]> {
  if (successor === null) {
    return [];
  }
  const counts = await db.scoped(
    scope,
    async (tx) => {
      const after = await selectSlot(tx, { segment, version: successor });
      const slots = { before: slot, after };
      await noteRetired(tx, { segment, version, at });
      return await insertMoves(tx, { segment, version: successor }, slots);
    },
    { isolation: "repeatable read", statementTimeoutMs: 0, signal },
  );
  return [{ name, version: successor, ...counts }];
}

async function sweep(
  { db, scope }: SegmentClient,
  retiring: readonly RetiringVersion[],
  { signal, onProgress }: Retiring,
): Promise<void> {
  const slots = retiring.map(({ slot }) => slot);
  const mask = bitsOf(slots);
  const nothing = bitsOf([]);
  for (let after: bigint | undefined = 0n; after !== undefined;) {
    const from: bigint = after;
    after = await db.scoped(
      scope,
      async (tx) => {
        await lockFollowing(tx);
        const holders = await selectHolders(tx, { slots, after: from, limit: ROWS_PER_SWEEP });
        const cleared = holders.map((row) => ({
          ...row,
          bits: replaced(row.bits, { evaluated: nothing, mask }),
          isNew: false,
        }));
        await writeMembers(tx, cleared);
        return holders.at(-1)?.member;
      },
      { isDurable: false, signal },
    );
    await onProgress();
  }
}
