/** Obligations that nobody has settled by the day they were due: the ledger hears of each once. */
import type { LedgerEntry } from "../../../protocol/ledger/index.ts";
import { recordInLedger } from "../../ledger/index.ts";
import type { RightsClient, RightsDeps } from "../deps.ts";
import { markOverdue } from "../store/obligations.ts";
import { rightOf } from "../store/requests.ts";
import { obligationEntry } from "./write.ts";

/**
 * Notes in the ledger who has become late. Any number of processes may do so.
 * @returns how many that were news
 */
export async function noteOverdue(
  { db, clock }: Pick<RightsDeps, "db" | "clock">,
  { client, actor }: { readonly client: Pick<RightsClient, "scope">; readonly actor: string },
): Promise<number> {
  const at = clock.now();
  return await db.scoped(client.scope, async (tx) => {
    const late = await markOverdue(tx, at);
    const entries: LedgerEntry[] = [];
    for (const { obligation: id, request, recipient, dueAt: due } of late) {
      const right = await rightOf(tx, request);
      entries.push(
        obligationEntry({ id, request, recipient, right, state: "overdue", at, actor, due }),
      );
    }
    await recordInLedger(tx, entries);
    return late.length;
  });
}
