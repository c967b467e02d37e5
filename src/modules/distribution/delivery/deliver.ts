/**
 * A delivery, from the route's name to the waybill at the recipient:
 *
 * 1. plan: may it happen, and what would leave (nothing is read yet);
 * 2. lock the route: one delivery of a route at a time, and proof that no earlier one is still alive;
 * 3. journal it as running;
 * 4. stage the payload from one snapshot;
 * 5. sign the waybill; in one transaction, look once more whether all of it may still leave, keep the
 *    waybill with the journal and note it in the ledger, before anything can be seen outside;
 * 6. hand over payload, then waybill;
 * 7. journal the end.
 *
 * The lock is held by a transaction that holds no snapshot, so that a slow recipient does not keep the
 * database from cleaning up.
 */
import { join } from "node:path";
import { CancelledError, ConflictError, WaybillError } from "../../../kernel/index.ts";
import type { TransactionOptions } from "../../../platform/postgres/index.ts";
import type { Waybill } from "../../../protocol/waybill/index.ts";
import { COMMITMENT_ALGORITHM, newDeliverySecret } from "../../ledger/index.ts";
import type { Destination } from "../destinations/destination.ts";
import { recordDisclosure, type Disclosure } from "../disclosure/disclosure.ts";
import { waybillNameFor } from "../destinations/folder.ts";
import { removeFile } from "../payload/payload-file.ts";
import type { Contents } from "../payload/pack.ts";
import {
  insertDelivery,
  tryRouteLock,
  updateFinished,
  updateSealed,
  type DeliveryEnd,
} from "../store/deliveries.ts";
import { sealWaybill, type SealedWaybill } from "../waybill/seal.ts";
import { Archive } from "./archive.ts";
import type { DeliveryClient, DeliveryDeps } from "./deps.ts";
import { makeDestination, spoolFolder } from "./make-destination.ts";
import { payloadName } from "./names.ts";
import { planDelivery, type DeliveryPlan } from "./plan.ts";
import { Overtaken, recheck } from "./recheck.ts";
import { recoverRoute } from "./recover.ts";
import { measure, projectedFields, stagePayload, stagingPaths, type Staged } from "./stage.ts";

export interface DeliverInput {
  readonly client: DeliveryClient;
  readonly route: string;
  /** Who asked for it. */
  readonly actor: string;
  /** The instant for which customers are chosen; now, when it is not given. */
  readonly asOf?: Date | undefined;
  /** Aborting stops the delivery; nothing half stays visible. */
  readonly signal?: AbortSignal | undefined;
  /** Reads and counts, but writes nothing and tells nobody. */
  readonly dryRun?: boolean | undefined;
}

export interface DeliveryReport {
  readonly state: "delivered" | "dry-run";
  readonly route: string;
  readonly destination: string;
  readonly asOf: Date;
  readonly records: number;
  readonly totals: Readonly<Record<string, string>>;
  /** The number in the journal; a dry run has none. */
  readonly delivery?: bigint | undefined;
  readonly waybill?: Waybill | undefined;
  /** Where the waybill lies on this machine. */
  readonly waybillFile?: string | undefined;
}

/** Reading a million customers takes longer than a statement may by default. */
const READING: TransactionOptions = {
  readOnly: true,
  isolation: "repeatable read",
  statementTimeoutMs: 0,
};

/**
 * Delivers what a route says.
 * @throws NotFoundError when there is no such route
 * @throws RefusedError when it may not leave: agreement, purpose, a misfit with the contract, or a
 * recipient that refuses it
 * @throws ConflictError when a delivery of this route is running
 * @throws UnavailableError when disk or recipient cannot take it
 * @throws CancelledError when the signal is aborted
 */
export async function deliver(deps: DeliveryDeps, input: DeliverInput): Promise<DeliveryReport> {
  const plan = await planDelivery(deps, input);
  if (input.dryRun === true) {
    return await dryRun(deps, plan, input.signal);
  }
  const destination = makeDestination(plan.destination, deps);
  const { scope } = plan.client;
  return await deps.db.scoped(
    scope,
    async (lock) => {
      if (!(await tryRouteLock(lock, input.route))) {
        throw new ConflictError(
          "delivery-running",
          `a delivery of route ${input.route} is already running`,
          {
            hint: "wait for it to end, or cancel it",
          },
        );
      }
      await recoverRoute(deps, input.client, input.route);
      return await journalled({ deps, plan, destination, input });
    },
    { statementTimeoutMs: 0 },
  );
}

async function dryRun(
  deps: DeliveryDeps,
  plan: DeliveryPlan,
  signal: AbortSignal | undefined,
): Promise<DeliveryReport> {
  const secret = newDeliverySecret();
  const contents = await deps.db.scoped(
    plan.client.scope,
    (tx) => measure(tx, { plan, secret, protect: deps.protect, signal }),
    { ...READING, signal },
  );
  return { state: "dry-run", ...summary(plan, contents) };
}

interface Delivery {
  readonly deps: DeliveryDeps;
  readonly plan: DeliveryPlan;
  readonly destination: Destination;
  readonly input: DeliverInput;
}

/** Runs the delivery between two entries of the journal. */
async function journalled(delivery: Delivery): Promise<DeliveryReport> {
  const { deps, plan, input } = delivery;
  const { scope } = plan.client;
  const startedAt = deps.clock.now();
  const number = await deps.db.scoped(scope, (tx) =>
    insertDelivery(tx, {
      route: plan.route.route,
      routeVersion: plan.routeVersion,
      destination: plan.destination.destination,
      startedAt,
      asOf: plan.asOf,
      actor: input.actor,
    }),
  );
  const finish = (end: Omit<DeliveryEnd, "finishedAt">) =>
    deps.db.scoped(scope, (tx) =>
      updateFinished(tx, number, { ...end, finishedAt: deps.clock.now() }),
    );
  const handed = await run(delivery, number, startedAt).catch(async (error: unknown) => {
    const state = error instanceof CancelledError ? "cancelled" : "failed";
    // Should the journal be out of reach too, recovery ends the delivery: the first error is the one to report.
    await finish({ state, failure: failureText(error) }).catch(() => undefined);
    throw error;
  });
  // Not caught: the delivery has arrived, and recovery will find that out from the waybill.
  await finish({ state: "delivered" });
  return {
    state: "delivered",
    delivery: number,
    waybill: handed.sealed.document,
    waybillFile: handed.waybillFile,
    ...summary(plan, handed.contents),
  };
}

interface Handed {
  readonly contents: Contents;
  readonly sealed: SealedWaybill;
  readonly waybillFile: string;
}

/** How often a delivery is made ready anew when changes overtake it. */
const MOST_STAGINGS = 3;

async function run(asked: Delivery, number: bigint, startedAt: Date): Promise<Handed> {
  let delivery = asked;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await stageAndHand(delivery, number, startedAt);
    } catch (error) {
      if (!(error instanceof Overtaken)) {
        throw error;
      }
      if (attempt === MOST_STAGINGS) {
        throw new ConflictError(
          "delivery-overtaken",
          `${MOST_STAGINGS} times, what may leave has changed while it was made ready: nothing has left`,
          { hint: "deliver again when changes of policies and consents have calmed down" },
        );
      }
      delivery = { ...asked, plan: await planDelivery(asked.deps, asked.input) };
    }
  }
}

/** @throws Overtaken before anything is seen outside, when it must be staged anew */
async function stageAndHand(
  { deps, plan, destination, input: { actor, signal } }: Delivery,
  number: bigint,
  startedAt: Date,
): Promise<Handed> {
  const { client } = plan;
  const archive = new Archive(deps.dataDir, client.key);
  const waybillId = deps.newId();
  const secret = newDeliverySecret();
  const folder = await destination.prepare();
  const spool = spoolFolder(deps.dataDir);
  const name = payloadName(
    { route: plan.route.route, startedAt, delivery: number },
    destination.format,
  );
  const paths = stagingPaths({ folder, spool, name });
  const { protect } = deps;
  try {
    const request = { plan, destination, waybillId, secret, name, folder, spool, protect, signal };
    const staged = await deps.db.scoped(client.scope, (tx) => stagePayload(tx, request), {
      ...READING,
      signal,
    });
    const sealed = seal(deps, plan, { waybillId, name, staged, format: destination.format });
    const copy = await archive.keepWaybill(sealed);
    await deps.db.scoped(client.scope, async (tx) => {
      await recheck(tx, deps, { plan, leaving: staged.leaving });
      await updateSealed(tx, number, { sealed, secret, actor });
      await recordDisclosure(
        tx,
        disclosureOf(plan, sealed, { number, actor, staged }),
        staged.leaving.roll,
      );
    });
    await destination.hand({ staged: staged.path, waybill: sealed }, signal);
    const waybillFile =
      plan.destination.kind === "folder" ? join(folder, waybillNameFor(name)) : copy;
    return { contents: staged.contents, sealed, waybillFile };
  } catch (error) {
    await archive.forget(waybillId);
    throw error;
  } finally {
    await removeFile(paths.payload);
    await removeFile(paths.text);
  }
}

/** What the index of disclosures is told. */
function disclosureOf(
  { recipient, route, destination }: DeliveryPlan,
  { document }: SealedWaybill,
  told: { readonly number: bigint; readonly actor: string; readonly staged: Staged },
): Disclosure {
  return {
    at: new Date(document.issuedAt),
    channel: "delivery",
    recipient: recipient.recipient,
    recipientKind: recipient.kind,
    purpose: route.purpose,
    actor: told.actor,
    seen: told.staged.leaving.seen,
    delivery: {
      delivery: told.number,
      waybillId: document.waybillId,
      destination: destination.destination,
      wholeOrNothing: destination.kind === "folder",
    },
  };
}

interface Sealing {
  readonly waybillId: string;
  readonly name: string;
  readonly staged: Staged;
  readonly format: Waybill["payload"]["format"];
}

function seal(deps: DeliveryDeps, plan: DeliveryPlan, sealing: Sealing): SealedWaybill {
  const { client, route, destination, recipient } = plan;
  const { catalogue } = client;
  const { id, version, from, until } = recipient.agreement;
  const { digest, contents, leaving } = sealing.staged;
  const forms = leaving.occurred();
  return sealWaybill(
    {
      version: "2",
      waybillId: sealing.waybillId,
      issuedAt: deps.clock.now().toISOString(),
      operator: deps.operator,
      client: client.key,
      contract: {
        id: catalogue.contractId,
        version: catalogue.contractVersion,
        sha256: catalogue.contractSha256,
        timeZone: catalogue.timeZone,
      },
      policy: { sha256: plan.access.policySha256 },
      agreement: { id, version, from, until },
      purpose: route.purpose,
      legalBasis: route.legalBasis,
      recipient: {
        name: recipient.name,
        kind: recipient.kind,
        jurisdiction: recipient.jurisdiction,
      },
      transferMechanism: recipient.transferMechanism,
      route: { name: route.route, version: plan.routeVersion },
      destination: { name: destination.destination, kind: destination.kind },
      asOf: plan.asOf.toISOString(),
      fields: projectedFields(plan).map((field, place) => ({
        ...field,
        forms: [...(forms[place] ?? [])],
      })),
      payload: { file: sealing.name, format: sealing.format, ...digest },
      records: { count: contents.count, root: contents.root, algorithm: COMMITMENT_ALGORITHM },
      customers: contents.customers,
      totals: contents.totals,
      retention: route.retention,
      erasureWithin: route.erasureWithin,
    },
    deps.signer,
  );
}

function summary(
  { route, destination, asOf }: DeliveryPlan,
  { count, totals }: Contents,
): Pick<DeliveryReport, "route" | "destination" | "asOf" | "records" | "totals"> {
  return { route: route.route, destination: destination.destination, asOf, records: count, totals };
}

/** Only messages of our own family are known to hold no value of a record. */
function failureText(error: unknown): string {
  return error instanceof WaybillError ? error.message : "an internal error";
}
