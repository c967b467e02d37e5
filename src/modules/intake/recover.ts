/** Cleaning up after intakes that ended without being published. */
import type { Clock } from "../../kernel/index.ts";
import type { Database } from "../../platform/postgres/index.ts";
import type { Client } from "../contracts/index.ts";
import {
  closeIntake,
  deleteIntake,
  type IntakeState,
  selectReceiving,
  tryClaimIntake,
} from "./store/intakes.ts";
import { deleteQuarantined } from "./store/quarantine.ts";
import { abandonedStages, dropStage } from "./store/stage.ts";

interface Deps {
  readonly db: Database;
  readonly clock: Clock;
}

/**
 * Clears intakes whose process is gone: nothing of them was published, and their input has to be
 * imported again. An intake that another process is working on holds its lock and is left alone.
 * @returns the intakes that were cleared
 */
export async function clearInterrupted(
  deps: Deps,
  client: Client,
  onNote: (note: string) => void,
): Promise<readonly bigint[]> {
  const { db } = deps;
  const receiving = await db.scoped(client.scope, selectReceiving, { readOnly: true });
  const cleared: bigint[] = [];
  for (const intake of receiving) {
    const isOurs = await db.scoped(client.scope, (tx) => tryClaimIntake(tx, intake));
    if (isOurs) {
      await endUnpublished(deps, client, { intake, state: "failed", reasons: ["interrupted"] });
      onNote(`intake ${intake} of ${client.key} was interrupted; nothing of it was published`);
      cleared.push(intake);
    }
  }
  const abandoned = await db.scoped(client.scope, abandonedStages, { readOnly: true });
  for (const intake of abandoned) {
    await dropStage(db, client.scope, intake);
  }
  return cleared;
}

/**
 * Ends an intake of which nothing is published, and removes what it left. One that was published after
 * all, because only the answer to its commit was lost, stays as it is.
 */
export async function endUnpublished(
  { db, clock }: Deps,
  client: Client,
  end: {
    readonly intake: bigint;
    readonly state: IntakeState;
    readonly reasons: readonly string[];
  },
): Promise<void> {
  const isClosed = await db.scoped(client.scope, async (tx) => {
    const closed = await closeIntake(tx, end.intake, {
      ...end,
      from: "receiving",
      at: clock.now(),
    });
    if (closed) {
      await deleteQuarantined(tx, end.intake);
    }
    return closed;
  });
  if (isClosed) {
    await dropStage(db, client.scope, end.intake);
  }
}

/** Removes every trace of an intake: the end of a dry run. */
export async function dropIntake(db: Database, client: Client, intake: bigint): Promise<void> {
  await db.scoped(client.scope, async (tx) => {
    await deleteQuarantined(tx, intake);
    await deleteIntake(tx, intake);
  });
  await dropStage(db, client.scope, intake);
}
