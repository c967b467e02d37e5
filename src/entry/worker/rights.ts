/**
 * Keeps what customers were promised: goes on with erasures that were interrupted, sends notices until
 * recipients take them, and sees which corrections a delivery has fulfilled. Any number of processes may
 * do so. That somebody is late is noted in the ledger once, logged whenever it is news, and stands in the
 * metrics.
 */
import { setTimeout } from "node:timers/promises";
import { type Client, listClients } from "../../modules/contracts/index.ts";
import {
  countLeft,
  noteOverdue,
  registerCorrections,
  resumeErasures,
  type RightsLeft,
  sendNotices,
  settleDelivered,
} from "../../modules/rights/index.ts";
import type { Metrics } from "../../platform/http/index.ts";
import type { Log } from "../../platform/logging/index.ts";
import type { Context } from "../context.ts";
import { openRights } from "../rights.ts";

/** A notice is sent at most so long after its time. */
const EVERY_MS = 15_000;

/** Who acts, as ledger and requests name it. */
const ACTOR = "worker:rights";

export interface KeepingOptions {
  readonly context: Context;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Keeps promises until it is disposed of. */
export function startKeepingRights(options: KeepingOptions): AsyncDisposable {
  const stop = new AbortController();
  const gauge = options.metrics.gauge({
    name: "waybill_obligations",
    help: "What recipients still owe to customers who used a right, by state; those that are late also as overdue",
    labels: ["client", "state"],
  });
  const late = new Map<string, number>();
  const keeping = keep(options, stop.signal, (client, left) => {
    if (left.overdue > (late.get(client) ?? 0)) {
      options.log.warn("obligations-overdue", { client, count: left.overdue });
    }
    late.set(client, left.overdue);
    for (const state of ["open", "sent", "failed", "overdue"] as const) {
      gauge.set({ client, state }, left[state]);
    }
  });
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await keeping;
    },
  };
}

type Tell = (client: string, left: RightsLeft) => void;

async function keep(options: KeepingOptions, signal: AbortSignal, tell: Tell): Promise<void> {
  while (!signal.aborted) {
    for (const client of await knownClients(options)) {
      await keepOf(options, client, { signal, tell });
    }
    // Rejects only when it is time to stop, which the loop's condition sees.
    await setTimeout(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function knownClients({ context, log }: KeepingOptions): Promise<Client[]> {
  try {
    return await listClients(context.db);
  } catch (error) {
    log.error("rights-not-looked-at", error);
    return [];
  }
}

/** One client's trouble is not the others'. Where nothing is to be done no key is asked for. */
async function keepOf(
  { context, log }: KeepingOptions,
  client: Client,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: Tell },
): Promise<void> {
  const { db, clock } = context;
  const look = () =>
    db.scoped(client.scope, (tx) => countLeft(tx, clock.now()), { readOnly: true });
  try {
    let left = await look();
    if (!signal.aborted && left.keys + left.due + left.corrections + left.intakes > 0) {
      await doWhatIsLeft(context, client, signal);
      left = await look();
    }
    if (left.newlyOverdue > 0) {
      await noteOverdue(context, { client, actor: ACTOR });
    }
    tell(client.key, left);
  } catch (error) {
    log.error("rights-not-kept", error, { client: client.key });
  }
}

async function doWhatIsLeft(context: Context, client: Client, signal: AbortSignal): Promise<void> {
  const { deps, tell } = await openRights(context, client);
  const of = { client, actor: ACTOR };
  await resumeErasures(deps, of);
  await registerCorrections(deps, client);
  await sendNotices(deps, { ...of, tell, signal });
  await settleDelivered(deps, of);
}
