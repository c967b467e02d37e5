/** Compares what is stored with what was evaluated, and says what follows. Pure. */
import { must } from "../../../kernel/index.ts";
import { bitsOf, differing, hasSlot, replaced } from "../membership/bits.ts";
import { AT_ONCE, type StoredMember, type WrittenMember } from "../store/members.ts";
import type { PlannedSlot } from "./plan.ts";

/** The answers about one member. Slots that were not evaluated are 0. */
export interface Evaluated {
  readonly bits: Uint8Array;
  /** No answer changes before it without new data; null: time alone changes none. */
  readonly due: Date | null;
  /** The same for the answer of one slot. */
  readonly until: (slot: number) => Date | null;
}

/** A member that enters a slot or leaves it. */
export interface MemberMove {
  readonly member: bigint;
  readonly slot: PlannedSlot;
  readonly entered: boolean;
  /** When time alone would change it again; null: never. */
  readonly until: Date | null;
}

/** What is to be written. */
export interface Decision {
  readonly rows: readonly WrittenMember[];
  /** By member. */
  readonly moves: readonly MemberMove[];
}

export interface Evaluation {
  readonly subject: number;
  /** Who was asked about. Those who are in no answer are no more, and leave. */
  readonly members: Iterable<bigint>;
  readonly stored: ReadonlyMap<bigint, StoredMember>;
  readonly evaluated: ReadonlyMap<bigint, Evaluated>;
  /** The slots that were evaluated. */
  readonly slots: readonly PlannedSlot[];
  /** All slots that time alone can change are among them, so that their instant is the member's. */
  readonly isAllTimed: boolean;
  /**
   * Answers that hold only until this instant, or a sooner one, are too old: everything about their members
   * is to be evaluated.
   */
  readonly passed?: Date | undefined;
}

/** Rows that stay as they are are not written; nor is a row that has nothing in it, and never had. */
export function decide(evaluation: Evaluation): Decision {
  const { members, stored, evaluated, slots, subject } = evaluation;
  const mask = bitsOf(slots.map(({ slot }) => slot));
  const bySlot = new Map(slots.map((slot) => [slot.slot, slot]));
  const rows: WrittenMember[] = [];
  const moves: MemberMove[] = [];
  for (const member of members) {
    const before = stored.get(member);
    const given = evaluated.get(member);
    const isNew = before === undefined;
    if (isPassed(evaluation, given)) {
      rows.push({ member, subject, bits: before?.bits ?? EMPTY, due: AT_ONCE, isNew });
      continue;
    }
    const old = before?.bits ?? EMPTY;
    const { bits, until } = given ?? NOWHERE;
    const due = dueOf(evaluation, before, given);
    const changed = differing(old, bits, mask);
    if (changed.length > 0 || due?.getTime() !== before?.due?.getTime()) {
      const evaluatedBits = { evaluated: bits, mask };
      rows.push({ member, subject, bits: replaced(old, evaluatedBits), due, isNew });
    }
    for (const number of changed) {
      const slot = must(bySlot.get(number), "the mask has the slots that were evaluated");
      moves.push({ member, slot, entered: hasSlot(bits, number), until: until(number) });
    }
  }
  return { rows, moves };
}

const EMPTY = Buffer.alloc(0);
const NOWHERE: Evaluated = { bits: EMPTY, due: null, until: () => null };

/** Never late: where not every timed slot was evaluated, what was known before may come sooner. */
function dueOf(
  { isAllTimed }: Evaluation,
  before: StoredMember | undefined,
  answer: Evaluated | undefined,
): Date | null {
  if (answer === undefined) {
    return null;
  }
  return isAllTimed ? answer.due : earlier(before?.due ?? null, answer.due);
}

function isPassed({ passed }: Evaluation, answer: Evaluated | undefined): boolean {
  const due = answer?.due ?? null;
  return passed !== undefined && due !== null && due <= passed;
}

/** The earlier of two instants, of which null is never. */
export function earlier(left: Date | null, right: Date | null): Date | null {
  if (left === null || right === null) {
    return left ?? right;
  }
  return left < right ? left : right;
}
