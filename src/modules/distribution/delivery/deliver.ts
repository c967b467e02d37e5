/** Deliveries of routes. */
import { newDeliverySecret } from "../../ledger/index.ts";
import type { Waybill } from "../../../protocol/waybill/index.ts";
import type { Contents } from "../payload/packing.ts";
import { carryOut } from "./carry-out.ts";
import type { DeliveryClient, DeliveryDeps } from "./deps.ts";
import { makeDestination } from "./make-destination.ts";
import { payloadName } from "./names.ts";
import { type DeliveryPlan, planDelivery } from "./plan.ts";
import { measure, READING } from "./stage.ts";

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
  /** False when everything has arrived and the journal was out of reach: recovery will tell it. */
  readonly isJournalled?: boolean | undefined;
  readonly waybill?: Waybill | undefined;
  /** Where the waybill lies on this machine. */
  readonly waybillFile?: string | undefined;
}

/**
 * Delivers what a route says.
 * @throws NotFoundError when there is no such route
 * @throws RefusedError when it may not leave: agreement, purpose, policy, a misfit with the contract, or a
 * recipient that refuses it
 * @throws ConflictError when a delivery of this route is running
 * @throws UnavailableError when disk or recipient cannot take it
 * @throws CancelledError when the signal is aborted
 */
export async function deliver(deps: DeliveryDeps, input: DeliverInput): Promise<DeliveryReport> {
  const { route, actor, signal } = input;
  const { plan, definition } = await planDelivery(deps, input);
  if (input.dryRun === true) {
    return { state: "dry-run", ...summary(input, plan, await dryRun(deps, plan, signal)) };
  }
  const destination = makeDestination(definition, deps, input.client);
  const done = await carryOut(deps, {
    plan,
    planAnew: async () => (await planDelivery(deps, input)).plan,
    destination,
    journal: route,
    title: `a delivery of route ${route}`,
    payloadName: (delivery, startedAt) =>
      payloadName({ route, startedAt, delivery }, destination.format),
    actor,
    signal,
  });
  return {
    state: "delivered",
    delivery: done.delivery,
    isJournalled: done.isJournalled,
    waybill: done.sealed.document,
    waybillFile: done.waybillFile,
    ...summary(input, plan, done.contents),
  };
}

async function dryRun(
  deps: DeliveryDeps,
  plan: DeliveryPlan,
  signal: AbortSignal | undefined,
): Promise<Contents> {
  const secret = newDeliverySecret();
  return await deps.db.scoped(
    plan.client.scope,
    (tx) => measure(tx, { plan, secret, protect: deps.protect, signal }),
    { ...READING, signal },
  );
}

function summary(
  { route }: DeliverInput,
  { destination, asOf }: DeliveryPlan,
  { count, totals }: Contents,
): Pick<DeliveryReport, "route" | "destination" | "asOf" | "records" | "totals"> {
  return { route, destination: destination.name, asOf, records: count, totals };
}
