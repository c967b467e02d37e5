/**
 * How a question about an instant is answered: from what is stored, where that is right for the instant;
 * from what is stored and the history, for instants before; and else by evaluating everybody.
 */
import type { Transaction } from "../../../platform/postgres/index.ts";
import { selectTime } from "../store/asking.ts";
import type { KeptVersion } from "../store/versions.ts";

/**
 * - stored: the members as they are kept
 * - history: those, taken back to the instant
 * - evaluated: what the criteria say of the data as they are now, were it that instant: for instants
 *   in the future or before the segment was followed, and while it is being caught up with
 */
export type Basis = "stored" | "history" | "evaluated";

/** How what is stored stands to an instant. */
export interface Timing {
  /** It is right for the instant: all changes are followed, and nobody is due before it. */
  readonly isCurrent: boolean;
  /** It is of a later instant. */
  readonly isPast: boolean;
}

/** The client's {@link Timing} of an instant, in the transaction's snapshot. */
export async function readTiming(tx: Transaction, asOf: Date): Promise<Timing> {
  return await selectTime(tx, asOf);
}

/**
 * How to answer for a segment.
 * @param first when its first version came into force; undefined: it never was in force
 */
export function basisOf(
  { isCurrent, isPast }: Timing,
  { asOf, first }: { readonly asOf: Date; readonly first: Date | undefined },
): Basis {
  if (first === undefined) {
    return "evaluated";
  }
  if (isCurrent) {
    return "stored";
  }
  return isPast && asOf >= first ? "history" : "evaluated";
}

/** How a segment stands. */
export type SegmentState =
  /** Its definition is in force. */
  | { readonly kind: "live" }
  /** A version is on its way; the one before it, if there is one, is in force. */
  | { readonly kind: "filling"; readonly version: number; readonly share: number }
  /** The version was refused; the one before it, if there is one, is in force. */
  | { readonly kind: "refused"; readonly version: number; readonly reason: string }
  /** Its definition is not taken up yet. */
  | { readonly kind: "waiting" }
  /** Its definition does not fit the contract. */
  | { readonly kind: "unfit"; readonly reason: string };

/**
 * @param kept the segment's versions that have a slot, and its newest refused one
 * @param newest the version of its definition
 * @param highest the highest id that was given
 */
export function stateOf(
  kept: readonly KeptVersion[],
  { newest, highest }: { readonly newest: number; readonly highest: bigint },
): SegmentState {
  const filling = kept.find(({ state }) => state === "filling");
  if (filling !== undefined) {
    const { version, filledTo } = filling;
    const share = highest === 0n ? 0 : Number(filledTo ?? 0n) / Number(highest);
    return { kind: "filling", version, share: Math.min(1, share) };
  }
  const refused = kept.find(({ state, version }) => state === "refused" && version >= newest);
  if (refused !== undefined) {
    const { version, failure } = refused;
    return { kind: "refused", version, reason: failure ?? "" };
  }
  return { kind: kept.some(({ inForce }) => inForce) ? "live" : "waiting" };
}
