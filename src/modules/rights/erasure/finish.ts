/** What follows the transaction that erased: the keys, and the end of a request. Safe to repeat. */
import { recordInLedger } from "../../ledger/index.ts";
import type { RightsClient, RightsDeps } from "../deps.ts";
import { noticeOwner } from "../obligations/write.ts";
import {
  finishRequest,
  selectRequest,
  selectRequests,
  type StoredRequest,
  updateKeysDestroyed,
} from "../store/requests.ts";

export interface Finishing {
  readonly client: RightsClient;
  readonly request: string;
  readonly actor: string;
}

/**
 * Destroys the keys of an erasure whose data are gone, and writes down that they are. A process that
 * dies in between destroys them again, which changes nothing. Two at once do the same, and one of them
 * writes it down.
 */
export async function destroyKeys(
  deps: RightsDeps,
  { client, request, actor }: Finishing,
): Promise<void> {
  const { scope } = client;
  const stored = await deps.db.scoped(scope, (tx) => selectRequest(tx, request), {
    readOnly: true,
  });
  if (stored?.state === "keys") {
    await deps.protection.destroy(stored.handles);
    // Not how many keys there still were: after a crash that is none, and the certificate must not say so.
    const keys = stored.handles.length;
    await deps.db.scoped(scope, async (tx) => {
      if (await updateKeysDestroyed(tx, request, keys)) {
        const at = deps.clock.now().toISOString();
        const about = { version: "1", at, actor, about: "keys" } as const;
        await recordInLedger(tx, [
          { ...about, kind: "subject-keys-destroyed", keys: { count: keys, request } },
        ]);
      }
    });
  }
  await endRequest(deps, { client, request });
}

/** Ends a request of which nothing is left to do; then nobody needs the key of its notices any more. */
export async function endRequest(
  deps: RightsDeps,
  { client, request }: Pick<Finishing, "client" | "request">,
): Promise<void> {
  const ended = await deps.db.scoped(client.scope, (tx) =>
    finishRequest(tx, request, deps.clock.now()),
  );
  if (ended) {
    await deps.protection.destroy([deps.protection.handleOf(noticeOwner(request))]);
  }
}

/** How many requests are gone on with in one look. */
const REQUESTS_A_LOOK = 1000;

/**
 * Goes on with erasures that were interrupted between the data and the keys.
 * @returns those that were
 */
export async function resumeErasures(
  deps: RightsDeps,
  { client, actor }: Omit<Finishing, "request">,
): Promise<StoredRequest[]> {
  const page = { limit: REQUESTS_A_LOOK, state: "keys" } as const;
  const interrupted = await deps.db.scoped(client.scope, (tx) => selectRequests(tx, page), {
    readOnly: true,
  });
  for (const { request } of interrupted) {
    await destroyKeys(deps, { client, request, actor });
  }
  return interrupted;
}
