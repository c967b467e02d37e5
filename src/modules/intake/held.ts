/** Deciding about held intakes: approve, which publishes what was staged, or discard. */
import { type Clock, ConflictError, must, NotFoundError } from "../../kernel/index.ts";
import type { Database } from "../../platform/postgres/index.ts";
import { type Client, findDataset } from "../contracts/index.ts";
import { publish } from "./publisher.ts";
import { RangeQueue } from "./range-queue.ts";
import { closeIntake, type Intake, publishHeld, selectIntake } from "./store/intakes.ts";
import { dismissQuarantined } from "./store/quarantine.ts";
import { dropStage, lastStagedLine, stageName } from "./store/stage.ts";

interface Deps {
  readonly db: Database;
  readonly clock: Clock;
}

/** Lines merged at once. */
const RANGE_LINES = 50_000;

export interface Decision {
  readonly client: Client;
  readonly intake: bigint;
  readonly actor: string;
  readonly signal: AbortSignal;
  readonly onNote: (note: string) => void;
}

export async function getIntake(db: Database, client: Client, intake: bigint): Promise<Intake> {
  const found = await db.scoped(client.scope, (tx) => selectIntake(tx, intake), { readOnly: true });
  if (found === undefined) {
    throw new NotFoundError("intake-not-found", `no intake ${intake} of ${client.key}`, {
      hint: `see them with: waybill intake list ${client.key}`,
    });
  }
  return found;
}

async function getHeld(db: Database, decision: Decision): Promise<Intake> {
  const intake = await getIntake(db, decision.client, decision.intake);
  if (intake.state !== "held") {
    throw new ConflictError(
      "intake-not-held",
      `intake ${intake.intake} is ${intake.state}, not held`,
      {
        hint: "only a held intake can be approved or discarded",
      },
    );
  }
  return intake;
}

/**
 * Publishes a held intake as it was staged. Who approved it is kept with the reasons it was held for.
 * @throws ConflictError when the intake is not held
 */
export async function approveIntake({ db, clock }: Deps, decision: Decision): Promise<Intake> {
  const { client, actor } = decision;
  const held = await getHeld(db, decision);
  const dataset = must(findDataset(client.catalogue, held.dataset), "an intake's dataset exists");
  const ranges = new RangeQueue();
  const last = await db.scoped(client.scope, (tx) => lastStagedLine(tx, held.intake), {
    readOnly: true,
  });
  for (let from = 1; from <= last; from += RANGE_LINES) {
    ranges.push({ from, to: from + RANGE_LINES - 1 });
  }
  ranges.end();
  const at = clock.now();
  await publish({
    db,
    scope: client.scope,
    dataset,
    merge: {
      catalogue: client.catalogue,
      source: held.sourceId,
      intake: held.intake,
      actor,
      at,
      stage: stageName(held.intake),
    },
    ranges,
    signal: decision.signal,
    onWait: () => decision.onNote(`another intake of ${client.key} is publishing; waiting for it`),
    decide: async (tx, counts) => {
      await publishHeld(tx, held.intake, {
        at,
        counts,
        reasons: [...held.reasons, `approved by ${actor}`],
      });
      return true;
    },
  });
  await dropStage(db, client.scope, held.intake);
  return getIntake(db, client, held.intake);
}

/**
 * Gives a held intake up: its staged rows go, its quarantined rows are dismissed. The register keeps
 * that it arrived, why it was held and who discarded it.
 * @throws ConflictError when the intake is not held
 */
export async function discardIntake({ db, clock }: Deps, decision: Decision): Promise<Intake> {
  const { client, actor } = decision;
  const held = await getHeld(db, decision);
  await db.scoped(client.scope, async (tx) => {
    await dismissQuarantined(tx, held.intake);
    await closeIntake(tx, held.intake, {
      state: "discarded",
      at: clock.now(),
      reasons: [...held.reasons, `discarded by ${actor}`],
    });
  });
  await dropStage(db, client.scope, held.intake);
  return getIntake(db, client, held.intake);
}
