import type { Transaction } from "../../../platform/postgres/index.ts";
import { selectMembers } from "../store/members.ts";
import { parkMember, unparkMembers } from "../store/parked.ts";
import type { Asks } from "./asks.ts";
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
  /** To be logged. */
  readonly moves: readonly MemberMove[];
}

/** Evaluates what is asked, and stores what differs. The lock is held. */
export async function evaluateAsks(
  tx: Transaction,
  { plan, asOf, isCareful }: Evaluating,
  { asks, reasons, parking }: Asks & { readonly parking: Parking },
): Promise<Evaluations> {
  const moves: MemberMove[] = [];
  let count = 0;
  let parked = 0;
  for (const { subject, slots, members: all, isAllTimed } of asks) {
    const members = all.filter((member) => !parking.isAside(member));
    const stored = await selectMembers(tx, members);
    const question = { slots, members, asOf };
    const { answers, failures }: CarefulAnswers = isCareful
      ? await evaluateCarefully(tx, plan, question)
      : { answers: await evaluate(tx, plan, question), failures: new Map() };
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
    const decision = decide(about);
    await storeDecision(tx, decision);
    moves.push(...decision.moves);
    count += sound.length;
    parked += failures.size;
  }
  return { members: count, parked, moves };
}
