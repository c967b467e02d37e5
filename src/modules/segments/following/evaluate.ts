import type { Transaction } from "../../../platform/postgres/index.ts";
import {
  evaluationQuery,
  type EvaluationRow,
  flipAt,
  type RepeatableQuery,
} from "../../criteria/index.ts";
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
  const answers = new Map<bigint, Evaluated>();
  for (const { query, places } of statementsOf(plan, slots)) {
    for (const row of await tx.rows<EvaluationRow>(query.sql, query.valuesFor({ asOf, members }))) {
      const answer = answerOf(row, places);
      const before = answers.get(row._id);
      answers.set(row._id, before === undefined ? answer : both(before, answer));
    }
  }
  return answers;
}

/** A statement about some slots, and the places of their flips in its rows. */
interface Statement {
  readonly query: RepeatableQuery;
  readonly places: ReadonlyMap<number, number>;
}

/** Written once for each group: that takes longer than evaluating it for one member. */
const written = new WeakMap<SlotGroup, readonly Statement[]>();

function statementsOf(plan: FollowPlan, group: SlotGroup): readonly Statement[] {
  const known = written.get(group);
  if (known !== undefined) {
    return known;
  }
  const { catalogue, segments, width } = plan;
  const statements: Statement[] = [];
  for (let first = 0; first < group.length; first += MOST_TOGETHER) {
    const slots = group.slice(first, first + MOST_TOGETHER);
    const asked = { asOf: new Date(0), members: [] };
    const options = { catalogue, segments, width, flips: "each", ...asked } as const;
    const query = evaluationQuery(slots, options);
    statements.push({ query, places: new Map(query.flipping.map((slot, place) => [slot, place])) });
  }
  written.set(group, statements);
  return statements;
}

function answerOf({ bits, due, flips }: EvaluationRow, places: Statement["places"]): Evaluated {
  return {
    bits,
    due,
    until: (slot) => {
      const place = places.get(slot);
      return place === undefined || flips === undefined ? null : (flipAt(flips, place) ?? null);
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
