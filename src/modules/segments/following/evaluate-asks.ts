import type { Transaction } from "../../../platform/postgres/index.ts";
import { AT_ONCE, selectMembers } from "../store/members.ts";
import { parkMember, unparkMembers } from "../store/parked.ts";
import type { Ask, Asks } from "./asks.ts";
import { type CarefulAnswers, evaluateCarefully } from "./careful.ts";
import { decide, type MemberMove } from "./decide.ts";
import { evaluate } from "./evaluate.ts";
import type { Parking } from "./parking.ts";
import type { FollowPlan } from "./plan.ts";
import { storeDecision } from "./store-decision.ts";

/** By which plan and clock a batch evaluates, and whether it expects failures. */
export interface Evaluating {
  readonly plan: FollowPlan;
  readonly asOf: Date;
  readonly isCareful: boolean;
}

export interface Evaluations {
  /** How many members were evaluated. */
  readonly members: number;
  readonly parked: number;
  /** How many are to be asked again at once: what was found ahead was too old. */
  readonly again: number;
  /** To be logged. */
  readonly moves: readonly MemberMove[];
}

interface Asking extends Asks {
  readonly parking: Parking;
  /** Called once, when everything is evaluated, before the last of it is stored. */
  readonly onEvaluated: () => void;
}

/** Evaluates what is asked, and stores what differs. The lock is held. */
export async function evaluateAsks(
  tx: Transaction,
  evaluating: Evaluating,
  { asks, reasons, parking, onEvaluated }: Asking,
): Promise<Evaluations> {
  const { asOf } = evaluating;
  const moves: MemberMove[] = [];
  let count = 0;
  let parked = 0;
  let again = 0;
  let left = asks.length;
  for (const ask of asks) {
    const { subject, slots, isAllTimed } = ask;
    const members = ask.members.filter((member) => !parking.isAside(member));
    const stored = await selectMembers(tx, members);
    const { answers, failures } = await answersTo(tx, evaluating, { ...ask, members });
    left -= 1;
    if (left === 0) {
      onEvaluated();
    }
    for (const [member, failure] of failures) {
      const change = reasons.get(member)?.causedBy ?? null;
      await parkMember(tx, { member, subject, change, at: asOf, failure });
    }
    const sound = members.filter((member) => !failures.has(member));
    const back = sound.filter((member) => parking.parked.has(member));
    if (back.length > 0) {
      await unparkMembers(tx, back);
    }
    const about = { subject, stored, slots, isAllTimed, members: sound, evaluated: answers };
    // What was found ahead may be of before the clock that others are answered by now.
    const passed = ask.answers === undefined ? undefined : asOf;
    const decision = decide({ ...about, passed });
    await storeDecision(tx, decision);
    moves.push(...decision.moves);
    again += decision.rows.filter(({ due }) => due === AT_ONCE).length;
    count += sound.length;
    parked += failures.size;
  }
  return { members: count, parked, again, moves };
}

async function answersTo(
  tx: Transaction,
  { plan, asOf, isCareful }: Evaluating,
  { slots, members, answers }: Ask,
): Promise<CarefulAnswers> {
  if (answers !== undefined) {
    return { answers, failures: new Map() };
  }
  const question = { slots, members, asOf };
  return isCareful
    ? await evaluateCarefully(tx, plan, question)
    : { answers: await evaluate(tx, plan, question), failures: new Map() };
}
