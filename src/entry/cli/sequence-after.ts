import { WaybillError } from "../../kernel/index.ts";
import { sequence } from "../../modules/ledger/index.ts";
import type { Context } from "../context.ts";
import { type LedgerClient, openLedger } from "../ledgers.ts";
import { problemText } from "../problem-text.ts";
import type { Invocation } from "./invocation.ts";

/**
 * Lets the ledger take in what a command has noted, also where no server runs. It never throws: what the
 * command did stands and is noted, and whoever asks the ledger next brings it up to date before the answer.
 */
export async function sequenceAfter(
  { output }: Pick<Invocation, "output">,
  context: Context,
  client: LedgerClient,
): Promise<void> {
  try {
    await sequence(await openLedger(context, client));
  } catch (error) {
    output.note(`the ledger has not been brought up to date: ${problemText(error)}`);
    if (error instanceof WaybillError && error.hint !== undefined) {
      output.note(`  ${error.hint}`);
    }
  }
}
