import type { Clock } from "../../../kernel/index.ts";
import type { Transaction } from "../../../platform/postgres/index.ts";
import type { ScanCause } from "../store/following.ts";
import type { PackedScan } from "./packed-scan.ts";
import type { FollowPlan, SlotGroup, SubjectPlan } from "./plan.ts";

export interface ScanOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** The slots to store; all of a subject together cost little more than one. */
  readonly slots: ReadonlySet<number>;
  /** `fill`: the slots are new, no bit of them is set but by those who follow, and nobody is told. */
  readonly cause: ScanCause | "fill";
  /** By dataset, the member up to which the answers are stored already. */
  readonly after?: ReadonlyMap<string, bigint> | undefined;
  /** Runs at the end of the transaction that stores the answers up to a member. */
  readonly onChunk?: ((tx: Transaction, chunk: StoredChunk) => Promise<void>) | undefined;
}

/** How far a scan is stored. */
export interface StoredChunk {
  /** The dataset whose rows are the members. */
  readonly subject: string;
  /** The member up to which answers are stored. */
  readonly to: bigint;
  /** The change up to which the scan saw everything. */
  readonly head: bigint;
}

/** What is evaluated at once. */
export interface Portion {
  readonly plan: FollowPlan;
  readonly subject: SubjectPlan;
  readonly slots: SlotGroup;
}

/** A scan that is taken out of the database, to be stored. */
export interface TakenScan extends Portion {
  readonly found: PackedScan;
  /** The change up to which it saw everything. */
  readonly head: bigint;
  readonly asOf: Date;
  /** Members that later changes concern, up to the change `seen`. */
  readonly later: { readonly members: Set<bigint>; seen: bigint };
}
