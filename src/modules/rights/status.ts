/** How far requests are, and what is late. */
import { NotFoundError } from "../../kernel/index.ts";
import type { Transaction } from "../../platform/postgres/index.ts";
import {
  selectObligations,
  type ObligationState,
  type StoredObligation,
} from "./store/obligations.ts";
import { selectRequest, selectRequests, type StoredRequest } from "./store/requests.ts";

/** A recipient that is late is overdue, whatever else its state is. */
export type ShownState = ObligationState | "overdue";

export interface ShownObligation extends Omit<StoredObligation, "state"> {
  readonly state: ShownState;
}

export interface RequestStatus {
  readonly request: StoredRequest;
  readonly obligations: readonly ShownObligation[];
}

/** The state of an obligation at an instant. Pure. */
export function stateAt({ state, settledAt, dueAt }: StoredObligation, now: Date): ShownState {
  return settledAt === null && dueAt < now ? "overdue" : state;
}

/**
 * One request with its obligations.
 * @throws NotFoundError when there is none
 */
export async function requestStatus(
  tx: Transaction,
  {
    client,
    request: id,
    now,
  }: { readonly client: string; readonly request: string; readonly now: Date },
): Promise<RequestStatus> {
  const request = await selectRequest(tx, id);
  if (request === undefined) {
    throw new NotFoundError("request-not-found", `no request ${id} of ${client}`, {
      hint: `see them with: waybill rights list ${client}`,
    });
  }
  return { request, obligations: shown(await selectObligations(tx, id), now) };
}

/** Every obligation that is not settled, those that are due first at the top. */
export async function unsettled(tx: Transaction, now: Date): Promise<ShownObligation[]> {
  return shown(await selectObligations(tx), now);
}

function shown(obligations: readonly StoredObligation[], now: Date): ShownObligation[] {
  return obligations.map((obligation) => ({ ...obligation, state: stateAt(obligation, now) }));
}

/** The newest requests. */
export async function listRequests(tx: Transaction, limit: number): Promise<StoredRequest[]> {
  return await selectRequests(tx, { limit });
}
