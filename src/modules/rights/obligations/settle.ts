/** Settles obligations: the recipient has done it, with proof; or it is waived, with the reason. */
import { ConflictError, NotFoundError } from "../../../kernel/index.ts";
import { recordInLedger } from "../../ledger/index.ts";
import type { RightsClient, RightsDeps } from "../deps.ts";
import { endRequest } from "../erasure/finish.ts";
import { selectObligation, type StoredObligation, updateSettled } from "../store/obligations.ts";
import { rightOf } from "../store/requests.ts";
import { obligationEntry } from "./write.ts";

export interface SettleInput {
  readonly client: RightsClient;
  readonly obligation: string;
  readonly state: "acknowledged" | "waived";
  /** Why it is waived, or what the recipient has said. No value of a record. */
  readonly note?: string | undefined;
  /** SHA-256 of the document that shows it. */
  readonly proof?: Buffer | undefined;
  readonly actor: string;
}

/**
 * Settles an obligation, and ends its request when it was the last.
 * @throws NotFoundError when there is no such obligation
 * @throws ConflictError when it was settled before
 */
export async function settleObligation(
  deps: RightsDeps,
  { client, obligation, state, note, proof, actor }: SettleInput,
): Promise<StoredObligation> {
  const at = deps.clock.now();
  const settled = await deps.db.scoped(client.scope, async (tx) => {
    const before = await selectObligation(tx, obligation);
    if (before === undefined) {
      throw new NotFoundError(
        "obligation-not-found",
        `no obligation ${obligation} of ${client.key}`,
        {
          hint: `see them with: waybill rights status ${client.key}`,
        },
      );
    }
    if (!(await updateSettled(tx, obligation, { state, at, by: actor, note, proof }))) {
      throw new ConflictError(
        "obligation-settled",
        `obligation ${obligation} was ${before.state} before`,
        { hint: "nothing has to be done about it any more" },
      );
    }
    const { request, recipient } = before;
    const right = await rightOf(tx, request);
    await recordInLedger(tx, [
      obligationEntry({ id: obligation, request, recipient, right, state, at, actor, proof }),
    ]);
    return before;
  });
  await endRequest(deps, { client, request: settled.request });
  return {
    ...settled,
    state,
    settledAt: at,
    settledBy: actor,
    note: note ?? null,
    proof: proof ?? null,
  };
}
