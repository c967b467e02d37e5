import type { Transaction } from "../../../platform/postgres/index.ts";
import { evaluationQuery, type EvaluationRow, readFlips } from "../../criteria/index.ts";
import { earlier, type Evaluated } from "./decide.ts";
import type { FollowPlan, SlotGroup } from "./plan.ts";

/** A statement is planned in a time that grows with its slots; more are asked for some at a time. */
export const MOST_TOGETHER = 500;

/** What is evaluated, and by which clock. */
export interface Question {
  readonly slots: SlotGroup;
  readonly members: readonly bigint[];
  readonly asOf: Date;
}

/** The answers for members as the data are. Members that do not exist have none. */
export async function evaluate(
  tx: Transaction,
  plan: FollowPlan,
  { slots, members, asOf }: Question,
): Promise<Map<bigint, Evaluated>> {
  const { catalogue, segments, width } = plan;
  const answers = new Map<bigint, Evaluated>();
  for (let first = 0; first < slots.length; first += MOST_TOGETHER) {
    const some = slots.slice(first, first + MOST_TOGETHER);
    const options = { catalogue, asOf, segments, members, width, flips: "each" } as const;
    const query = evaluationQuery(some, options);
    for (const row of await tx.rows<EvaluationRow>(query.sql, query.values)) {
      const answer = answerOf(row, some);
      const before = answers.get(row._id);
      answers.set(row._id, before === undefined ? answer : both(before, answer));
    }
  }
  return answers;
}

/** An answer as the database gives it. @param slots those that were asked about, in that order */
export function answerOf({ bits, due, flips }: EvaluationRow, slots: SlotGroup): Evaluated {
  return {
    bits,
    due,
    until: (slot) => {
      const place = slots.findIndex((one) => one.slot === slot);
      return flips === undefined || place < 0 ? null : (readFlips(flips)[place] ?? null);
    },
  };
}

/** Answers about different slots of one member. */
function both(left: Evaluated, right: Evaluated): Evaluated {
  return {
    bits: left.bits.map((byte, index) => byte | (right.bits[index] ?? 0)),
    due: earlier(left.due, right.due),
    until: (slot) => left.until(slot) ?? right.until(slot),
  };
}
