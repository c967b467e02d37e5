/** Lets somebody come back who was erased, for example because they became a customer again. */
import { NotFoundError } from "../../kernel/index.ts";
import { deleteSuppressions } from "../intake/index.ts";
import { recordInLedger } from "../ledger/index.ts";
import type { RightsClient, RightsDeps } from "./deps.ts";
import { selectRequest } from "./store/requests.ts";

export interface LiftInput {
  readonly client: RightsClient;
  readonly request: string;
  readonly actor: string;
}

/**
 * Lifts the suppression that a request left. What was erased stays erased.
 * @returns how many keys and identifiers may come again
 * @throws NotFoundError when the request suppresses nobody
 */
export async function liftSuppression(
  { db, clock, protection }: RightsDeps,
  { client, request, actor }: LiftInput,
): Promise<number> {
  const read = { readOnly: true };
  const stored = await db.scoped(client.scope, (tx) => selectRequest(tx, request), read);
  // Before the rows may come: they would be sealed under keys that nobody keeps.
  await protection.revive(stored?.handles ?? []);
  return await db.scoped(client.scope, async (tx) => {
    const lifted = await deleteSuppressions(tx, request);
    if (lifted === 0) {
      throw new NotFoundError(
        "nothing-suppressed",
        `request ${request} of ${client.key} suppresses nobody`,
        { hint: `see its requests with: waybill rights list ${client.key}` },
      );
    }
    await recordInLedger(tx, [
      {
        version: "1",
        kind: "suppression-lifted",
        at: clock.now().toISOString(),
        actor,
        about: `request ${request}`,
        request,
      },
    ]);
    return lifted;
  });
}
