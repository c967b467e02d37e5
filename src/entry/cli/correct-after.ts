import type { Client } from "../../modules/contracts/index.ts";
import { type Corrections, registerCorrections, sendNotices } from "../../modules/rights/index.ts";
import type { Context } from "../context.ts";
import { noteHeldCorrection } from "../correcting.ts";
import { problemText } from "../problem-text.ts";
import { openRights } from "../rights.ts";
import type { Invocation } from "./invocation.ts";

interface Ended {
  readonly state: string;
  readonly intake: bigint | undefined;
}

/**
 * Tells whoever was sent what intakes have corrected. It never throws: that they are corrections is noted
 * with them, and the server goes on with it, or 'waybill rights resume'. Those that are held wait for their
 * approval.
 */
export async function correctAfter(
  { output, signal }: Pick<Invocation, "output" | "signal">,
  context: Context,
  {
    client,
    ended,
    reason,
  }: { readonly client: Client; readonly ended: readonly Ended[]; readonly reason: string },
): Promise<Corrections | undefined> {
  const { actor } = context;
  try {
    for (const one of ended) {
      await noteHeldCorrection({ ...context, scope: client.scope, reason }, one);
    }
    const { deps, tell } = await openRights(context, client);
    const registered = await registerCorrections(deps, client);
    await sendNotices(deps, { client, actor, tell, signal });
    return registered;
  } catch (error) {
    output.note(`not all recipients were told of the corrections yet: ${problemText(error)}`);
    output.note(`  go on with: waybill rights resume ${client.key}`);
    return undefined;
  }
}
