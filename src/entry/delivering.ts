/** What deliveries need from outside, wired: the operator's name and key, secrets, randomness. */
import { randomUUID } from "node:crypto";
import { type DeliveryDeps, selectCustomers } from "../modules/distribution/index.ts";
import { environmentVariable } from "../platform/config.ts";
import type { Context } from "./context.ts";
import { openSigner } from "./signing.ts";

export async function deliveryDeps(context: Context): Promise<DeliveryDeps> {
  return {
    db: context.db,
    clock: context.clock,
    dataDir: context.dataDir,
    operator: context.operator,
    signer: await openSigner(context.dataDir),
    environment: environmentVariable,
    newId: randomUUID,
    random: Math.random,
    select: selectCustomers,
    protect: context.protect,
  };
}
