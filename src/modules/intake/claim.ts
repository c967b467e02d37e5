/**
 * Claims: who works on an intake holds its lock, in a transaction that does nothing else and stays open
 * until the work is over. The server frees the lock when the process dies, however it dies, and that is
 * how an interrupted intake is told from one that is being worked on.
 */
import { ConflictError } from "../../kernel/index.ts";
import type { Database, Scope, Transaction } from "../../platform/postgres/index.ts";
import { nextIntake, saySomething, selectState, tryClaimIntake } from "./store/intakes.ts";

export interface Place {
  readonly db: Database;
  readonly scope: Scope;
}

/** A transaction that waits for longer than this says so to the server, which ends idle ones. */
const STILL_HERE_MS = 60_000;

/** Keeps a transaction open over work that may leave it idle. */
export async function stayingInTransaction<T>(tx: Transaction, work: () => Promise<T>): Promise<T> {
  const stillHere = setInterval(() => void saySomething(tx).catch(() => {}), STILL_HERE_MS);
  try {
    return await work();
  } finally {
    clearInterval(stillHere);
  }
}

/**
 * Claims a new intake while `work` runs. It has its number before it is in the register: nobody ever
 * finds an intake that is being received and not claimed.
 */
export function withNewIntake<T>(
  { db, scope }: Place,
  work: (intake: bigint) => Promise<T>,
): Promise<T> {
  return db.scoped(scope, async (tx) => {
    const intake = await nextIntake(tx);
    await tryClaimIntake(tx, intake);
    return stayingInTransaction(tx, () => work(intake));
  });
}

/**
 * Claims a held intake while `work` decides about it.
 * @throws ConflictError when it is not held, or somebody else is deciding
 */
export function withHeldIntake<T>(
  { db, scope }: Place,
  intake: bigint,
  work: () => Promise<T>,
): Promise<T> {
  return db.scoped(scope, async (tx) => {
    if (!(await tryClaimIntake(tx, intake))) {
      throw new ConflictError("intake-claimed", `intake ${intake} is being decided by another`, {
        hint: "wait for it, then look at the intake again",
      });
    }
    const state = await selectState(tx, intake);
    if (state !== "held") {
      throw new ConflictError("intake-not-held", `intake ${intake} is ${state}, not held`, {
        hint: "only a held intake can be approved or discarded",
      });
    }
    return stayingInTransaction(tx, work);
  });
}
