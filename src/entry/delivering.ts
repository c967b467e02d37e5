/** What deliveries need from outside, wired: the operator's name and key, secrets, randomness. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { type DeliveryDeps, selectCustomers } from "../modules/distribution/index.ts";
import { type SigningKey, signingKey } from "../modules/ledger/index.ts";
import { environmentVariable } from "../platform/config.ts";
import { openKeyFile } from "../platform/crypto/index.ts";
import type { Context } from "./context.ts";

/** The operator's signing key, made on first use. It lies apart from the data, readable by its owner only. */
export async function openSigner(dataDir: string): Promise<SigningKey> {
  return signingKey(await openKeyFile(join(dataDir, "keys", "signing.pem")));
}

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
