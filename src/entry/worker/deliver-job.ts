import { z } from "zod";
import { type Client, getClient } from "../../modules/contracts/index.ts";
import { deliver, type DeliveryDeps, recoverDeliveries } from "../../modules/distribution/index.ts";
import { defineJob } from "../../platform/jobs/index.ts";
import { jobActor } from "./job-actor.ts";
import { hasDelivered } from "./store/own-deliveries.ts";

const input = z.object({ client: z.string(), route: z.string() });

/**
 * The job `deliver`: one delivery of one route, for the customers of the moment it runs. When an
 * earlier attempt arrived and died before it could say so, the job is done: nothing leaves twice.
 */
export function deliverJob(deps: DeliveryDeps) {
  return defineJob({
    name: "deliver",
    input,
    run: async ({ client: key, route }, context) => {
      const client = await getClient(deps.db, key);
      const actor = jobActor(context.job);
      if (context.attempt > 1 && (await hasArrived(deps, client, { route, actor }))) {
        return;
      }
      context.progress({ done: 0, unit: "records" });
      const { records } = await deliver(deps, { client, route, actor, signal: context.signal });
      context.progress({ done: records, total: records, unit: "records" });
    },
  });
}

/** Looks after the interrupted deliveries have been ended: those may turn out to have arrived. */
async function hasArrived(
  deps: DeliveryDeps,
  client: Client,
  own: { readonly route: string; readonly actor: string },
): Promise<boolean> {
  await recoverDeliveries(deps, client);
  return await deps.db.scoped(client.scope, (tx) => hasDelivered(tx, own), { readOnly: true });
}
