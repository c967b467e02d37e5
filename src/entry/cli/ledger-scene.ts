import { getClient } from "../../modules/contracts/index.ts";
import { type Ledger, sequence } from "../../modules/ledger/index.ts";
import type { Context } from "../context.ts";
import { openLedger } from "../ledgers.ts";

/** A client's ledger with everything in it that was noted. */
export async function currentLedger(context: Context, key: string): Promise<Ledger> {
  const ledger = await openLedger(context, await getClient(context.db, key));
  await sequence(ledger);
  return ledger;
}
