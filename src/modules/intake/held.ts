/** Deciding about held intakes: approve, which publishes what was staged, or discard. */
import { type Clock, must, NotFoundError } from "../../kernel/index.ts";
import type { Database } from "../../platform/postgres/index.ts";
import { type Client, findDataset } from "../contracts/index.ts";
import { withHeldIntake } from "./claim.ts";
import { publish } from "./publisher.ts";
import { RangeQueue } from "./range-queue.ts";
import { type Protecting, protectionOf } from "./sealing/intake-sealing.ts";
import { closeIntake, type Intake, publishHeld, selectIntake } from "./store/intakes.ts";
import { dismissQuarantined } from "./store/quarantine.ts";
import { dropStage, lastStagedLine, stageName } from "./store/stage.ts";
import { withholding } from "./suppression.ts";

interface Deps extends Protecting {
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

/**
 * Publishes a held intake as it was staged. Who approved it is kept with the reasons it was held for.
 * @throws ConflictError when the intake is not held, or another is deciding
 */
export async function approveIntake(deps: Deps, decision: Decision): Promise<Intake> {
  const { db } = deps;
  const { client } = decision;
  const { scope } = client;
  const { intake } = await getIntake(db, client, decision.intake);
  await withHeldIntake({ db, scope }, intake, () => publishStaged(deps, decision));
  await dropStage(db, scope, intake);
  return getIntake(db, client, intake);
}

async function publishStaged({ db, clock, protect }: Deps, decision: Decision): Promise<void> {
  const { client, actor, signal } = decision;
  const { scope } = client;
  const held = await getIntake(db, client, decision.intake);
  const at = clock.now();
  await publish({
    db,
    scope,
    dataset: must(findDataset(client.catalogue, held.dataset), "an intake's dataset exists"),
    merge: {
      catalogue: client.catalogue,
      source: held.sourceId,
      intake: held.intake,
      actor,
      at,
      stage: stageName(held.intake),
    },
    ranges: await stagedRanges(db, client, held.intake),
    withhold: withholding(() => protectionOf({ protect }, client.key)),
    signal,
    onWait: () => decision.onNote(`another intake of ${client.key} is publishing; waiting for it`),
    decide: async (tx, counts) => {
      const reasons = [...held.reasons, `approved by ${actor}`];
      await publishHeld(tx, held.intake, { at, counts, reasons });
      return true;
    },
  });
}

async function stagedRanges(db: Database, client: Client, intake: bigint): Promise<RangeQueue> {
  const ranges = new RangeQueue();
  const last = await db.scoped(client.scope, (tx) => lastStagedLine(tx, intake), {
    readOnly: true,
  });
  for (let from = 1; from <= last; from += RANGE_LINES) {
    ranges.push({ from, to: from + RANGE_LINES - 1 });
  }
  ranges.end();
  return ranges;
}

/**
 * Gives a held intake up: its staged rows go, its quarantined rows are dismissed. The register keeps
 * that it arrived, why it was held and who discarded it.
 * @throws ConflictError when the intake is not held, or another is deciding
 */
export async function discardIntake({ db, clock }: Deps, decision: Decision): Promise<Intake> {
  const { client, actor } = decision;
  const { scope } = client;
  const { intake, reasons } = await getIntake(db, client, decision.intake);
  await withHeldIntake({ db, scope }, intake, () =>
    db.scoped(scope, async (tx) => {
      await dismissQuarantined(tx, intake);
      await closeIntake(tx, intake, {
        from: "held",
        state: "discarded",
        at: clock.now(),
        reasons: [...reasons, `discarded by ${actor}`],
      });
    }),
  );
  await dropStage(db, scope, intake);
  return getIntake(db, client, intake);
}
