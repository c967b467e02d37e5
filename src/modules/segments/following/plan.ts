import type { Transaction } from "../../../platform/postgres/index.ts";
import { must } from "../../../kernel/index.ts";
import { type Catalogue, currentContract } from "../../contracts/index.ts";
import { dependencies, type SegmentResolver } from "../../criteria/index.ts";
import { widthOf } from "../membership/bits.ts";
import type { Position } from "../store/following.ts";
import { type LiveSlot, readSlots, type UnreadableSlot } from "../store/slots.ts";
import { type Interests, interestsOf } from "./touched.ts";

/** A slot, and what a change must be about to concern it. */
export interface PlannedSlot extends LiveSlot {
  readonly interests: Interests;
  /** Time alone can change the answer. */
  readonly timed: boolean;
}

/** Slots that are evaluated together. */
export type SlotGroup = readonly PlannedSlot[];

/** All slots whose members are rows of one dataset. */
export interface SubjectPlan {
  readonly dataset: string;
  readonly subject: number;
  readonly slots: SlotGroup;
  /** Those of them that time alone can change. */
  readonly timed: SlotGroup;
  /** The group to evaluate when these slots are concerned: those, or more. */
  readonly groupOf: (slots: ReadonlySet<PlannedSlot>) => SlotGroup;
}

/** What is followed: made anew whenever versions, pins or the contract change. */
export interface FollowPlan {
  readonly revision: bigint;
  readonly contract: number;
  readonly catalogue: Catalogue;
  readonly segments: SegmentResolver;
  /** Bytes of the bits of all slots. */
  readonly width: number;
  readonly subjects: readonly SubjectPlan[];
  /** Datasets whose rows are members, or lead to members. */
  readonly watched: readonly string[];
  readonly bySlot: ReadonlyMap<number, PlannedSlot>;
  readonly unreadable: readonly UnreadableSlot[];
}

/**
 * So many groups of a subject's slots are told apart. Each has a statement of its own, which a connection
 * plans once and keeps: for the hundreds of sets that changes of many fields make, planning would take
 * longer than evaluating some slots too many.
 */
const MOST_GROUPS = 12;

/** The plan of a position, which is `known` where that is still it. */
export async function planFor(
  tx: Transaction,
  {
    position,
    catalogue,
    known,
  }: {
    readonly position: Position;
    /** For where no contract was applied. */
    readonly catalogue: Catalogue;
    readonly known: FollowPlan | undefined;
  },
): Promise<FollowPlan> {
  const { revision, contract } = position;
  if (known?.revision === revision && known.contract === contract) {
    return known;
  }
  const inForce = contract === 0 ? catalogue : (await currentContract(tx))?.catalogue;
  return makePlan(tx, { revision, contract, catalogue: inForce ?? catalogue });
}

async function makePlan(
  tx: Transaction,
  about: Pick<FollowPlan, "revision" | "contract" | "catalogue">,
): Promise<FollowPlan> {
  const { catalogue } = about;
  const { slots, unreadable, segments } = await readSlots(tx, catalogue);
  const planned = slots.map((slot): PlannedSlot => {
    const needs = dependencies(slot.criteria, { catalogue, segments });
    // Pins matter also where no criteria ask for them any more, since the last of them has just ended.
    const pins = [slot.name, ...Object.keys(slot.nested)];
    return { ...slot, interests: interestsOf({ ...needs, pins }, catalogue), timed: needs.time };
  });
  const bySubject = Map.groupBy(planned, ({ subject }) => subject);
  return {
    ...about,
    segments,
    width: widthOf(Math.max(0, ...planned.map(({ slot }) => slot + 1))),
    subjects: [...bySubject].map(([dataset, group]) => subjectPlan(dataset, group)),
    watched: catalogue.datasets
      .filter(({ kind, name }) => kind !== "event" || bySubject.has(name))
      .map(({ name }) => name),
    bySlot: new Map(planned.map((slot) => [slot.slot, slot])),
    unreadable,
  };
}

function subjectPlan(dataset: string, slots: SlotGroup): SubjectPlan {
  const { subjectId } = must(slots[0], "a subject is planned for its slots");
  const timed = slots.filter((slot) => slot.timed);
  return { dataset, subject: subjectId, slots, timed, groupOf: grouping(slots) };
}

/** Keeps to few groups: when there are many, the smallest that has all the slots. */
export function grouping(all: SlotGroup): SubjectPlan["groupOf"] {
  const groups: SlotGroup[] = [all];
  return (slots) => {
    const fitting = groups.filter((group) => group.length >= slots.size && includes(group, slots));
    const smallest = fitting.reduce(
      (least, group) => (group.length < least.length ? group : least),
      all,
    );
    if (smallest.length === slots.size || groups.length === MOST_GROUPS) {
      return smallest;
    }
    const exact = all.filter((slot) => slots.has(slot));
    groups.push(exact);
    return exact;
  };
}

function includes(group: SlotGroup, slots: ReadonlySet<PlannedSlot>): boolean {
  let found = 0;
  for (const slot of group) {
    found += Number(slots.has(slot));
  }
  return found === slots.size;
}
