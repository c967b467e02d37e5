import { WaybillError } from "../../../kernel/index.ts";
import type { SegmentClient } from "../segments.ts";
import { readNextDue, readPosition } from "../store/following.ts";
import {
  countParked,
  type ParkedCount,
  type Reconciliation,
  selectReconciliations,
} from "../store/health.ts";
import { readSlots } from "../store/slots.ts";

/** Whether memberships are what they should be. */
export interface SegmentHealth {
  /** Changes that are not followed yet. */
  readonly behind: bigint;
  /** The clock of the newest evaluation; null before the first. */
  readonly asOf: Date | null;
  /** When a member is due next; undefined: never. In the past: it waits to be evaluated. */
  readonly nextDue: Date | undefined;
  /** Everybody is being evaluated anew, or will be. */
  readonly isRescanned: boolean;
  /** Versions whose members are kept. */
  readonly kept: number;
  /** Versions that cannot be followed, since their criteria do not fit the contract. */
  readonly unreadable: readonly { readonly segment: string; readonly reason: string }[];
  /** Members that are set aside, since evaluating them failed. */
  readonly parked: readonly ParkedCount[];
  /** The newest comparison with a full evaluation; undefined before the first. */
  readonly reconciled: Reconciliation | undefined;
  /** The newest comparison that found stored members to be wrong. They were put right. */
  readonly alarm: Reconciliation | undefined;
}

/** What is known of how a client's memberships are kept. Waits for nobody. */
export async function segmentHealth(client: SegmentClient): Promise<SegmentHealth> {
  return await client.db.scoped(
    client.scope,
    async (tx) => {
      const { cursor, head, asOf, rescan } = await readPosition(tx);
      const { slots, unreadable } = await readSlots(tx, client.catalogue);
      const { last, alarm } = await selectReconciliations(tx);
      return {
        behind: head - cursor,
        asOf,
        nextDue: await readNextDue(tx),
        isRescanned: rescan !== null,
        kept: slots.length,
        unreadable: unreadable.map(({ name, reason }) => ({ segment: name, reason: said(reason) })),
        parked: await countParked(tx),
        reconciled: last,
        alarm,
      };
    },
    { readOnly: true, isolation: "repeatable read" },
  );
}

/** Only our own messages are known to hold no values. */
function said(reason: unknown): string {
  return reason instanceof WaybillError ? reason.message : "its definition cannot be read";
}
