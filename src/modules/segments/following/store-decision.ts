import type { Transaction } from "../../../platform/postgres/index.ts";
import { logMoves, type MembershipCause, type MoveGroup } from "../store/history-writes.ts";
import { addToCounts, writeMembers } from "../store/members.ts";
import type { Decision, MemberMove } from "./decide.ts";

/** Why a member moves, and by which change. */
export interface MoveReason {
  readonly cause: MembershipCause;
  readonly causedBy: bigint | null;
}

/** Writes rows and counts. Moves of slots in force are to be logged by {@link logDecisions}. */
export async function storeDecision(tx: Transaction, { rows, moves }: Decision): Promise<void> {
  if (rows.length > 0) {
    await writeMembers(tx, rows);
  }
  const counts = new Map<number, number>();
  for (const { slot, entered } of moves) {
    counts.set(slot.slot, (counts.get(slot.slot) ?? 0) + (entered ? 1 : -1));
  }
  await addToCounts(tx, counts);
}

export interface LoggedDecisions {
  /** The number of the last move; undefined when nobody entered or left a segment in force. */
  readonly last: bigint | undefined;
  readonly entered: number;
  readonly left: number;
}

/** Logs who left and who entered segments in force, in this order: the last thing a transaction does. */
export async function logDecisions(
  tx: Transaction,
  {
    moves,
    reasonOf,
    asOf,
  }: {
    readonly moves: readonly MemberMove[];
    readonly reasonOf: (member: bigint) => MoveReason;
    readonly asOf: Date;
  },
): Promise<LoggedDecisions> {
  const groups = groupsOf(moves, reasonOf);
  const last = groups.length === 0 ? undefined : await logMoves(tx, groups, asOf);
  const counted = (isEntry: boolean): number =>
    groups.reduce(
      (sum, { entered, members }) => sum + (entered === isEntry ? members.length : 0),
      0,
    );
  return { last, entered: counted(true), left: counted(false) };
}

interface OpenGroup extends MoveGroup {
  readonly members: bigint[];
  readonly causedBy: (bigint | null)[];
  readonly untils: (Date | null)[];
}

/** Exits first, each segment's together. */
function groupsOf(
  moves: readonly MemberMove[],
  reasonOf: (member: bigint) => MoveReason,
): readonly MoveGroup[] {
  const groups = new Map<string, OpenGroup>();
  for (const { member, slot, entered, until } of moves) {
    if (slot.state === "live") {
      const { cause, causedBy } = reasonOf(member);
      const key = `${entered} ${cause} ${slot.slot}`;
      const group = groups.get(key) ?? openGroup({ ...slot, entered, cause });
      groups.set(key, group);
      group.members.push(member);
      group.causedBy.push(causedBy);
      group.untils.push(until);
    }
  }
  return [...groups.values()].toSorted(
    (left, right) => Number(left.entered) - Number(right.entered),
  );
}

function openGroup({
  segment,
  version,
  entered,
  cause,
}: Pick<MoveGroup, "segment" | "version" | "entered" | "cause">): OpenGroup {
  return { segment, version, entered, cause, members: [], causedBy: [], untils: [] };
}
