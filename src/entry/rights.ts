/** What people's rights need from outside, wired: keys, the signing key, destinations. */
import { randomUUID } from "node:crypto";
import type { Client } from "../modules/contracts/index.ts";
import { tellRecipient } from "../modules/distribution/index.ts";
import { commitToOne } from "../modules/ledger/index.ts";
import type { RightsDeps, Tell } from "../modules/rights/index.ts";
import type { Context } from "./context.ts";
import { deliveryDeps } from "./delivering.ts";
import { openSubjects } from "./ledgers.ts";

/** Everything that the rights of one client's customers are carried out with. */
export interface Rights {
  readonly deps: RightsDeps;
  readonly client: Client;
  readonly tell: Tell;
}

export async function openRights(context: Context, client: Client): Promise<Rights> {
  const { db, clock, operator } = context;
  const delivering = await deliveryDeps(context);
  const subjects = openSubjects(context, client.key);
  return {
    client,
    deps: {
      db,
      clock,
      operator,
      signer: delivering.signer,
      newId: randomUUID,
      protection: await context.protect(client.key),
      subjectOf: (customer) => commitToOne(subjects, customer),
    },
    tell: (notice, { recipient, preferred }) =>
      tellRecipient(delivering, { client, recipient, preferred, notice }),
  };
}
