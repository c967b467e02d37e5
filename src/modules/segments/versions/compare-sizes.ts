import type { Transaction } from "../../../platform/postgres/index.ts";
import type { Catalogue } from "../../contracts/index.ts";
import { evaluationQuery, MOST_CRITERIA } from "../../criteria/index.ts";
import { hasSlot, widthOf } from "../membership/bits.ts";
import type { SegmentBook } from "../segment-book.ts";
import { comparedMembers, type ComparedMember } from "../store/compared.ts";
import type { KeptVersion } from "../store/versions.ts";
import type { Registration } from "./decide.ts";
import type { Movement } from "./plan.ts";

/** Who would move if a version took the place of the one in force. */
export interface Compared {
  readonly entering: Movement;
  readonly leaving: Movement;
  /** How many members the subject has in all. */
  readonly everybody: bigint;
}

export interface Comparing {
  readonly kept: readonly KeptVersion[];
  readonly book: SegmentBook;
  readonly catalogue: Catalogue;
  readonly asOf: Date;
  /** How many ids to keep of those who move in each direction. */
  readonly sample: number;
}

/** Compares the members in force with those of new versions, by name: one scan for each subject. */
export async function compareSizes(
  tx: Transaction,
  registrations: readonly Registration[],
  comparing: Comparing,
): Promise<ReadonlyMap<string, Compared>> {
  const compared = new Map<string, Compared>();
  for (const [subject, group] of Map.groupBy(registrations, (one) => one.subject)) {
    for (let from = 0; from < group.length; from += MOST_CRITERIA) {
      const some = group.slice(from, from + MOST_CRITERIA);
      const counts = await compareGroup(tx, subject, { ...comparing, registrations: some });
      for (const [name, count] of counts) {
        compared.set(name, count);
      }
    }
  }
  return compared;
}

class Tally implements Movement {
  count = 0;
  readonly sample: bigint[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(member: bigint): void {
    this.count += 1;
    if (this.sample.length < this.#limit) {
      this.sample.push(member);
    }
  }
}

interface SlotTally {
  readonly slot: number;
  /** Of the version in force; undefined: there is none. */
  readonly slotBefore: number | undefined;
  readonly entering: Tally;
  readonly leaving: Tally;
}

function addMoves(
  rows: readonly ComparedMember[],
  { slot, slotBefore, entering, leaving }: SlotTally,
): void {
  for (const { member, before, after } of rows) {
    const wasIn = slotBefore !== undefined && before !== null && hasSlot(before, slotBefore);
    const isIn = after !== null && hasSlot(after, slot);
    if (wasIn !== isIn) {
      (isIn ? entering : leaving).add(member);
    }
  }
}

async function compareGroup(
  tx: Transaction,
  subject: string,
  {
    registrations,
    kept,
    book,
    catalogue,
    asOf,
    sample,
  }: Comparing & {
    readonly registrations: readonly Registration[];
  },
): Promise<ReadonlyMap<string, Compared>> {
  const slots = registrations.map(({ name }, slot) => ({ slot, criteria: book.criteria(name) }));
  const query = evaluationQuery(slots, {
    catalogue,
    asOf,
    segments: book.resolve,
    width: widthOf(slots.length),
    flips: "due",
  });
  const inForce = new Map(
    kept.filter((version) => version.inForce).map((version) => [version.name, version]),
  );
  const tallies = registrations.map(({ name }, slot) => {
    const before = inForce.get(name);
    return {
      name,
      slot,
      slotBefore: before?.slot ?? undefined,
      entering: new Tally(sample),
      leaving: new Tally(sample),
      // Members of another subject are not among those compared: with a new subject all of them leave.
      moved:
        before === undefined || before.subject === subject
          ? undefined
          : { count: Number(before.members), sample: [] },
    };
  });
  let everybody = 0n;
  for await (const rows of comparedMembers(tx, subject, query)) {
    everybody += BigInt(rows.filter(({ after }) => after !== null).length);
    for (const tally of tallies) {
      addMoves(rows, tally);
    }
  }
  return new Map(
    tallies.map(({ name, entering, leaving, moved }) => [
      name,
      { entering, leaving: moved ?? leaving, everybody },
    ]),
  );
}
