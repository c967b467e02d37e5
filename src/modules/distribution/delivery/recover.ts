/**
 * Deliveries whose process died. A lock on the route proves that nobody is at work on them; what they
 * left behind says how far they came:
 *
 * - the waybill stands at the recipient, or the log of the hand-over says that it was taken: the delivery
 *   was complete, only its last entry is missing;
 * - otherwise it has failed: what was staged or moved is removed, and of its disclosure that remains which
 *   may have left by the log of the hand-over.
 */
import { access } from "node:fs/promises";
import path from "node:path";
import type { PayloadFormat } from "../../../protocol/waybill/index.ts";
import { destinationSchema, type DestinationDefinition } from "../definitions/schemas.ts";
import { partialName, waybillNameFor } from "../destinations/folder.ts";
import { digestOf, removeFile } from "../payload/payload-file.ts";
import { readDefinitions } from "../../contracts/index.ts";
import { runningDeliveries, tryRouteLock, type RunningDelivery } from "../store/deliveries.ts";
import { Archive } from "./archive.ts";
import type { DeliveryClient, DeliveryDeps } from "./deps.ts";
import { endDelivery, type Ending } from "./end-delivery.ts";
import { dropHandOver, loggedDeliveries, takeHandOver } from "./hand-over-log.ts";
import { outboxFolder, spoolFolder } from "./make-destination.ts";
import { exportedFile, payloadName } from "./names.ts";
import { removeStaged } from "./stage.ts";

/** What recovery needs of {@link DeliveryDeps}. */
export type RecoveryDeps = Pick<DeliveryDeps, "db" | "clock" | "dataDir">;

/** How an interrupted delivery was ended. */
export interface Recovered {
  readonly delivery: bigint;
  readonly route: string;
  readonly state: "delivered" | "failed";
}

/** Ends all interrupted deliveries of a client; those that are alive are left alone. For the start of a process. */
export async function recoverDeliveries(
  deps: RecoveryDeps,
  client: DeliveryClient,
): Promise<Recovered[]> {
  const spool = spoolFolder(deps.dataDir, client.key);
  // Before the journal is read, which has a delivery before there is a log of it.
  const logged = await loggedDeliveries(spool);
  const running = await deps.db.scoped(client.scope, (tx) => runningDeliveries(tx), {
    readOnly: true,
  });
  for (const ended of logged.filter((one) => !running.some(({ delivery }) => delivery === one))) {
    await dropHandOver(spool, ended);
  }
  const recovered: Recovered[] = [];
  for (const route of new Set(running.map((delivery) => delivery.route))) {
    await deps.db.scoped(
      client.scope,
      async (lock) => {
        if (await tryRouteLock(lock, route)) {
          recovered.push(...(await recoverRoute(deps, client, route)));
        }
      },
      { statementTimeoutMs: 0 },
    );
  }
  return recovered;
}

/** Ends the interrupted deliveries of one route, whose lock the caller holds. */
export async function recoverRoute(
  deps: RecoveryDeps,
  client: DeliveryClient,
  route: string,
): Promise<Recovered[]> {
  const [running, destinations] = await deps.db.scoped(
    client.scope,
    async (tx) =>
      [await runningDeliveries(tx, route), await readDefinitions(tx, "destination")] as const,
    { readOnly: true },
  );
  const recovered: Recovered[] = [];
  for (const delivery of running) {
    const stored = destinations.find(({ name }) => name === delivery.destination);
    const definition = destinationSchema.safeParse(stored?.body);
    const end = await endInterrupted(deps, client, { delivery, definition: definition.data });
    await deps.db.scoped(client.scope, (tx) => endDelivery(tx, delivery.delivery, end));
    await dropHandOver(spoolFolder(deps.dataDir, client.key), delivery.delivery);
    recovered.push({ delivery: delivery.delivery, route, state: end.state });
  }
  return recovered;
}

interface Interrupted {
  readonly delivery: RunningDelivery;
  /** Undefined when the destination has been removed since. */
  readonly definition: DestinationDefinition | undefined;
}

async function endInterrupted(
  { dataDir, clock }: RecoveryDeps,
  client: DeliveryClient,
  { delivery, definition }: Interrupted,
): Promise<Ending & { readonly state: Recovered["state"] }> {
  const spool = spoolFolder(dataDir, client.key);
  const { folder, name, keepsWaybills } = placeOf({ dataDir, spool }, delivery, definition);
  const handOver = await takeHandOver(spool, delivery.delivery);
  const arrived =
    delivery.waybill !== null &&
    (handOver?.hasArrived === true ||
      (keepsWaybills && (await exists(path.join(folder, waybillNameFor(name))))));

  await removeStaged({ folder, spool, name });
  const finishedAt = clock.now();
  if (arrived) {
    return { state: "delivered", finishedAt };
  }
  await withdraw(path.join(folder, name), delivery);
  await removeFile(path.join(folder, partialName(waybillNameFor(name))));
  if (delivery.waybill !== null) {
    await new Archive(dataDir, client.key).forget(delivery.waybill.waybillId);
  }
  return {
    state: "failed",
    finishedAt,
    failure: "interrupted: the process ended before the delivery did",
    left: handOver?.records,
  };
}

/** Removes the payload; at the place of an export only what is known to be it, for people write there too. */
async function withdraw(file: string, { route, waybill }: RunningDelivery): Promise<void> {
  const isOurs =
    exportedFile(route) === undefined ||
    ((await exists(file)) && (await digestOf(file)).sha256 === waybill?.payload.sha256);
  if (isOurs) {
    await removeFile(file);
  }
}

/** Where a delivery went, and by which name. */
function placeOf(
  { dataDir, spool }: { readonly dataDir: string; readonly spool: string },
  delivery: RunningDelivery,
  definition: DestinationDefinition | undefined,
): { readonly folder: string; readonly name: string; readonly keepsWaybills: boolean } {
  const file = exportedFile(delivery.route);
  if (file !== undefined) {
    return { folder: path.dirname(file), name: path.basename(file), keepsWaybills: true };
  }
  const isFolder = definition?.kind === "folder";
  const format: PayloadFormat = isFolder ? definition.format : "webhook";
  const { route, started_at: startedAt, delivery: number } = delivery;
  return {
    folder: isFolder ? path.resolve(outboxFolder(dataDir), definition.path) : spool,
    name: payloadName({ route, startedAt, delivery: number }, format),
    keepsWaybills: isFolder,
  };
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    // Absent or unreachable: either way the recipient cannot have it from there.
    return false;
  }
}
