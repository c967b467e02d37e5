/**
 * From a plan to the waybill at the recipient:
 *
 * 1. lock what is to be delivered: one of a name at a time, and proof that no earlier one is still alive;
 * 2. journal it as running;
 * 3. stage the payload from one snapshot;
 * 4. in one transaction, look once more whether all of it may still leave, sign the waybill, keep it with
 *    the journal, note it in the ledger and enter it into the index of disclosures, before anything can be
 *    seen outside; who may not be sent any more is taken out before (`settle.ts`);
 * 5. hand over payload, then waybill, and keep a log of how far that is;
 * 6. journal the end; what has not left is taken out of the index.
 *
 * What is true when the process dies, or a reply is lost, between any two of them: decision 21.
 *
 * The lock is held by a transaction that holds no snapshot, so that a slow recipient does not keep the
 * database from cleaning up.
 */
import path from "node:path";
import { CancelledError, ConflictError, must, WaybillError } from "../../../kernel/index.ts";
import { newDeliverySecret } from "../../ledger/index.ts";
import type { Destination } from "../destinations/destination.ts";
import { waybillNameFor } from "../destinations/folder.ts";
import { type Disclosure, recordDisclosure } from "../disclosure/disclosure.ts";
import type { Contents } from "../payload/packing.ts";
import { insertDelivery, tryRouteLock, updateSealed } from "../store/deliveries.ts";
import type { SealedWaybill } from "../waybill/seal.ts";
import { Archive } from "./archive.ts";
import type { DeliveryDeps } from "./deps.ts";
import { endDelivery, type Ending } from "./end-delivery.ts";
import { HandOverLog } from "./hand-over-log.ts";
import { spoolFolder } from "./make-destination.ts";
import type { DeliveryPlan } from "./plan.ts";
import { Overtaken } from "./recheck.ts";
import { recoverRoute } from "./recover.ts";
import { sealDelivery } from "./seal-delivery.ts";
import { type Settled, settle } from "./settle.ts";
import { READING, removeStaged, type Staged, stagePayload, type StageRequest } from "./stage.ts";

/** Something to be delivered. */
export interface Errand {
  readonly plan: DeliveryPlan;
  /** Makes the plan again, when changes have overtaken it. */
  readonly planAnew: () => Promise<DeliveryPlan>;
  readonly destination: Destination;
  /** By what the journal knows it; what has the same name is never under way twice. */
  readonly journal: string;
  /** What it is, for messages. */
  readonly title: string;
  readonly payloadName: (delivery: bigint, startedAt: Date) => string;
  /** Who asked for it. */
  readonly actor: string;
  /** Aborting stops it; nothing half stays visible. */
  readonly signal?: AbortSignal | undefined;
}

/** What was delivered. */
export interface CarriedOut {
  /** The number in the journal. */
  readonly delivery: bigint;
  readonly contents: Contents;
  readonly sealed: SealedWaybill;
  /** Where the waybill lies on this machine. */
  readonly waybillFile: string;
  /** False when everything has arrived and the journal was out of reach: recovery will tell it. */
  readonly isJournalled: boolean;
}

/**
 * Carries an errand out, between two entries of the journal.
 * @throws ConflictError when one of the same name is running, or changes overtake it again and again
 * @throws RefusedError when it may not leave, or its recipient refuses it
 * @throws UnavailableError when disk or recipient cannot take it
 * @throws CancelledError when the signal is aborted
 */
export async function carryOut(deps: DeliveryDeps, errand: Errand): Promise<CarriedOut> {
  const { client } = errand.plan;
  const held: { done?: CarriedOut } = {};
  const locked = deps.db.scoped(
    client.scope,
    async (lock) => {
      if (!(await tryRouteLock(lock, errand.journal))) {
        throw new ConflictError("delivery-running", `${errand.title} is already running`, {
          hint: "wait for it to end, or cancel it",
        });
      }
      await recoverRoute(deps, client, errand.journal);
      held.done = await journalled(deps, errand);
    },
    { statementTimeoutMs: 0 },
  );
  // The end of the lock can be lost with its connection; what has arrived has arrived.
  await locked.catch((error: unknown) => {
    if (held.done === undefined) {
      throw error;
    }
  });
  return must(held.done, "what was carried out under the lock is known");
}

async function journalled(deps: DeliveryDeps, errand: Errand): Promise<CarriedOut> {
  const { plan } = errand;
  const { scope } = plan.client;
  const startedAt = deps.clock.now();
  const number = await deps.db.scoped(scope, (tx) =>
    insertDelivery(tx, {
      route: errand.journal,
      routeVersion: plan.route?.version ?? 0,
      destination: plan.destination.name,
      startedAt,
      asOf: plan.asOf,
      actor: errand.actor,
    }),
  );
  const journalEnd = (end: Omit<Ending, "finishedAt">) =>
    deps.db.scoped(scope, (tx) =>
      endDelivery(tx, number, { ...end, finishedAt: deps.clock.now() }),
    );
  await using log = new HandOverLog(spoolFolder(deps.dataDir, plan.client.key), number);
  // Of a reply that was lost the second attempt finds the delivery ended, and changes nothing. Where the
  // journal stays out of reach, recovery ends the delivery by the log.
  const finish = async (end: Omit<Ending, "finishedAt">): Promise<boolean> => {
    const isJournalled = await hasSucceeded(journalEnd(end).catch(() => journalEnd(end)));
    if (isJournalled) {
      await log.discard();
    }
    return isJournalled;
  };
  const handed = await run(deps, errand, { number, startedAt, log }).catch(
    async (error: unknown) => {
      const state = error instanceof CancelledError ? "cancelled" : "failed";
      await finish({ state, failure: failureText(error), left: log.records });
      throw error;
    },
  );
  return { delivery: number, isJournalled: await finish({ state: "delivered" }), ...handed };
}

async function hasSucceeded(step: Promise<unknown>): Promise<boolean> {
  return await step.then(
    () => true,
    () => false,
  );
}

interface Handed {
  readonly contents: Contents;
  readonly sealed: SealedWaybill;
  readonly waybillFile: string;
}

interface Begun {
  readonly number: bigint;
  readonly startedAt: Date;
  readonly log: HandOverLog;
}

/** How often it is made ready when policies change meanwhile, or what may be had of somebody. */
const MOST_STAGINGS = 3;

async function run(deps: DeliveryDeps, errand: Errand, begun: Begun): Promise<Handed> {
  let { plan } = errand;
  await begun.log.begin();
  for (let attempt = 1; ; attempt += 1) {
    try {
      const mayStartAnew = attempt < MOST_STAGINGS;
      return await stageAndHand(deps, { ...errand, plan }, { ...begun, mayStartAnew });
    } catch (error) {
      if (!(error instanceof Overtaken)) {
        throw error;
      }
      if (attempt === MOST_STAGINGS) {
        throw new ConflictError(
          "delivery-overtaken",
          `${MOST_STAGINGS} times, policies or the recipient have changed while it was made ready: nothing has left`,
          { hint: "deliver again when these changes are done" },
        );
      }
      plan = await errand.planAnew();
    }
  }
}

interface Attempt extends Begun {
  /** Whether it may be made ready once more. */
  readonly mayStartAnew: boolean;
}

/** @throws Overtaken before anything is seen outside, when it must be staged anew */
async function stageAndHand(deps: DeliveryDeps, errand: Errand, attempt: Attempt): Promise<Handed> {
  const { plan, destination, signal } = errand;
  const { client } = plan;
  const archive = new Archive(deps.dataDir, client.key);
  const waybillId = deps.newId();
  const folder = await destination.prepare();
  const request: StageRequest = {
    plan,
    destination,
    waybillId,
    secret: newDeliverySecret(),
    name: errand.payloadName(attempt.number, attempt.startedAt),
    folder,
    spool: spoolFolder(deps.dataDir, client.key),
    protect: deps.protect,
    signal,
  };
  try {
    const { staged, sealed } = await stageAndSeal(deps, { ...errand, ...attempt, request });
    const copy = await archive.keepWaybill(sealed);
    const consignment = { staged: staged.path, waybill: sealed, progress: attempt.log };
    await destination.hand(consignment, signal);
    // For recovery only: that it cannot be kept does not take back what has arrived.
    await hasSucceeded(attempt.log.arrived());
    const waybillFile =
      plan.destination.kind === "webhook" ? copy : path.join(folder, waybillNameFor(request.name));
    return { contents: staged.contents, sealed, waybillFile };
  } catch (error) {
    await archive.forget(waybillId);
    throw error;
  } finally {
    await removeStaged(request);
  }
}

async function stageAndSeal(
  deps: DeliveryDeps,
  attempt: Errand & Attempt & { readonly request: StageRequest },
): Promise<Settled> {
  const { plan, actor, request, number, mayStartAnew, signal } = attempt;
  const { waybillId, secret, name } = request;
  const { format } = request.destination;
  const staged = await deps.db.scoped(plan.client.scope, (tx) => stagePayload(tx, request), {
    ...READING,
    signal,
  });
  return await settle(deps, {
    request,
    staged,
    mayStartAnew,
    seal: async (tx, settled, issuedAt) => {
      const sealing = { waybillId, name, staged: settled, format, issuedAt };
      const sealed = sealDelivery(deps, plan, sealing);
      await updateSealed(tx, number, { sealed, secret, actor });
      const disclosure = disclosureOf(attempt, sealed, { number, staged: settled });
      await recordDisclosure(tx, disclosure, settled.leaving.roll());
      return sealed;
    },
  });
}

/** What the index of disclosures is told. */
function disclosureOf(
  { plan, actor }: Errand,
  { document }: SealedWaybill,
  told: { readonly number: bigint; readonly staged: Staged },
): Disclosure {
  const { recipient, purpose, destination } = plan;
  return {
    at: new Date(document.issuedAt),
    channel: destination.kind === "file" ? "exported" : "delivery",
    recipient: recipient.recipient,
    recipientKind: recipient.kind,
    purpose,
    actor,
    seen: told.staged.leaving.seen,
    delivery: {
      delivery: told.number,
      waybillId: document.waybillId,
      destination: destination.name,
    },
  };
}

/** Only messages of our own family are known to hold no value of a record. */
function failureText(error: unknown): string {
  return error instanceof WaybillError ? error.message : "an internal error";
}
