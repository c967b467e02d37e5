/** A store of the composition root: only the worker asks whether a job has done its work already. */
import type { Transaction } from "../../../platform/postgres/index.ts";

/** Whether an actor's delivery of a route has arrived. */
export async function hasDelivered(
  tx: Transaction,
  { route, actor }: { readonly route: string; readonly actor: string },
): Promise<boolean> {
  const { arrived } = await tx.row<{ arrived: boolean }>(
    `select exists (
       select from _deliveries where route = $1 and actor = $2 and state = 'delivered') as arrived`,
    [route, actor],
  );
  return arrived;
}
