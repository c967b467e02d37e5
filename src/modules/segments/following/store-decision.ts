import type { Transaction } from "../../../platform/postgres/index.ts";
import { findDataset, type Catalogue } from "../../contracts/index.ts";
import { type LoggedMove, logMoves, type MembershipCause } from "../store/history-writes.ts";
import { addToCounts, writeMembers } from "../store/members.ts";
import { customersOfEvents } from "../store/reach.ts";
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
  /** The number of the last entry; undefined when nobody entered or left a segment in force. */
  readonly last: bigint | undefined;
  readonly entered: number;
  readonly left: number;
}

/** Logs who entered and left segments in force: the last thing a transaction does. */
export async function logDecisions(
  tx: Transaction,
  {
    catalogue,
    moves,
    reasonOf,
    asOf,
  }: {
    readonly catalogue: Catalogue;
    readonly moves: readonly MemberMove[];
    readonly reasonOf: (member: bigint) => MoveReason;
    readonly asOf: Date;
  },
): Promise<LoggedDecisions> {
  const told = moves.filter(({ slot }) => slot.state === "live");
  if (told.length === 0) {
    return { last: undefined, entered: 0, left: 0 };
  }
  const customerOf = await customersOf(tx, catalogue, told);
  const logged = told.map(({ member, slot, entered, until }): LoggedMove => ({
    member,
    customer: customerOf(member, slot.subject),
    name: slot.name,
    segment: slot.segment,
    version: slot.version,
    entered,
    until,
    ...reasonOf(member),
  }));
  const last = await logMoves(tx, logged, asOf);
  const entered = told.filter((move) => move.entered).length;
  return { last, entered, left: told.length - entered };
}

/** Customers concern themselves, events their customer, accounts no single customer. */
async function customersOf(
  tx: Transaction,
  catalogue: Catalogue,
  moves: readonly MemberMove[],
): Promise<(member: bigint, subject: string) => bigint | null> {
  const known = new Map<bigint, bigint | null>();
  for (const [dataset, some] of Map.groupBy(moves, ({ slot }) => slot.subject)) {
    if (findDataset(catalogue, dataset)?.kind === "event") {
      const events = [...new Set(some.map(({ member }) => member))];
      for (const [event, customer] of await customersOfEvents(tx, dataset, events)) {
        known.set(event, customer);
      }
    }
  }
  return (member, subject) =>
    findDataset(catalogue, subject)?.kind === "customer" ? member : (known.get(member) ?? null);
}
