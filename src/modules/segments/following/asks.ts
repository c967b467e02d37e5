/** What a batch asks the database about: members, each with the slots that can have another answer. Pure. */
import type { DueMember } from "../store/following.ts";
import type { Prepared } from "./ahead.ts";
import type { Evaluated } from "./decide.ts";
import type { PlannedSlot, SlotGroup, SubjectPlan } from "./plan.ts";
import type { MoveReason } from "./store-decision.ts";
import type { SubjectWork } from "./work.ts";

/** Members that are asked about the same. */
export interface Ask {
  readonly subject: number;
  readonly slots: SlotGroup;
  readonly members: readonly bigint[];
  /** All slots of the subject that time alone can change are among them. */
  readonly isAllTimed: boolean;
  /** What was found by looking ahead; undefined: they are still to be asked. */
  readonly answers?: ReadonlyMap<bigint, Evaluated> | undefined;
}

export interface Asks {
  readonly asks: readonly Ask[];
  readonly reasons: ReadonlyMap<bigint, MoveReason>;
}

/** What a batch is about. */
export interface Occasion {
  /** By subject of the plan. */
  readonly work: readonly SubjectWork[];
  readonly due: readonly DueMember[];
  /** What is known already of those who are touched and not due. */
  readonly prepared: ReadonlyMap<SubjectPlan, Prepared>;
}

const BY_TIME: MoveReason = { cause: "time", causedBy: null };
const BY_CHANGE: MoveReason = { cause: "change", causedBy: null };

/**
 * Who is touched is asked about what touched him, who is due about all that follows the clock, and who is
 * both about both, in one statement: for whoever is asked in two, the data could change in between.
 */
export function asksOf({ work, due, prepared }: Occasion): Asks {
  const reasons = new Map<bigint, MoveReason>();
  const asks: Ask[] = [];
  for (const each of work) {
    const { plan, members, slots } = each;
    const waiting = due.filter(({ subject }) => subject === plan.subject);
    const whole = new Set(waiting.filter((one) => one.whole).map(({ member }) => member));
    const timed = new Set(
      waiting.map(({ member }) => member).filter((member) => !whole.has(member)),
    );
    const touched = [...members.keys()].filter((member) => !whole.has(member));
    const also = new Set<PlannedSlot>([...slots, ...plan.timed]);
    const all = new Set(plan.slots);
    asks.push(
      askOf(plan, all, [...whole]),
      askOf(
        plan,
        also,
        touched.filter((member) => timed.has(member)),
      ),
      touchedAsk(
        each,
        touched.filter((member) => !timed.has(member)),
        prepared.get(plan),
      ),
      askOf(
        plan,
        new Set(plan.timed),
        [...timed].filter((member) => !members.has(member)),
      ),
    );
    for (const { member, whole: isWhole } of waiting) {
      reasons.set(member, isWhole ? BY_CHANGE : BY_TIME);
    }
    for (const [member, reason] of members) {
      reasons.set(member, reason);
    }
  }
  asks.push(...unplanned({ work, due }));
  return { asks: asks.filter(({ members }) => members.length > 0), reasons };
}

function askOf(
  plan: SubjectPlan,
  slots: ReadonlySet<PlannedSlot>,
  members: readonly bigint[],
): Ask {
  return askedOf(
    plan,
    slots.size === 0 || members.length === 0 ? [] : plan.groupOf(slots),
    members,
  );
}

function touchedAsk(
  { plan, slots }: SubjectWork,
  members: readonly bigint[],
  prepared: Prepared | undefined,
): Ask {
  return prepared === undefined
    ? askOf(plan, slots, members)
    : { ...askedOf(plan, prepared.slots, members), answers: prepared.answers };
}

function askedOf(plan: SubjectPlan, slots: SlotGroup, members: readonly bigint[]): Ask {
  const isAllTimed = plan.timed.every((slot) => slots.includes(slot));
  return { subject: plan.subject, slots, members, isAllTimed };
}

/** Members that wait for slots which are kept no more are due never again. */
function unplanned({ work, due }: Pick<Occasion, "work" | "due">): Ask[] {
  const planned = new Set(work.map(({ plan }) => plan.subject));
  const lost = due.filter(({ subject }) => !planned.has(subject));
  return [...Map.groupBy(lost, ({ subject }) => subject)].map(([subject, members]) => ({
    subject,
    slots: [],
    members: members.map(({ member }) => member),
    isAllTimed: true,
  }));
}
