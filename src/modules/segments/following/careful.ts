import { StatementError, type Transaction } from "../../../platform/postgres/index.ts";
import type { Evaluated } from "./decide.ts";
import { evaluate, type Question } from "./evaluate.ts";
import type { FollowPlan } from "./plan.ts";

/** Answers, and of the members that have none because evaluating them failed the code of the failure. */
export interface CarefulAnswers {
  readonly answers: ReadonlyMap<bigint, Evaluated>;
  readonly failures: ReadonlyMap<bigint, string>;
}

/** Whether evaluation failed for what is in the data, so that without some members it would not. */
export function isPoison(error: unknown): error is StatementError {
  // Class 22: data exceptions; class 54: a program limit; 57014 and the like have kinds of their own.
  return error instanceof StatementError && /^(?:22|54)/.test(error.sqlstate);
}

/**
 * Evaluates, and where that fails each half by itself, until those are found who fail alone: as many more
 * statements as there are such members, times the binary logarithm of all.
 */
export async function evaluateCarefully(
  tx: Transaction,
  plan: FollowPlan,
  question: Question,
): Promise<CarefulAnswers> {
  await tx.run("savepoint evaluation");
  try {
    const answers = await evaluate(tx, plan, question);
    await tx.run("release savepoint evaluation");
    return { answers, failures: new Map() };
  } catch (error) {
    if (!isPoison(error)) {
      throw error;
    }
    await tx.run("rollback to savepoint evaluation");
    return await evaluateHalves(tx, plan, { question, code: error.sqlstate });
  }
}

async function evaluateHalves(
  tx: Transaction,
  plan: FollowPlan,
  { question, code }: { readonly question: Question; readonly code: string },
): Promise<CarefulAnswers> {
  const { members } = question;
  const [first, second] = members;
  if (first !== undefined && second === undefined) {
    return { answers: new Map(), failures: new Map([[first, code]]) };
  }
  const half = Math.ceil(members.length / 2);
  const left = await evaluateCarefully(tx, plan, { ...question, members: members.slice(0, half) });
  const right = await evaluateCarefully(tx, plan, { ...question, members: members.slice(half) });
  return {
    answers: new Map([...left.answers, ...right.answers]),
    failures: new Map([...left.failures, ...right.failures]),
  };
}
