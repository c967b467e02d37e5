import type { Clock } from "../../kernel/index.ts";
import { listClients } from "../../modules/contracts/index.ts";
import { recoverDeliveries } from "../../modules/distribution/index.ts";
import { clearInterrupted } from "../../modules/intake/index.ts";
import type { Log } from "../../platform/logging/index.ts";
import type { Database } from "../../platform/postgres/index.ts";

export interface InterruptedDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly dataDir: string;
  readonly log: Log;
}

/** Ends, for every client, the intakes and deliveries whose process is gone; what is alive is left alone. */
export async function endInterrupted(deps: InterruptedDeps): Promise<void> {
  for (const client of await listClients(deps.db)) {
    const log = deps.log.with({ client: client.key });
    for (const intake of await clearInterrupted(deps, client, () => {})) {
      log.warn("interrupted-intake-cleared", { intake });
    }
    for (const { delivery, route, state } of await recoverDeliveries(deps, client)) {
      log.warn("interrupted-delivery-ended", { delivery, route, kind: state });
    }
  }
}
