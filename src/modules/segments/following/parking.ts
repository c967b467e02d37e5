import type { Transaction } from "../../../platform/postgres/index.ts";
import type { DueMember, Position } from "../store/following.ts";
import { type ParkedMember, selectParked } from "../store/parked.ts";

/** Who is set aside at an instant. */
export interface Parking {
  readonly parked: ReadonlyMap<bigint, ParkedMember>;
  /** Those whose turn has come again. */
  readonly retried: readonly DueMember[];
  /** Nobody is to be asked about these. */
  readonly isAside: (member: bigint) => boolean;
}

/** Who is set aside, and who of them is tried again. */
export async function parkedNow(
  tx: Transaction,
  { hasParked }: Position,
  asOf: Date,
): Promise<Parking> {
  const parked = hasParked ? await selectParked(tx) : new Map<bigint, ParkedMember>();
  const retried = [...parked.values()]
    .filter(({ retryAt }) => retryAt <= asOf)
    .map(({ member, subject, retryAt }) => ({ member, subject, due: retryAt, whole: true }));
  const isAside = (member: bigint): boolean => (parked.get(member)?.retryAt ?? asOf) > asOf;
  return { parked, retried, isAside };
}
